"""What a person has set. Values only; ``storage.settings_file`` reads and writes them."""

from typing import Literal

import msgspec


class OpenedModel(msgspec.Struct, frozen=True):
    """A GGUF file that was opened from outside the models folder, with its projector. ``title`` is
    set where its own name says nothing."""

    path: str
    projector: str | None = None
    title: str = ""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings, each with the value that a new user gets.

    ``text_percent`` is the size of text, 0 for the system's, else 80 to 200. ``model`` is the id of
    the chosen model, "" for none yet. ``device`` is what it runs on: "" for the best choice, "cpu",
    or llama.cpp's name of a device. ``advised`` are the file names of models for which a smaller
    one has been suggested. ``context`` is in tokens, 0 for the model's own; ``picture_budget`` in
    image tokens, 0 for the automatic choice. ``read_ahead`` has the model read what is being
    written. What it has read of recent chats is kept in ``kept_memory`` bytes of memory and in
    ``kept_disk`` bytes of the disk, 0 for not at all. After ``unload_after`` minutes without a
    question the model is put to sleep, 0 for never. ``welcomed`` says that the first run has been
    passed; ``awaited_model`` is the id of the model that is being downloaded to be used when it is
    there, "" for none. ``hub_endpoint`` is the address that models are downloaded from and
    ``hub_token`` opens files that ask for it, "" for the usual ones. ``hotkey`` is the shortcut
    that asks about the screen from anywhere, "" for none, and ``autostart`` has Facet start with
    the system. ``keep_captures`` has questions about the screen, and their pictures, kept among
    the chats. ``tray`` is what closing the window does: Facet stays ready without it, or quits, or
    asks. ``microphone`` is the id of the one that is used, "" for the system's choice.
    ``read_aloud`` has answers read by the ``voice`` of that id ("" for the system's usual one) at
    ``voice_percent`` of its usual speed. Sizes of windows are in device-independent pixels;
    ``window`` is x, y, width, height.
    """

    theme: Literal["system", "light", "dark"] = "system"
    reduced_motion: Literal["system", "on", "off"] = "system"
    text_percent: int = 0
    model: str = ""
    opened_models: tuple[OpenedModel, ...] = ()
    device: str = ""
    advised: tuple[str, ...] = ()
    context: int = 0
    picture_budget: Literal[0, 70, 140, 280, 560, 1120] = 0
    system_prompt: str = ""
    thinking: Literal["auto", "on", "off"] = "auto"
    read_ahead: bool = True
    kept_memory: int = 10**9
    kept_disk: int = 4 * 10**9
    unload_after: Literal[0, 5, 15, 30, 60] = 30
    welcomed: bool = False
    awaited_model: str = ""
    hub_endpoint: str = ""
    hub_token: str = ""
    hotkey: str = "Ctrl+Shift+Space"
    autostart: bool = False
    keep_captures: bool = True
    tray: Literal["ask", "stay", "quit"] = "ask"
    microphone: str = ""
    read_aloud: bool = False
    voice: str = ""
    voice_percent: int = 100
    sidebar_width: int = 260
    sidebar_shown: bool = True
    preview_width: int = 468
    window: tuple[int, int, int, int] | None = None
    window_maximized: bool = False
