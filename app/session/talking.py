"""What speaking takes, built once and handed to whoever lets somebody speak."""

from dataclasses import dataclass

from app.desktop.player.player import Player
from app.session.jobs import Jobs
from app.session.recorder import Recorder
from app.session.speech import Speech


@dataclass(frozen=True)
class Talking:
    """Parts of the session that record what is said, bring it into questions, and play sounds."""

    recorder: Recorder
    speech: Speech
    player: Player
    jobs: Jobs
