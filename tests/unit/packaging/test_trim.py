"""What the installed app leaves out, and what it must not."""

import pytest
import trim


@pytest.mark.parametrize(
    "path",
    [
        "PySide6/Qt/plugins/platformthemes/libqgtk3.so",
        "PySide6/Qt/lib/libQt6Quick.so.6",
        "libgtk-3.so.0",
        "libasound.so.2",
        "libstdc++.so.6",
        "llama_cpp/lib/libggml-rpc.so",
        "llama_cpp/lib/libllama.so.0.5.0",
        "resources/miniature/mini-gemma4.gguf",
        "numpy\\_core\\include\\numpy\\arrayobject.h",
    ],
)
def test_left_out(path: str) -> None:
    assert not trim.is_kept(path)


@pytest.mark.parametrize(
    "path",
    [
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforms/libqwayland.so",
        "PySide6/Qt/plugins/platforms/libqoffscreen.so",
        "PySide6/Qt/lib/libQt6Core.so.6",
        "PySide6/Qt/translations/qtbase_de.qm",
        "pillow.libs/libfreetype-57f805ba.so.6.20.6",
        "av.libs/libasound-c7818c60.so.2.0.0",
        "llama_cpp/lib/libllama.so",
        "llama_cpp/lib/libllama.so.0",
        "llama_cpp/lib/libggml-cpu-haswell.so",
        "libffi.so.8",
        "libgomp.so.1",
        "libxcb-cursor.so.0",
        "resources/icons/send.svg",
    ],
)
def test_kept(path: str) -> None:
    assert trim.is_kept(path)


def test_a_library_lies_there_once() -> None:
    names = ["llama_cpp/lib/libllama.so", "llama_cpp/lib/libllama.so.0", "libffi.so.8"]
    assert trim.twins(names) == {"llama_cpp/lib/libllama.so.0": "libllama.so"}
