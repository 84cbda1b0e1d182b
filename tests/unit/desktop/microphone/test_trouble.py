import pytest

from app.desktop.microphone import trouble


class PortAudioError(Exception):
    """As sounddevice has it: a text, PortAudio's code, and what the system said."""


def said(*arguments: object) -> tuple[str, str, str]:
    error = trouble.from_portaudio("Headset", PortAudioError(*arguments))
    return error.code, error.what, error.next_step


HOST = -9999  # paUnanticipatedHostError


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("Error opening stream", -9985), "mic-busy"),
        (("Error opening stream", HOST, (0, -16, "Device or resource busy")), "mic-busy"),
        (("Error opening stream", HOST, (3, -2004287478, "")), "mic-busy"),
        (("Error opening stream", HOST, (0, 4, "The specified device is in use.")), "mic-busy"),
        (("Error opening stream", HOST, (0, -13, "Permission denied")), "mic-refused"),
        (("Error opening stream", HOST, (3, -2147024891, "Access is denied.")), "mic-refused"),
        (("Invalid device", -9996), "mic-none"),
        (("Error opening stream", HOST, (0, -19, "No such device")), "mic-none"),
        (("Error opening stream", HOST, (0, -111, "Connection refused")), "mic-failed"),
        (("Invalid sample rate", -9997), "mic-failed"),
        (("Error querying device 3",), "mic-failed"),
        ((), "mic-failed"),
    ],
)
def test_every_refusal_has_its_kind(arguments: tuple[object, ...], code: str) -> None:
    kind, what, step = said(*arguments)
    assert kind == code
    assert what.endswith(".")
    assert step.endswith(".")
    if code in ("mic-busy", "mic-refused", "mic-failed"):
        assert "Headset" in what


def test_what_the_system_says_is_passed_on() -> None:
    assert "Connection refused" in said("Error", HOST, (0, -111, "Connection refused."))[1]


def test_without_a_name_it_is_the_microphone() -> None:
    assert trouble.busy("").what == "The microphone is in use by another program."
    assert trouble.silent("").what == "No sound arrives from the microphone."
    assert trouble.refused("").what == "The system doesn't let Facet use the microphone."
