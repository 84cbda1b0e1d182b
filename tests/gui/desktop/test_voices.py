"""Sentences reach the system's voice whole, one at a time, and stop at once."""

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.desktop.voices.command import EspeakSpeaker, MacSpeaker
from app.desktop.voices.dispatcher import DispatcherSpeaker
from app.desktop.voices.speaker import Voice, system_speaker
from app.desktop.voices.windows import line_of, rate_of, read_voices

_PROGRAM = """#!/bin/sh
if [ "$1" = --voices ]; then
  echo 'Pty Language       Age/Gender VoiceName          File                 Other Languages'
  echo ' 5  en-gb           --/M      English_(GB)       gmw/en               (en 2)'
  exit 0
fi
echo "$@" >>"$SAID"
while read -r line || [ -n "$line" ]; do echo "$line" >>"$SAID"; done
case "$(tail -1 "$SAID")" in long*) exec sleep 60;; broken*) exit 1;; esac
"""


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a program in the place of espeak-ng has been given."""
    program = tmp_path / "bin" / "espeak-ng"
    program.parent.mkdir()
    program.write_text(_PROGRAM)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SAID", str(tmp_path / "said"))
    return tmp_path / "said"


@pytest.fixture
def espeak(said: Path) -> Iterator[EspeakSpeaker]:
    speaker = EspeakSpeaker.found()
    assert speaker is not None
    yield speaker
    speaker.close()


def test_a_sentence_is_said_without_being_seen(
    qtbot: QtBot, espeak: EspeakSpeaker, said: Path
) -> None:
    with qtbot.waitSignal(espeak.ended):
        espeak.say("Grüße; $(rm -rf ~)", "gmw/de", 2.0)
    arguments, text = said.read_text().splitlines()
    assert arguments == "-v gmw/de -s 350 --stdin"
    assert text == "Grüße; $(rm -rf ~)"


def test_stop_is_at_once_and_tells_nothing(qtbot: QtBot, espeak: EspeakSpeaker, said: Path) -> None:
    ended: list[None] = []
    espeak.ended.connect(lambda: ended.append(None))
    espeak.say("long")
    qtbot.waitUntil(said.exists)
    espeak.stop()
    with qtbot.waitSignal(espeak.ended):
        espeak.say("The next one.")
    assert len(ended) == 1


def test_a_voice_that_fails_says_so(qtbot: QtBot, espeak: EspeakSpeaker) -> None:
    with qtbot.waitSignal(espeak.failed) as told:
        espeak.say("broken")
    assert told.args is not None
    assert told.args[0].next_step


def test_a_program_that_is_gone_fails_too(qtbot: QtBot, espeak: EspeakSpeaker) -> None:
    espeak.program = "/nowhere/espeak-ng"
    with qtbot.waitSignal(espeak.failed):
        espeak.say("Hello.")


def test_voices_are_listed(espeak: EspeakSpeaker) -> None:
    assert espeak.voices() == (Voice("gmw/en", "English (GB)", "en-gb"),)
    listing = "Anna                de_DE    # Hallo\nBad News            en_US    # Hello\n\n"
    assert MacSpeaker.read_voices(listing) == (
        Voice("Anna", "Anna", "de-DE"),
        Voice("Bad News", "Bad News", "en-US"),
    )
    assert read_voices(b"TWljcm9zb2Z0IEhlZGRh de-DE\r\n") == (
        Voice("Microsoft Hedda", "Microsoft Hedda", "de-DE"),
    )


def test_windows_gets_a_line_that_holds_no_command() -> None:
    assert line_of("a\nb'; exit", "", 1.0) == b"say 0 YQpiJzsgZXhpdA==\n"
    assert line_of("a", "Hedda", 3.0).split() == [b"say", b"10", b"YQ==", b"SGVkZGE="]
    assert rate_of(0.5) == -6


def test_a_system_without_a_program_has_no_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("PATH", "/nowhere")
    assert system_speaker() is None


class Service:
    """Answers like Speech Dispatcher, on its socket."""

    def __init__(self, runtime: Path) -> None:
        folder = runtime / "speech-dispatcher"
        folder.mkdir()
        self.heard: list[str] = []
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(folder / "speechd.sock"))
        self._server.listen()
        self._threads: list[threading.Thread] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rw", encoding="utf-8", newline="") as stream:
            text: list[str] | None = None
            for line in stream:
                words = line.rstrip("\r\n")
                if text is not None:
                    if words != ".":
                        text.append(words)
                        continue
                    self.heard.append("|".join(text))
                    last, text = text[-1], None
                    answer = ["225-21", "225 OK MESSAGE QUEUED"]
                    if last != "long":
                        answer += ["702-21", "702-1", "702 END"]
                elif words == "SPEAK":
                    text, answer = [], ["230 OK RECEIVING DATA"]
                elif words == "LIST OUTPUT_MODULES":
                    answer = ["250-good", "250-broken", "250 OK MODULE LIST SENT"]
                elif words == "LIST SYNTHESIS_VOICES":
                    answer = ["249-English\ten\tnone", "249-English+Adam\ten\tAdam", "249 OK"]
                elif words == "SET self OUTPUT_MODULE broken":
                    answer = ["308 ERR MODULE NOT FOUND"]
                elif words == "CANCEL self":
                    self.heard.append("CANCEL")
                    answer = ["210 OK CANCELED", "703-21", "703-1", "703 CANCELED"]
                elif words == "QUIT":
                    return
                else:
                    if "RATE" in words:
                        self.heard.append(words)
                    answer = ["200 OK"]
                stream.write("".join(f"{one}\r\n" for one in answer))
                stream.flush()


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    service = Service(tmp_path)
    yield service
    service.close()


@pytest.fixture
def dispatcher(service: Service) -> Iterator[DispatcherSpeaker]:
    speaker = DispatcherSpeaker("false")
    yield speaker
    speaker.close()


def test_the_desktops_own_voice_says_when_it_has_ended(
    qtbot: QtBot, service: Service, dispatcher: DispatcherSpeaker
) -> None:
    with qtbot.waitSignal(dispatcher.ended):
        dispatcher.say("First.\n.dots\n.", speed=1.5)
    assert service.heard == ["SET self RATE 50", "First.|..dots|.."]
    dispatcher.say("long")
    dispatcher.stop()
    with qtbot.waitSignal(dispatcher.ended):
        dispatcher.say("After.")
    assert service.heard[-4:] == ["long", "CANCEL", "SET self RATE 0", "After."]


def test_variants_and_broken_modules_are_not_listed(dispatcher: DispatcherSpeaker) -> None:
    assert dispatcher.voices() == (Voice("good/English", "English", "en"),)


def test_a_service_that_is_not_there_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "none"))
        speaker = DispatcherSpeaker("false")
        with qtbot.waitSignal(speaker.failed):
            speaker.say("Hello.")
        assert speaker.voices() == ()
