"""The shortcuts of the main window, in the order in which they are listed."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from app.desktop.hotkey import Hotkey
from app.ui.commands import Command

if TYPE_CHECKING:
    from app.ui.window import MainWindow


def window_commands(window: "MainWindow") -> tuple[Command, ...]:
    """What the keyboard can do anywhere in ``window``."""
    chats, message, itself = _say("Chats"), _say("Message"), _say("Window")
    document = _say("Document")
    return (
        Command(chats, _say("New chat"), "Ctrl+N", window.new_chat),
        Command(chats, _say("Search chats"), "Ctrl+K", window.search_chats),
        Command(
            chats, _say("Find in this chat, or in the document"), "Ctrl+F", window.find_in_chat
        ),
        Command(chats, _say("Rename this chat"), "F2", window.chat_orders.rename_open),
        Command(chats, _say("Delete the chosen chat in the list"), "Del"),
        Command(chats, _say("Take back a deletion"), "Ctrl+Z", window.chat_orders.take_back),
        Command(message, _say("Send"), "Return"),
        Command(message, _say("New line"), "Shift+Return"),
        Command(message, _say("Add files"), "Ctrl+O", window.add_files),
        Command(message, _say("Add a picture or files from the clipboard"), "Ctrl+V"),
        Command(message, _say("Talk: hold it in an empty message"), "Space"),
        Command(message, _say("Start or stop talking"), "Ctrl+T", window.page.composer.talk),
        Command(message, _say("Dictate into the message"), "Ctrl+D", window.page.composer.dictate),
        Command(message, _say("Converse without hands"), "Ctrl+Shift+T", window.page.converse),
        Command(message, _say("Stop the answer, or close what is on top"), "Esc"),
        Command(document, _say("Next page"), "Ctrl+PgDown"),
        Command(document, _say("Previous page"), "Ctrl+PgUp"),
        Command(document, _say("Next citation of the answer"), "Alt+Down"),
        Command(document, _say("Previous citation of the answer"), "Alt+Up"),
        Command(itself, _say("Models"), "Ctrl+M", window.toggle_models),
        Command(itself, _say("Go on to the next part of the window"), "F6", window.next_part),
        Command(itself, _say("Go back one part of the window"), "Shift+F6", window.previous_part),
        Command(itself, _say("Show or hide the sidebar"), "Ctrl+B", window.toggle_sidebar),
        Command(
            itself,
            _say("Larger text, or pages of a document"),
            "Ctrl++",
            window.larger,
            anywhere=True,
        ),
        # The same key, bare.
        Command(itself, "", "Ctrl+=", window.larger, anywhere=True),
        Command(
            itself,
            _say("Smaller text, or pages of a document"),
            "Ctrl+-",
            window.smaller,
            anywhere=True,
        ),
        Command(
            itself,
            _say("Text or pages as they are usually"),
            "Ctrl+0",
            window.usual_size,
            anywhere=True,
        ),
        Command(itself, _say("Settings"), "Ctrl+,", window.open_settings),
        Command(itself, _say("Keyboard shortcuts"), "Ctrl+/", window.open_shortcuts),
        Command(itself, _say("Quit"), "Ctrl+Q", window.quit, anywhere=True),
    )


def screen_command(hotkey: Hotkey) -> Command:
    """How the screen is asked about, for the list: by the key that works in every program, or by
    the command to bind where there is none."""
    group, words = _say("In every program"), _say("Ask about screen")
    if hotkey.state in ("taken", "unavailable", "off"):
        bind = _say("{0}: bind the command {1}")
        return Command(group, bind.format(words, hotkey.command), "")
    return Command(group, words, hotkey.chord)


def _say(text: str) -> str:
    return QCoreApplication.translate("MainWindow", text)
