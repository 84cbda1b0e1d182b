"""What speaking takes, built once and handed to whoever lets somebody speak."""

from dataclasses import dataclass

from app.session.recorder import Recorder
from app.session.speech import Speech


@dataclass(frozen=True)
class Talking:
    """Parts of the session that record what is said and bring it into questions."""

    recorder: Recorder
    speech: Speech
