"""Why a draft can't be sent."""

from PySide6.QtCore import QCoreApplication

from app.session.draft import Draft
from app.session.models import ModelShelf


def refusal(draft: Draft, shelf: ModelShelf) -> tuple[str, str] | None:
    """What is in the way of sending ``draft``, and what to do about it; None if nothing is, or
    there is nothing to send."""
    attachments = draft.attachments
    if not draft.text.strip() and not attachments:
        return None
    problems = [one.problem for one in attachments if one.state == "failed" and one.problem]
    if len(problems) == 1:
        return problems[0].what, _say("Remove it, then send.")
    if problems:
        what = _say("{0} files can't be read.").format(len(problems))
        return what, _say("Remove them, then send.")
    locked = [one for one in attachments if one.state == "locked"]
    if locked:
        what = _say("{0} is protected.").format(locked[0].name)
        return what, _say("Type its password, or remove it.")
    reading = [one for one in attachments if one.state == "reading"]
    if reading:
        what = _say("{0} is still being read.").format(reading[0].name)
        return what, _say("Send again when that is done.")
    warned = [one for one in attachments if one.warning]
    if warned:
        choose = _say("Remove {0}, or choose another model.").format(warned[0].name)
        if len(warned) > 1:
            choose = _say("Remove {0} and {1} more, or choose another model.").format(
                warned[0].name, len(warned) - 1
            )
        return f"{warned[0].warning}.", choose
    if shelf.state in ("none", "failed"):
        return _say("There is no model to answer."), _say("Open a model, then send.")
    return None


def _say(text: str) -> str:
    return QCoreApplication.translate("Composer", text)
