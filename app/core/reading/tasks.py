"""What can be asked about a document with one click, and how the model is asked.

What the model is told is English, the language it knows best; it answers in the language that the
task names, or that of the document.
"""

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

TaskKind = Literal[
    "summarise",
    "points",
    "questions",
    "table",
    "translate",
    "compare",
    "explain",
    "transcribe",
    "ask",
]
Length = Literal["short", "standard", "detailed"]


class DocumentTask(msgspec.Struct, frozen=True):
    """A question about documents. ``language`` is the one to answer in, by its English name
    ("German"), the one to translate into if ``kind`` is "translate"; "" for that of the question,
    or else of the document. ``question`` is what was typed: all of it for "ask", and what is
    wanted besides for the others."""

    kind: TaskKind = "ask"
    length: Length = "standard"
    language: str = ""
    question: str = ""

    @property
    def needs_all(self) -> bool:
        """Whether every page has to be read, however long the document is."""
        return self.kind != "ask"

    @property
    def exact(self) -> bool:
        """Whether the answer is made of what comes of each section, one after the other, and not
        of notes on them."""
        return self.kind in ("table", "translate", "transcribe")


_SUMMARY: Mapping[Length, str] = {
    "short": "Summarise {it} in 3 to 5 sentences: what it is, and what matters most in it.",
    "standard": (
        "Summarise {it}. Begin with one or two sentences that say what it is and what it comes to."
        " Then list the 5 to 10 most important statements, the most important first."
    ),
    "detailed": (
        "Summarise {it} in detail. Begin with one or two sentences that say what it is and what it"
        " comes to. Then go through its parts in order, with a heading for each, and list under"
        " it what matters: statements, reasons, numbers, names, dates."
    ),
}
_POINTS: Mapping[Length, str] = {
    "short": "List the 5 most important points of {it}, each in one sentence.",
    "standard": "List the 8 to 12 most important points of {it}, each in one or two sentences.",
    "detailed": "List all important points of {it}, in order, each in one or two sentences.",
}
_QUESTIONS: Mapping[Length, str] = {
    "short": "Write the 3 most important questions that {it} answers, each with its answer.",
    "standard": "Write the 6 most important questions that {it} answers, each with its answer.",
    "detailed": "Write 12 questions that {it} answers, through all of its parts, each with its"
    " answer.",
}
_OTHERS: Mapping[TaskKind, str] = {
    "table": (
        "Write the data in {it} as one Markdown table, with every number exactly as it stands. The"
        " last column is called Source and has the mark of each row's page."
    ),
    "translate": "Translate {it} into {language}, all of it, paragraph by paragraph. Keep headings,"
    " lists and tables. Only output the translation.",
    "compare": (
        "Compare the documents: say in one or two sentences what each is. Then write a Markdown"
        " table with a row for each important thing in which they differ, and a column for each"
        " document. Then list what they have in common."
    ),
    "explain": (
        "Explain {it} to somebody who sees it for the first time: what it is for, which parts it"
        " has and what each does, how they work together, and where to begin reading."
    ),
    "transcribe": "Write down what is said in {it}.",
}
_ONE, _SEVERAL = "this document", "these documents"
_CITE = "Put the mark of its page behind each statement."


def words(task: DocumentTask, documents: int = 1) -> str:
    """The question as the model gets it, where the documents stand in the prompt before it."""
    if task.kind == "ask":
        return task.question.strip()
    it = _ONE if documents == 1 else _SEVERAL
    tables = {"summarise": _SUMMARY, "points": _POINTS, "questions": _QUESTIONS}
    form = tables[task.kind][task.length] if task.kind in tables else _OTHERS[task.kind]
    said = [form.format(it=it, language=task.language or "English")]
    if not task.exact:
        said.append(_CITE)
    if task.question.strip():
        said.append(task.question.strip())
    if task.kind != "translate":
        said.append(tongue(task))
    return " ".join(said)


def tongue(task: DocumentTask) -> str:
    """The language to write in, as an order."""
    return f"Write in {task.language or 'the language of the document'}."


def _typed(pattern: str) -> re.Pattern[str]:
    """What people type and mean no more by it than a preset does."""
    polite = r"(?:please|bitte|can\s+you|could\s+you|kannst\s+du|s'il\s+te\s+pla[iî]t)?[\s,]*"
    thing = (
        r"(?:\s*(?:me|mir|of|for|from|in|von|aus|zu|du|de|del|all|alle[sn]?|the|this|these|that|it"
        r"|here|attached|whole|entire|full|di(?:e|es|ese[snmr]?)|das|de[rnm]|ganze[nsr]?|hier"
        r"|angehängte[nsr]?|le|la|les|ce|cet(?:te)?|el|este|documents?|files?|pdfs?|papers?"
        r"|articles?|reports?|books?|texts?|contracts?|manuals?|recordings?|dokumente?s?|datei(?:en)?"
        r"|texte?s?|berichte?s?|artikels?|buch(?:es)?|vertrags?|aufnahme|documento|please|bitte"
        r"|briefly|kurz|shortly|in\s+(?:short|detail|brief)|ausführlich|detailed"
        r"|zusammen))*"
    )
    return re.compile(rf"^\s*{polite}(?:{pattern}){thing}\s*[.!?:]*\s*$", re.IGNORECASE)


