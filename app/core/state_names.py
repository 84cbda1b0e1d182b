"""How the files that hold a conversation's evaluated state are named.

The engine writes them, the application deletes them with their conversation, and neither imports
the other: what they share is this name.
"""

import hashlib


def state_name(chat: str) -> str:
    """The first part of the name of each file that belongs to ``chat``: 32 hexadecimal digits,
    whatever the conversation is called, and different also where file names ignore case."""
    return hashlib.blake2b(chat.encode(), digest_size=16).hexdigest()


def state_pattern(chat: str) -> str:
    """A glob pattern for all files of ``chat`` in the folder of states, half-written ones and those
    of other models too."""
    return f"{state_name(chat)}.*"
