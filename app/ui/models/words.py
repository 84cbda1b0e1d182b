"""What the page of models says of an offer."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from app.models.fit import Fit
from app.session.downloads import Download
from app.session.models import ModelShelf
from app.session.offers import Offer
from app.ui import figures

NOTHING = "–"
_MB, _GB = 10**6, 10**9


@dataclass(frozen=True)
class Verdict:
    """``icon`` stands in for the meter where that would be full; ``color`` is both's."""

    word: str
    color: str
    icon: str = ""


def verdict(fit: Fit | None) -> Verdict:
    """How a model fits, in a word."""
    if fit is None:
        return Verdict(_say("Not known"), "text-3")
    match fit.verdict:
        case "comfortable":
            return Verdict(_say("Comfortable"), "ok")
        case "tight":
            return Verdict(_say("Tight"), "warn")
        case _:
            return Verdict(_say("Too large"), "danger", "no")


def amount(count: int) -> str:
    """``count`` bytes as the tables have them, with one decimal: 6.1 GB, 15.6 GB, 0.4 GB, 8 MB."""
    return f"{count / _GB:.1f} GB" if count >= 95 * _MB else figures.size(count)


def speed(offer: Offer) -> tuple[str, str]:
    """The speed of an offer, parted where the bold figure ends: ("22.4", " tok/s"); one that is
    only expected has none: ("", "about 9 tok/s")."""
    if offer.speed is None:
        return "", NOTHING
    if offer.measured:
        return f"{offer.speed:.1f}", _say(" tok/s")
    return "", _say("about {0}").format(figures.speed(foretold(offer.speed)))


def foretold(speed: float) -> float:
    """A predicted speed, only as exact as it can be: 8.7, 23, 140."""
    return float(f"{speed:.2g}")


def memory(fit: Fit | None) -> str:
    """How much memory a model takes while it is loaded."""
    return amount(fit.total) if fit is not None else NOTHING


def figures_of(offer: Offer, fit: Fit | None) -> str:
    """Disk, memory and speed in one line, for where there are no columns."""
    parts = [_say("{0} on disk").format(amount(offer.disk))]
    if fit is not None:
        parts.append(_say("{0} in memory").format(memory(fit)))
    if offer.speed is not None:
        parts.append("".join(speed(offer)))
    return " · ".join(parts)


def takes(offer: Offer) -> str:
    """What can be given to a model, as a person would say it."""
    words = {"text": _say("text"), "image": _say("pictures"), "audio": _say("sounds")}
    return ", ".join(words[kind] for kind in offer.modalities)


def note(offer: Offer, shelf: ModelShelf) -> str:
    """The second line of an offer: which version, and how it is with it now."""
    words = [offer.note] if offer.note else []
    if offer.state == "loading":
        words.append(_say("loading, {0} %").format(round(100 * shelf.fraction)))
    elif offer.state == "loaded":
        asleep = shelf.state == "asleep"
        words.append(_say("asleep until you ask") if asleep else _say("loaded"))
    elif has_failed(offer, shelf):
        words.append(_say("could not be loaded"))
    return ", ".join(words)


def has_failed(offer: Offer, shelf: ModelShelf) -> bool:
    """Whether this is the model that could not be loaded."""
    current = shelf.current
    return (
        shelf.state == "failed"
        and current is not None
        and offer.model is not None
        and offer.model.path == current.path
    )


def progress(download: Download) -> str:
    """How far a download is: "1.31 of 6.14 GB · 22 MB/s · about 4 min left"."""
    transfer = download.transfer
    if transfer is None or not transfer.total:
        waits = {"paused": _say("Paused"), "failed": _say("Stopped")}
        return waits.get(download.state, _say("Waiting"))
    far = _say("{0} of {1}").format(*figures.part_of(transfer.done, transfer.total))
    match download.state:
        case "queued":
            return _say("Waiting · {0}").format(far)
        case "paused":
            return _say("Paused at {0}").format(far)
        case "failed":
            return _say("Stopped at {0}").format(far)
    match transfer.stage:
        case "waiting":
            return _say("Connecting · {0}").format(far)
        case "checking":
            return _say("Checking the file · {0}").format(far)
        case "retrying":
            return f"{transfer.note} {far}".strip()
    words = [far]
    if transfer.rate > 0:
        words.append(figures.rate(transfer.rate))
    if transfer.seconds_left is not None:
        words.append(_say("about {0} left").format(figures.duration(transfer.seconds_left)))
    return " · ".join(words)


def told(offer: Offer, shelf: ModelShelf) -> str:
    """An offer as it is read out: "Gemma 4 E4B, loaded, comfortable, 22 tokens a second"."""
    words = [offer.title]
    match offer.state:
        case "loaded":
            asleep = shelf.state == "asleep"
            words.append(_say("asleep") if asleep else _say("loaded"))
        case "loading":
            words.append(_say("loading, {0} %").format(round(100 * shelf.fraction)))
        case "downloading" if offer.download is not None:
            words.append(progress(offer.download).replace(" · ", ", "))
        case "available":
            words.append(_say("to download"))
        case "found":
            words.append(_say("found on this machine"))
        case _:
            failed = has_failed(offer, shelf)
            words.append(_say("could not be loaded") if failed else _say("installed"))
    if offer.fit is not None:
        words.append(verdict(offer.fit).word.lower())
    if offer.speed is not None:
        exact = offer.speed if offer.measured else foretold(offer.speed)
        each = _say("{0} tokens a second").format(figures.pace(exact))
        words.append(each if offer.measured else _say("about {0}").format(each))
    return ", ".join(words)


def _say(text: str) -> str:
    return QCoreApplication.translate("Models", text)
