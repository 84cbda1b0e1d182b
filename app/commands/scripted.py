"""``facet chat --json``: a program talks, one request a line, and reads events as JSON lines."""

import contextlib
import queue
import signal
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from app.commands import INTERRUPTED, requests
from app.commands.attaching import Kind, read_as
from app.commands.engine_loop import TOO_LARGE, death, failure
from app.commands.outputs import JsonOutput
from app.commands.talk import Part, Talk
from app.core.errors import AppError
from app.engine.client import Engine
from app.engine.messages import (
    AnyEvent,
    Cancel,
    Died,
    Done,
    Failed,
    Generate,
    LoadFailed,
    Loading,
    ModelInfo,
    Prepare,
    Prepared,
    Unload,
    Unloaded,
)

_WAYS: Mapping[Kind, str] = {"image": '"images"', "audio": '"audio"', "document": '"files"'}
_TICK = 0.5  # seconds; on Windows a Ctrl+C does not wake who waits without a limit


class _End:
    """There are no more requests."""


class _Interrupt:
    """Ctrl+C."""


class ScriptedChat:
    """Carries out requests in their order, except that Stop overtakes and that a preparation
    gives way to whatever comes next."""

    def __init__(self, engine: Engine, talk: Talk, source: int, out: TextIO) -> None:
        self._engine = engine
        self._talk = talk
        self._source = source  # number of an open file
        self._out = out
        self._inbox: queue.SimpleQueue[AnyEvent | requests.Request | _End | _Interrupt]
        self._inbox = queue.SimpleQueue()
        self._waiting: deque[requests.Request] = deque()
        self._turns: dict[int, JsonOutput] = {}  # answers and preparations that have not ended
        self._stopping = False
        self._ended = False

    def run(self) -> int:
        """Talk until the source ends and all is answered, or until Ctrl+C. Returns the exit code;
        AppError when the model can't be had any more."""
        for work in (self._read, self._listen):
            threading.Thread(target=work, daemon=True).start()
        with self._interrupts():
            while True:
                while self._waiting and self._talk.answering is None:
                    self._carry_out(self._waiting.popleft())
                if self._ended and not self._turns:
                    return 0
                try:
                    item = self._inbox.get(timeout=_TICK)
                except queue.Empty:
                    continue
                match item:
                    case _End():
                        self._ended = True
                    case _Interrupt():
                        if self._stopping or not self._stop():
                            return INTERRUPTED
                    case requests.Stop():
                        self._output(item.id).line("stopping", running=self._stop())
                    case requests.Malformed() | requests.Switch() | requests.Regenerate():
                        self._waiting.append(item)
                    case requests.Say() | requests.Prepare() | requests.EditLast():
                        self._waiting.append(item)
                    case _:
                        self._happened(item)

    def put_away(self) -> None:
        """Wait until the engine has saved what it keeps of the chats."""
        self._engine.send(Unload())
        while True:
            with contextlib.suppress(queue.Empty):
                if isinstance(self._inbox.get(timeout=_TICK), (Unloaded, Died)):
                    return

    # -- the other two threads, and the signal ----------------------------------------------------

    def _read(self) -> None:
        for line in requests.lines(self._source):
            self._inbox.put(requests.TOO_LONG if line is None else requests.parse(line))
        self._inbox.put(_End())

    def _listen(self) -> None:
        while (event := self._engine.receive()) is not None:
            self._inbox.put(event)

    @contextmanager
    def _interrupts(self) -> Iterator[None]:
        previous = signal.signal(signal.SIGINT, lambda *_: self._inbox.put(_Interrupt()))
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, previous)

    # -- requests ---------------------------------------------------------------------------------

    def _carry_out(self, request: requests.Request) -> None:
        output = self._output(request.id)
        try:
            match request:
                case requests.Malformed():
                    more = {"field": request.field} if request.field else {}
                    output.error(request.error, **more)
                case requests.Switch():
                    chat = self._talk.switch(request.chat)
                    output.line("chat", name=chat.name, messages=len(chat.entries))
                case requests.Say():
                    parts = self._attach(request)
                    self._send(self._talk.ask(request.say, parts, request), output)
                case requests.Prepare():
                    question = request.prepare
                    parts = self._attach(question)
                    self._send(self._talk.prepare(question.say, parts, question), output)
                case requests.EditLast():
                    self._send(self._talk.edit(request.edit_last, request), output)
                case requests.Regenerate():
                    self._send(self._talk.regenerate(request), output)
        except AppError as error:
            output.error(error)

    def _attach(self, question: requests.Question) -> Sequence[Part]:
        wanted: tuple[tuple[Kind, tuple[str, ...]], ...] = (
            ("image", question.images),
            ("audio", question.audio),
            ("document", question.files),
        )
        return [
            self._talk.keep(read_as(Path(path), kind, _WAYS), question.budget)
            for kind, paths in wanted
            for path in paths
        ]

    def _send(self, order: Generate | Prepare, output: JsonOutput) -> None:
        self._stopping = False
        try:
            self._engine.send(order)
        except ValueError as error:
            self._talk.fail(TOO_LARGE.what)
            raise TOO_LARGE from error
        self._turns[order.turn] = output

    def _stop(self) -> bool:
        """Stop the answer, else the preparation; whether there was one."""
        answer = self._talk.answering
        stopped = list(self._turns) if answer is None else [answer]
        for turn in stopped:
            self._engine.send(Cancel(turn))
        self._stopping = bool(stopped)
        return self._stopping

    # -- events -----------------------------------------------------------------------------------

    def _happened(self, event: AnyEvent) -> None:
        match event:
            case Loading() | ModelInfo():  # again, after the engine died
                self._output(None).show(event)
                return
            case LoadFailed():
                raise failure(event)
            case Died():
                self._died(event)
                return
        turn = getattr(event, "turn", None)
        if turn not in self._turns:
            return
        output = self._turns[turn]
        try:
            self._talk.take(event)
        except AppError as error:  # the answer goes on, it only isn't kept
            output.error(error)
        match event:
            case Failed():
                del self._turns[turn]
                output.error(failure(event))
            case Done() | Prepared():
                del self._turns[turn]
                output.show(event)
            case _:
                output.show(event)

    def _died(self, event: Died) -> None:
        error = death(event)
        turns, self._turns = self._turns, {}
        for turn, output in turns.items():
            # It may have gone to the next child already, before this word came.
            self._engine.send(Cancel(turn))
            if turn == self._talk.answering:
                output.error(error)
                with contextlib.suppress(AppError):  # that it isn't kept, its next save says
                    self._talk.fail(str(error))
            else:
                output.show(Prepared(turn, complete=False))
        if not event.restarting:
            raise error

    def _output(self, id: requests.Id) -> JsonOutput:
        return JsonOutput(self._out, {} if id is None else {"id": id})
