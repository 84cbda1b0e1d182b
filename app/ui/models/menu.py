"""The menu of a row: everything that can be done with a model, its button's order included."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from app.session.offers import Offer
from app.ui.models import words
from app.ui.theme.controls import Menu
from app.ui.theme.theme import Theme

Act = Callable[[], object]


@dataclass(frozen=True)
class MenuActs:
    """What the entries do; None: there is no such entry. ``usual`` tells whether the model is the
    one that is loaded at the start."""

    main: tuple[str, Act] | None
    details: Act
    reveal: Act | None
    make_usual: Act | None
    usual: bool
    fetch: Callable[[Offer], object]
    forget: Act | None
    remove: Act | None


def offer_menu(
    theme: Theme, parent: QWidget, offer: Offer, versions: tuple[Offer, ...], acts: MenuActs
) -> Menu:
    """The menu for ``offer``; ``versions`` are others of the same model to download."""
    menu = Menu(theme, parent)
    menu.setAccessibleName(offer.title)
    if acts.main is not None:
        menu.add(acts.main[0], acts.main[1])
        menu.addSeparator()
    menu.add(_say("Details…"), acts.details, icon="info")
    if acts.reveal is not None:
        menu.add(_say("Show in its folder"), acts.reveal, icon="folder")
    if acts.make_usual is not None:
        menu.add(_say("Load at the start"), acts.make_usual, checked=acts.usual)
    if versions:
        menu.addSeparator()
        menu.add(_say("Other versions"), lambda: None, enabled=False)
        for version in versions:
            menu.add(_version(version), partial(acts.fetch, version), icon="download")
    if acts.forget is not None or acts.remove is not None:
        menu.addSeparator()
    if acts.forget is not None:
        menu.add(_say("Take off the list"), acts.forget, icon="x")
    if acts.remove is not None:
        menu.add(_say("Remove…"), acts.remove, icon="trash", danger=True)
    return menu


def _version(version: Offer) -> str:
    """ "Q8_0", and at the end of the line "9.8 GB, too large"."""
    name = version.note.partition(",")[0]
    fit = words.verdict(version.fit).word.lower()
    return f"{name}\t{words.amount(version.disk)}, {fit}"


def _say(text: str) -> str:
    return QCoreApplication.translate("Models", text)
