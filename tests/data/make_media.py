"""Draws and records the files in media/. Needs espeak-ng.

python -m tests.data.make_media
"""

from tests.data import MEDIA, pictures, sounds


def main() -> None:
    """Write every file anew."""
    MEDIA.mkdir(exist_ok=True)
    draw_pictures()
    record_sounds()


def draw_pictures() -> None:
    """One picture for each way in which a picture can be read wrongly."""
    draw = pictures.draw
    draw("red", "circle", "at the top left").save(MEDIA / "red-circle.png", optimize=True)
    screen = draw("orange", "triangle", "at the bottom right", (1920, 1080), pictures.DARK)
    screen.save(MEDIA / "screenshot.png", optimize=True)
    upright = draw("green", "triangle", "at the top right", (480, 384))
    pictures.save_rotated_jpeg(upright, MEDIA / "rotated.jpg", 6)
    pictures.save_alpha_png(
        MEDIA / "transparent.png", colour="purple", shape="square", place="at the bottom left"
    )
    cmyk = draw("cyan", "circle", "at the bottom right").convert("CMYK")
    cmyk.save(MEDIA / "cmyk.jpg", quality=90)
    deep = draw("blue", "square", "in the centre", ground=pictures.DARK)
    pictures.save_png_16_bit(deep, MEDIA / "16-bit.png")
    frames = [
        draw("pink", "circle", "at the top right"),
        draw("blue", "square", "at the bottom left"),
    ]
    pictures.save_animation(frames, MEDIA / "animated.gif")
    pictures.save_animation(frames, MEDIA / "animated.webp")


def record_sounds() -> None:
    """One sound for each format, at different sample rates."""
    spoken, stereo, save = sounds.spoken, sounds.stereo, sounds.save
    save(MEDIA / "seven.wav", spoken("seven"))
    save(MEDIA / "three.mp3", stereo(spoken("three", rate=44100)), 44100)
    save(MEDIA / "two-beeps.flac", stereo(sounds.beeps(rate=48000)), 48000)
    save(MEDIA / "low-tone.ogg", sounds.tone(220, rate=22050), 22050)
    save(MEDIA / "high-tone.wav", sounds.tone(2000, rate=8000), 8000)


if __name__ == "__main__":
    main()
