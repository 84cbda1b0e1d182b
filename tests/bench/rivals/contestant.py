"""What the benchmark asks of every contestant, and how it is timed: from outside its process."""

import base64
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar


@dataclass(frozen=True)
class Setup:
    """What all contestants get: the same files, context in tokens, threads, and tokens of a
    picture. ``folder`` is theirs to write into, ``pause`` how many seconds of rest there are
    between two answers."""

    model: Path
    projector: Path
    context: int
    threads: int
    picture_tokens: int
    folder: Path
    pause: float = 0.0


@dataclass(frozen=True)
class Answer:
    """One answer as it was seen from outside. ``step_ms`` is the mean time between two tokens;
    None is what a contestant does not tell."""

    text: str
    ttft_ms: float
    tokens: int
    step_ms: float | None = None
    prompt_tokens: int | None = None
    reused_tokens: int | None = None
    restored: str | None = None


class Watch:
    """Times one answer: made when it is asked for, told of each piece of text that arrives."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._first: float | None = None
        self._last = 0.0
        self._pieces: list[str] = []

    def heard(self, text: str, at: float | None = None) -> None:
        """``text`` has arrived now, or at a time of the performance counter."""
        if not text:
            return
        self._last = time.perf_counter() if at is None else at
        self._first = self._last if self._first is None else self._first
        self._pieces.append(text)

    def answer(
        self,
        tokens: int | None,
        *,
        prompt_tokens: int | None = None,
        reused_tokens: int | None = None,
        restored: str | None = None,
    ) -> Answer:
        """The whole answer; ``tokens`` None counts the pieces. One without a word has been waited
        for until now."""
        if self._first is None:
            self._first = self._last = time.perf_counter()
        count = len(self._pieces) if tokens is None else tokens
        return Answer(
            text="".join(self._pieces),
            ttft_ms=(self._first - self._began) * 1000,
            tokens=count,
            step_ms=(self._last - self._first) * 1000 / (count - 1) if count > 1 else None,
            prompt_tokens=prompt_tokens,
            reused_tokens=reused_tokens,
            restored=restored,
        )


class Contestant(ABC):
    """Someone to talk to. One chat is current; ``chat`` switches.

    ``forgets`` says that all of a chat is evaluated at each turn, whatever came before.
    """

    name: ClassVar[str]
    forgets: ClassVar[bool] = False

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """Who this is: versions, build, what the processor is used for."""

    @abstractmethod
    def chat(self, name: str) -> None:
        """Go to a chat, or begin it."""

    @abstractmethod
    def say(self, text: str, picture: Path | None, max_tokens: int) -> Answer:
        """Ask in the current chat."""

    @abstractmethod
    def edit_last(self, text: str, max_tokens: int) -> Answer:
        """Put the last question otherwise; its picture stays."""

    @abstractmethod
    def regenerate(self, max_tokens: int) -> Answer:
        """Have the last question answered once more."""

    @abstractmethod
    def settle(self) -> None:
        """Let it finish what it does after an answer, as a person's reading time would."""

    @abstractmethod
    def close(self) -> None:
        """End its process."""


@dataclass(frozen=True)
class Message:
    """One turn of a chat. The picture stands before the words."""

    role: str
    text: str
    picture: Path | None = None


class Stateless(Contestant):
    """A contestant that is sent the whole chat with each question, as chat APIs are."""

    def __init__(self) -> None:
        self._chats: dict[str, list[Message]] = {}
        self._current: list[Message] = []

    @abstractmethod
    def _answer(self, messages: Sequence[dict[str, Any]], max_tokens: int) -> Answer:
        """Have ``messages``, in the form of OpenAI's API, answered."""

    def chat(self, name: str) -> None:
        self._current = self._chats.setdefault(name, [])

    def say(self, text: str, picture: Path | None, max_tokens: int) -> Answer:
        self._current.append(Message("user", text, picture))
        return self._go_on(max_tokens)

    def edit_last(self, text: str, max_tokens: int) -> Answer:
        del self._current[-1]
        self._current[-1] = replace(self._current[-1], text=text)
        return self._go_on(max_tokens)

    def regenerate(self, max_tokens: int) -> Answer:
        del self._current[-1]
        return self._go_on(max_tokens)

    def recall(self, text: str, answer: str, picture: Path | None = None) -> None:
        """Add a turn to the current chat without evaluating anything. It costs nothing to leave
        that out where ``forgets`` is true."""
        self._current += [Message("user", text, picture), Message("assistant", answer)]

    def settle(self) -> None:
        """It has nothing left to do."""

    def _go_on(self, max_tokens: int) -> Answer:
        answer = self._answer([_as_openai(message) for message in self._current], max_tokens)
        self._current.append(Message("assistant", answer.text))
        return answer


def _as_openai(message: Message) -> dict[str, Any]:
    if message.picture is None:
        return {"role": message.role, "content": message.text}
    data = base64.b64encode(message.picture.read_bytes()).decode()
    url = {"url": f"data:image/png;base64,{data}"}
    content = [{"type": "image_url", "image_url": url}, {"type": "text", "text": message.text}]
    return {"role": message.role, "content": content}
