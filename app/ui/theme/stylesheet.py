"""The one application stylesheet: Qt's own widgets in the colours of the theme.

What QSS cannot do (shadows, cut corners, outer focus rings) is painted, in shapes.py and the
controls. Rules name classes only, so that matching them stays cheap.
"""

from typing import Protocol


class Source(Protocol):
    """What the stylesheet needs of a theme."""

    def hex(self, name: str) -> str: ...

    def px(self, pixels: float) -> int: ...


_SHEET = """
QToolTip {{
    background: {surface}; color: {text}; border: 1px solid {border};
    border-radius: 6px; padding: 4px 8px; font-size: {caption}px;
}}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
QScrollBar::handle {{ background: {track}; border-radius: 3px; margin: 3px; }}
QScrollBar::handle:vertical {{ min-height: 32px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; }}
QScrollBar::handle:hover, QScrollBar::handle:pressed {{ background: {track2}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; border: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QAbstractScrollArea {{ border: 0; }}
QAbstractScrollArea::corner {{ background: transparent; border: 0; }}
QMenu {{ background: {surface}; border: 1px solid {border}; color: {text}; padding: 4px 0; }}
Menu {{ background: transparent; border: 0; padding: 0; }}
QMenu::item {{
    padding: 5px 28px 5px 10px; margin: 0 4px; border-radius: 6px; min-height: {row}px;
}}
QMenu::item:selected {{ background: {hover}; }}
QMenu::item:disabled {{ color: {text3}; }}
QMenu::icon {{ padding-left: 10px; }}
QMenu::indicator {{ width: 0; height: 0; }}
QMenu::separator {{ height: 1px; background: {border}; margin: 4px 0; }}
QLineEdit {{
    background: {surface}; color: {text}; border: 1px solid {border}; border-radius: 7px;
    padding: 0 8px; min-height: {field}px; selection-background-color: {selection};
    selection-color: {text}; placeholder-text-color: {text3};
}}
QLineEdit:focus {{ border-color: {borderstrong}; }}
QPlainTextEdit, QTextEdit {{
    background: transparent; color: {text};
    selection-background-color: {selection}; selection-color: {text};
}}
QComboBox {{
    background: {btn}; color: {text}; border: 1px solid {btnedge}; border-radius: 7px;
    padding: 0 28px 0 10px; min-height: {field}px;
}}
QComboBox::drop-down {{ border: 0; width: 24px; }}
QComboBox QAbstractItemView {{
    background: {surface}; border: 1px solid {border}; selection-background-color: {hover};
    selection-color: {text}; outline: 0; padding: 4px;
}}
QCheckBox, QRadioButton {{ spacing: 8px; color: {text}; }}
QDialog, QMessageBox {{ background: {canvas}; }}
"""


def stylesheet(theme: Source) -> str:
    """The stylesheet for the theme as it is now."""
    return _SHEET.format(
        surface=theme.hex("surface"),
        canvas=theme.hex("canvas"),
        text=theme.hex("text"),
        text3=theme.hex("text-3"),
        border=theme.hex("border"),
        borderstrong=theme.hex("border-strong"),
        track=theme.hex("track"),
        track2=theme.hex("track-2"),
        hover=theme.hex("hover"),
        selection=theme.hex("selection"),
        btn=theme.hex("btn"),
        btnedge=theme.hex("btn-edge"),
        caption=theme.px(12),
        row=theme.px(18),
        field=theme.px(30),
    )
