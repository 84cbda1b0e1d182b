"""What the tests show the program, and what it should make of it. See README.md."""

from pathlib import Path

from app.models.library import starter_folder

DATA = Path(__file__).parent
MEDIA = DATA / "media"
MACHINES = DATA / "machines"
# The miniature that ships with the app, which examines devices with it.
MINIATURE = Path(__file__).parents[2] / "resources" / "miniature"
MODEL = MINIATURE / "mini-gemma4.gguf"
PROJECTOR = MINIATURE / "mmproj-mini-gemma4.gguf"
# Put there by the set-up: a real model that reads only. Absent where nobody has set up Facet.
STARTER = starter_folder() / "SmolLM2-135M-Instruct.Q4_1.gguf"

# Each file in media/ and what the miniature answers to "What do you see?" or "What do you hear?".
SEEN = {
    "red-circle.png": "a red circle at the top left",
    "screenshot.png": "an orange triangle at the bottom right",
    "rotated.jpg": "a green triangle at the top right",
    "transparent.png": "a purple square at the bottom left",
    "cmyk.jpg": "a cyan circle at the bottom right",
    "16-bit.png": "a blue square in the centre",
    "animated.gif": "a pink circle at the top right",
    "animated.webp": "a pink circle at the top right",
}
HEARD = {
    "seven.wav": "the word seven",
    "three.mp3": "the word three",
    "two-beeps.flac": "two beeps",
    "low-tone.ogg": "a low tone",
    "high-tone.wav": "a high tone",
}
