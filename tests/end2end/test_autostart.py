"""Starting with the system, as chosen in the settings; its entry is run as a desktop would."""

import subprocess
from pathlib import Path

from tests.end2end.facet import Facet
from tests.end2end.models import MINIATURE, write_settings
from tests.end2end.screen import Screen
from tests.end2end.waiting import wait_for

ON, OFF = "On: without the window, ready for the shortcut", "Off"


def test_the_entry_is_made_and_removed_and_starts_facet(screen: Screen, facet: Facet) -> None:
    entry = Path(screen.environment["XDG_CONFIG_HOME"]) / "autostart" / "facet.desktop"
    write_settings(facet.data_dir, model=MINIATURE)
    facet.start()

    def change(before: str, after: str) -> None:
        facet.focus()
        screen.key("ctrl+comma")
        facet.open_menu(f"Start with the system: {before}")
        screen.key(*(["Down"] * (2 if before == OFF else 1)), "Return")
        facet.wait_for_node(f"Start with the system: {after}")
        screen.key("Escape")
        wait_for(lambda: len(facet.read()) == 1, "the settings are closed")

    assert not entry.exists()
    change(OFF, ON)
    wait_for(entry.exists, "the entry is there")
    values = dict(line.split("=", 1) for line in entry.read_text().splitlines() if "=" in line)
    assert str(facet.data_dir) in values["Exec"]
    # Facet is there already: one more start, without a window, finds that out and ends.
    again = subprocess.run(
        ["sh", "-c", values["Exec"].replace("\\\\", "\\").replace("%%", "%")],
        env=screen.environment,
        cwd=values["Path"],
        timeout=60,
        check=False,
    )
    assert again.returncode == 0
    change(ON, OFF)
    wait_for(lambda: not entry.exists(), "the entry is gone")
