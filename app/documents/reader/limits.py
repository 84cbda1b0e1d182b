"""How much a document may cost."""

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """What one document may take; what is beyond is left out, and ``Extract.missing`` says so.

    ``memory`` (bytes) and ``seconds`` (of computing) are the process's, ``page_seconds`` is how
    long it may be silent: a page takes that long at most. ``pages`` and ``characters`` count what
    is read, ``unpacked`` the bytes that come out of what was compressed, ``pixels`` those of one
    rendered page.
    """

    memory: int = 2**30
    seconds: int = 900
    page_seconds: float = 30.0
    pages: int = 20_000
    characters: int = 50_000_000
    unpacked: int = 400_000_000
    pixels: int = 20_000_000
