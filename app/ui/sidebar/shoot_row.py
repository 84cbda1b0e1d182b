"""The row of the sidebar that asks about the screen, with the shortcut that does so anywhere."""

from app.core.settings import Settings
from app.desktop.hotkey import Hotkey
from app.session.preferences import Preferences
from app.ui.commands import shown_hotkey
from app.ui.sidebar.nav_row import NavRow
from app.ui.theme.theme import Theme


class ShootRow(NavRow):
    """Where the system gives no shortcut, or another program has it, the command to bind stands in
    its place, and the row says why."""

    def __init__(self, theme: Theme, hotkey: Hotkey, preferences: Preferences) -> None:
        super().__init__(theme, "region", "", "")
        self._hotkey = hotkey
        self._preferences = preferences
        self.setText(self.tr("Ask about screen"))
        self.setAccessibleName(self.text())
        hotkey.state_changed.connect(self._follow)
        preferences.changed.connect(self._follow_settings)
        self._follow()

    def _follow_settings(self, before: Settings, after: Settings) -> None:
        if before.hotkey != after.hotkey:
            self._follow()

    def _follow(self) -> None:
        hotkey, wanted = self._hotkey, self._preferences.settings.hotkey
        keys = shown_hotkey(hotkey, wanted)
        amiss = bool(wanted) and not keys
        self.set_shortcut(keys)
        self.set_note(hotkey.command if amiss else "", hotkey.detail)
        self.setToolTip(f"{self.text()}  {hotkey.detail if amiss else keys}".strip())