_TYPED: tuple[tuple[TaskKind, re.Pattern[str]], ...] = (
    (
        "summarise",
        _typed(
            r"summari[sz]e|sum\s+up|tl;?dr|(?:give\s+me\s+|write\s+)?(?:an?|the)?\s*(?:short|brief"
            r"|detailed)?\s*summary|fass(?:e|en?\s+sie)?|(?:eine\s+)?(?:kurze\s+|ausführliche\s+)?"
            r"zusammenfassung|zusammenfassen|résume[rz]?|(?:un\s+)?résumé|resum(?:e|en|ir)"
            r"|what(?:'s|\s+is|\s+does)(?:\s+(?:this|it|the\s+\w+))?\s+(?:about|say)"
            r"|worum\s+geht\s+es"
        ),
    ),
    (
        "points",
        _typed(
            r"(?:list\s+|what\s+are\s+|give\s+me\s+)?(?:the\s+)?(?:key|main|most\s+important)"
            r"\s+(?:points|facts|takeaways|findings)|(?:die\s+)?(?:wichtigste[n]?|zentralen?)"
            r"\s+(?:punkte|aussagen|fakten)|(?:nenne|liste)\s+(?:mir\s+)?die\s+wichtigsten\s+punkte"
            r"(?:\s+auf)?|(?:les\s+)?points\s+(?:clés|essentiels)|puntos\s+clave"
        ),
    ),
    (
        "questions",
        _typed(
            r"(?:write\s+|make\s+)?(?:questions?\s+and\s+answers?|q\s*&\s*a|faq|flash\s*cards)"
            r"|(?:schreibe?\s+)?fragen\s+und\s+antworten"
        ),
    ),
    (
        "compare",
        _typed(
            r"compare|vergleiche?|what(?:'s|\s+is|\s+are)?\s+(?:the\s+)?differences?(?:\s+between)?"
            r"|(?:was\s+sind\s+)?(?:die\s+)?unterschiede(?:\s+zwischen)?|comparez?|compara"
        ),
    ),
    (
        "explain",
        _typed(
            r"explain\s+(?:me\s+)?(?:this|the)\s+(?:code(?:\s*base)?|repo(?:sitory)?|project|folder)"
            r"|erkläre?\s+(?:mir\s+)?(?:den|das|dieses?n?)\s+(?:code|quellcode|projekt|ordner)"
        ),
    ),
    ("transcribe", _typed(r"transcribe|transkribiere?|write\s+down\s+what\s+is\s+said")),
    ("translate", _typed(r"translate|übersetze?|traduis|traduce")),
)
_INTO = re.compile(
    r"^(?P<start>.*?)\s+(?:in(?:to)?(?:\s+das)?|to|ins|auf|en|al)\s+(?P<name>\w+)\s*[.!?]*\s*$",
    re.IGNORECASE | re.DOTALL,
)
_LANGUAGES: Mapping[str, str] = {
    **{name.lower(): name for name in (
        "English", "German", "French", "Spanish", "Italian", "Portuguese", "Dutch", "Polish",
        "Russian", "Ukrainian", "Turkish", "Arabic", "Hindi", "Chinese", "Japanese", "Korean",
        "Swedish", "Danish", "Norwegian", "Finnish", "Czech", "Greek", "Hungarian", "Romanian",
    )},
    "englisch": "English", "englische": "English", "deutsch": "German", "deutsche": "German",
    "französisch": "French", "französische": "French", "spanisch": "Spanish",
    "spanische": "Spanish", "italienisch": "Italian", "russisch": "Russian",
    "anglais": "English", "allemand": "German", "français": "French", "inglés": "English",
    "alemán": "German", "español": "Spanish",
}  # fmt: skip
_LENGTHS: tuple[tuple[Length, re.Pattern[str]], ...] = (
    ("short", re.compile(r"\b(?:short(?:ly)?|brief(?:ly)?|kurze?|tl;?dr)\b", re.I)),
    ("detailed", re.compile(r"\b(?:detail(?:ed)?|ausführliche?)\b", re.I)),
)


def task_for(question: str) -> DocumentTask:
    """What somebody wants who types ``question``: another task if that is all it says ("summarise
    this", "Die wichtigsten Punkte"), else "ask"."""
    start, language = _language(question)
    for kind, form in _TYPED:
        if form.match(start) and (language or kind != "translate"):
            return DocumentTask(kind, _length(question), language)
    return DocumentTask("ask", question=question)


def _language(question: str) -> tuple[str, str]:
    """What is asked without "in German" at its end, and that language."""
    found = _INTO.match(question)
    name = _LANGUAGES.get(found["name"].lower(), "") if found else ""
    return (found["start"], name) if found and name else (question, "")


def _length(question: str) -> Length:
    return next((length for length, form in _LENGTHS if form.search(question)), "standard")
