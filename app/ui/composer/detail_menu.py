"""How closely the model looks at a picture, in words."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from app.core.budget import AUTOMATIC, BUDGETS, TILE, choose_budget, size_for_budget
from app.core.conversation import Image
from app.ui.theme.controls import Menu
from app.ui.theme.theme import Theme


def level(budget: int) -> str:
    """One word for ``budget`` in tokens: automatic, low, medium or high."""
    if budget == AUTOMATIC:
        return QCoreApplication.translate("Detail", "automatic")
    if budget <= 140:
        return QCoreApplication.translate("Detail", "low")
    if budget <= 280:
        return QCoreApplication.translate("Detail", "medium")
    return QCoreApplication.translate("Detail", "high")


def explanation(budget: int) -> str:
    """What ``budget`` is good for, as an entry of a menu."""
    say = QCoreApplication.translate
    return {
        AUTOMATIC: say("Detail", "Automatic: as much as the picture has, up to 280 tokens"),
        70: say("Detail", "Low, 70 tokens: the gist, quickest"),
        140: say("Detail", "Low, 140 tokens: the gist and larger things"),
        280: say("Detail", "Medium, 280 tokens: most photos"),
        560: say("Detail", "High, 560 tokens: screenshots and charts"),
        1120: say("Detail", "High, 1,120 tokens: small print, slowest"),
    }[budget]


def cost(picture: Image, budget: int) -> int:
    """How many tokens ``picture`` takes at ``budget`` (0 = automatic)."""
    chosen = budget or choose_budget(picture.width, picture.height)
    width, height = size_for_budget(picture.width, picture.height, chosen)
    return (width // TILE) * (height // TILE)


def detail_menu(
    theme: Theme, current: int, usual: int, choose: Callable[[int], object], parent: QWidget
) -> Menu:
    """The menu of all levels with ``current`` checked; ``choose`` gets the budget. 0 stands for
    the ``usual`` one, which the settings say."""
    menu = Menu(theme, parent)
    menu.setAccessibleName(QCoreApplication.translate("Detail", "Detail"))
    for budget in (AUTOMATIC, *BUDGETS):
        words = explanation(budget)
        if budget == AUTOMATIC and usual != AUTOMATIC:
            words = QCoreApplication.translate("Detail", "As the settings say: {0}").format(
                explanation(usual)
            )
        menu.add(words, partial(choose, budget), checked=budget == current)
    return menu
