"""All controls of the theme, in one place to import from."""

from app.ui.theme.buttons import Button, IconButton, OctagonButton, ThemedButton, blend
from app.ui.theme.indicators import FacetMeter, Mark, ProgressLine, StatusDot, WorkingMark
from app.ui.theme.labels import Divider, ElidedLabel, IconLabel, Label
from app.ui.theme.menus import Menu

__all__ = [
    "Button",
    "Divider",
    "ElidedLabel",
    "FacetMeter",
    "IconButton",
    "IconLabel",
    "Label",
    "Mark",
    "Menu",
    "OctagonButton",
    "ProgressLine",
    "StatusDot",
    "ThemedButton",
    "WorkingMark",
    "blend",
]
