"""The numbers that Word puts before paragraphs, which the file holds as rules only."""

from lxml import etree

from app.documents.reader.archive import attribute, child, local

_LEVELS = 9
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"))
_ROMAN_SMALL = ((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


class _Level:
    def __init__(self, element: etree._Element) -> None:
        def value(name: str, default: str) -> str:
            found = child(element, name)
            return attribute(found, "val", default) if found is not None else default

        self.form = value("numFmt", "decimal")
        self.text = value("lvlText", "")
        start = value("start", "1")
        self.start = int(start) if start.isdigit() and len(start) < 8 else 1


class Numbering:
    """Counts the numbered paragraphs of a document. ``root`` is that of its numbering.xml."""

    def __init__(self, root: etree._Element | None) -> None:
        abstract: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, str] = {}  # id of the list -> of its rules
        self._rules = abstract
        self._counts: dict[str, list[int]] = {}
        for one in root if root is not None else ():
            if local(one) == "abstractNum":
                levels = [level for level in one if local(level) == "lvl"]
                abstract[attribute(one, "abstractNumId")] = {
                    int(attribute(level, "ilvl")): _Level(level)
                    for level in levels
                    if attribute(level, "ilvl").isdigit()
                }
            elif local(one) == "num" and (rules := child(one, "abstractNumId")) is not None:
                self._lists[attribute(one, "numId")] = attribute(rules, "val")

    def next(self, which: str, level: int) -> str:
        """What stands before the next paragraph of a list: "3.1.", "b)", "-" for a point; "" if
        it has no number."""
        rules = self._rules.get(self._lists.get(which, ""), {})
        rule = rules.get(level)
        if rule is None or level >= _LEVELS:
            return ""
        if rule.form == "bullet":
            return "-"
        if rule.form == "none":
            return ""
        # Lists with the same rules go on counting where the one before ended.
        counts = self._counts.setdefault(self._lists[which], [0] * _LEVELS)
        counts[level] = counts[level] + 1 if counts[level] else rule.start
        counts[level + 1 :] = [0] * (_LEVELS - level - 1)
        text = rule.text
        for depth in range(level + 1):
            other = rules.get(depth)
            if other is not None:
                count = counts[depth] or other.start
                text = text.replace(f"%{depth + 1}", formed(count, other.form))
        return text.strip()


def formed(count: int, form: str) -> str:
    """A number as a list writes it; ``form`` by Word's names."""
    if form.endswith("Letter") and count > 0:
        letter = chr(ord("a") + (count - 1) % 26) * min((count - 1) // 26 + 1, 10)
        return letter.upper() if form.startswith("upper") else letter
    if form.endswith("Roman") and 0 < count < 4000:
        roman = ""
        for value, sign in (*_ROMAN, *_ROMAN_SMALL):
            while count >= value:
                roman += sign
                count -= value
        return roman.upper() if form.startswith("upper") else roman
    return str(count)
