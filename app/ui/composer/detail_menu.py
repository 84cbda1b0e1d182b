"""How closely the model looks at a picture, in words, and what that costs."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from app.core.budget import AUTOMATIC, BUDGETS, loses_text, tokens_at
from app.core.conversation import Image
from app.ui.theme.controls import Menu
from app.ui.theme.theme import Theme


def level(budget: int) -> str:
    """One word for ``budget`` in tokens: low, medium or high."""
    if budget <= 140:
        return QCoreApplication.translate("Detail", "low")
    if budget <= 280:
        return QCoreApplication.translate("Detail", "medium")
    return QCoreApplication.translate("Detail", "high")


def explanation(budget: int) -> str:
    """What ``budget`` is good for, as an entry of a menu."""
    say = QCoreApplication.translate
    return {
        AUTOMATIC: say("Detail", "Automatic: by content and time"),
        70: say("Detail", "Low, 70 tokens: the gist, quickest"),
        140: say("Detail", "Low, 140 tokens: the gist and larger things"),
        280: say("Detail", "Medium, 280 tokens: most photos"),
        560: say("Detail", "High, 560 tokens: screenshots and charts"),
        1120: say("Detail", "High, 1,120 tokens: small print, slowest"),
    }[budget]


def about(seconds: float) -> str:
    """A predicted time: "under 1 s", "about 9 s", "about 2 min"."""
    say = QCoreApplication.translate
    if seconds < 0.95:
        return say("Detail", "under 1 s")
    if seconds < 95:
        rounded = round(seconds) if seconds < 20 else 5 * round(seconds / 5)  # it is a guess
        return say("Detail", "about {0} s").format(rounded)
    return say("Detail", "about {0} min").format(round(seconds / 60))


def lost(picture: Image, budget: int) -> bool:
    """Whether small writing in ``picture`` becomes illegible at ``budget`` tokens."""
    return loses_text(picture.width, picture.height, picture.text_height, budget)


def detail_menu(
    theme: Theme,
    picture: Image,
    usual: int,
    seconds: Callable[[int], float | None],
    choose: Callable[[int], object],
    parent: QWidget,
) -> Menu:
    """The menu of all levels, what each costs beside it and the one of ``picture`` checked;
    ``choose`` gets the budget. 0 stands for the ``usual`` one, which the settings say."""
    say = QCoreApplication.translate
    menu = Menu(theme, parent)
    menu.setAccessibleName(say("Detail", "Detail"))
    chosen = picture.budget if picture.chosen else AUTOMATIC
    for budget in (AUTOMATIC, *BUDGETS):
        words = explanation(budget)
        if budget == AUTOMATIC and usual != AUTOMATIC:
            words = say("Detail", "As the settings say: {0}").format(explanation(usual))
        elif budget != AUTOMATIC:
            if lost(picture, budget):
                words = say("Detail", "{0}: small text may be lost").format(words.partition(":")[0])
            cost = seconds(tokens_at(picture.width, picture.height, budget))
            if cost is not None:
                words = f"{words}\t{about(cost)}"  # in a column of its own
        menu.add(words, partial(choose, budget), checked=budget == chosen)
    return menu
