"""What assistive technology is told of a window: a tree of roles, names and words, over AT-SPI."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from jeepney import DBusAddress, HeaderFields, Message, MessageType, Properties, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

_ROOT = "/org/a11y/atspi/accessible/root"
_ACCESSIBLE = "org.a11y.atspi.Accessible"
_STATES = {
    4: "checked",
    5: "collapsed",
    7: "editable",
    8: "enabled",
    9: "expandable",
    10: "expanded",
    11: "focusable",
    12: "focused",
    23: "selected",
    25: "showing",
    30: "visible",
}
_SCREEN_COORDINATES = 0


@dataclass(frozen=True)
class Node:
    """One thing on the screen. ``text`` is what it contains where it contains words (a label, a
    document, an edit); ``box`` is x, y, width, height on the screen, in pixels."""

    role: str
    name: str
    description: str
    text: str
    states: frozenset[str]
    box: tuple[int, int, int, int]
    children: tuple["Node", ...] = field(repr=False)

    def walk(self) -> Iterator["Node"]:
        """This node and everything below it, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def all(self, name: str, role: str = "") -> list["Node"]:
        """All shown nodes of exactly this name (and role), this one included."""
        return [
            node
            for node in self.walk()
            if node.name == name and role in ("", node.role) and "showing" in node.states
        ]

    def words(self) -> str:
        """Every name, description and text that is shown, a line each."""
        shown = [node for node in self.walk() if "showing" in node.states]
        lines = [line for node in shown for line in (node.name, node.description, node.text)]
        return "\n".join(line for line in lines if line)

    def outline(self, depth: int = 0) -> str:
        """The tree as text, for a person who reads why a test failed."""
        states = ",".join(sorted(self.states - {"visible", "enabled", "focusable"}))
        line = f"{'  ' * depth}{self.role} {self.name!r}"
        line += f" text={self.text!r}" if self.text and self.text != self.name else ""
        line += f" description={self.description!r}" if self.description else ""
        line += f" {self.box} [{states}]"
        return "\n".join([line, *(child.outline(depth + 1) for child in self.children)])


class ScreenReader:
    """A client of the accessibility bus that belongs to the session bus at ``address``."""

    def __init__(self, address: str) -> None:
        with open_dbus_connection(bus=address) as session:
            launcher = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
            (found,) = _call(session, [new_method_call(launcher, "GetAddress")])
        assert found is not None, "there is no accessibility bus"
        self._bus = open_dbus_connection(bus=found[0])

    def close(self) -> None:
        self._bus.close()

    def read(self, pid: int) -> tuple[Node, ...]:
        """The windows of a process that are shown, the newest last; empty while it has none."""
        registry = DBusAddress(_ROOT, "org.a11y.atspi.Registry", _ACCESSIBLE)
        (found,) = _call(self._bus, [new_method_call(registry, "GetChildren")])
        for owner, path in found[0] if found else ():
            if self._pid_of(owner) == pid:
                (application,) = self._nodes([(owner, path)]).values()
                return tuple(
                    window for window in application.children if "showing" in window.states
                )
        return ()

    def _pid_of(self, owner: str) -> int:
        bus = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
        ask = new_method_call(bus, "GetConnectionUnixProcessID", "s", (owner,))
        (found,) = _call(self._bus, [ask])
        return found[0] if found else 0

    def _nodes(self, places: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Node]:
        """The nodes at ``places`` with all that is below them, a level of the tree at a time.
        One that vanishes while it is looked at comes out empty."""
        if not places:
            return {}
        answers = _call(self._bus, [call for place in places for call in _questions(*place)])
        count = len(answers) // len(places)
        seen = [answers[at : at + count] for at in range(0, len(answers), count)]
        below = [[tuple(child) for child in found[0][0]] if found[0] else [] for found in seen]
        known = self._nodes([child for children in below for child in children])
        return {
            place: _node(found, tuple(known[child] for child in children))
            for place, found, children in zip(places, seen, below, strict=True)
        }


def _questions(owner: str, path: str) -> list[Message]:
    """What is asked about each node, in the order that ``_node`` expects."""
    here = DBusAddress(path, owner, _ACCESSIBLE)
    text = here.with_interface("org.a11y.atspi.Text")
    component = here.with_interface("org.a11y.atspi.Component")
    return [
        new_method_call(here, "GetChildren"),
        new_method_call(here, "GetRoleName"),
        new_method_call(here, "GetState"),
        Properties(here).get("Name"),
        Properties(here).get("Description"),
        new_method_call(text, "GetText", "ii", (0, -1)),
        new_method_call(component, "GetExtents", "u", (_SCREEN_COORDINATES,)),
    ]


def _node(answers: Sequence[tuple[Any, ...] | None], children: tuple[Node, ...]) -> Node:
    _, role, states, name, description, text, box = answers
    return Node(
        role=role[0] if role else "",
        name=name[0][1] if name else "",
        description=description[0][1] if description else "",
        text=text[0] if text else "",
        states=_states(states[0]) if states else frozenset(),
        box=tuple(box[0]) if box else (0, 0, 0, 0),
        children=children,
    )


def _states(bits: Sequence[int]) -> frozenset[str]:
    whole = bits[0] | bits[1] << 32
    return frozenset(name for bit, name in _STATES.items() if whole >> bit & 1)


def _call(bus: DBusConnection, calls: Sequence[Message]) -> list[tuple[Any, ...] | None]:
    """The answers to ``calls``, sent all at once; None for each that was refused."""
    serials = {}
    for at, call in enumerate(calls):
        serial = next(bus.outgoing_serial)
        serials[serial] = at
        bus.send_message(call, serial=serial)
    answers: list[tuple[Any, ...] | None] = [None] * len(calls)
    while serials:
        message = bus.receive(timeout=20)
        place = serials.pop(message.header.fields.get(HeaderFields.reply_serial, -1), None)
        if place is not None and message.header.message_type is MessageType.method_return:
            answers[place] = message.body
    return answers
