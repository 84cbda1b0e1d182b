"""The files in which the engine keeps what it has read of conversations: deleting them."""

from collections.abc import Set
from pathlib import Path

from app.core.state_names import state_name, state_pattern


class StateFiles:
    """A folder of files that the engine writes and that can be lost at any time. They are deleted
    from here as well, since a conversation must not outlive its deletion in an engine's file,
    whether an engine runs or not. A file that can't be deleted is left to ``collect_garbage``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def forget(self, chat: str) -> None:
        """Delete the files of a conversation."""
        for path in self.folder.glob(state_pattern(chat)):
            _delete(path)

    def collect_garbage(self, chats: Set[str]) -> None:
        """Delete the files of all conversations but ``chats``."""
        kept = {state_name(chat) for chat in chats}
        for path in self.folder.iterdir():
            if path.name.partition(".")[0] not in kept:
                _delete(path)

    def clear(self) -> None:
        """Delete all of them."""
        self.collect_garbage(frozenset())


def _delete(path: Path) -> None:
    try:
        path.unlink()
    except OSError:
        pass  # gone already, or open: the next collection tries again
