"""Languages to translate into: the system's own, and a choice of others."""

from PySide6.QtCore import QCoreApplication, QLocale

from app.core.screen_tasks import Task, translate

_OTHERS = (
    QLocale.Language.English,
    QLocale.Language.German,
    QLocale.Language.French,
    QLocale.Language.Spanish,
    QLocale.Language.Italian,
    QLocale.Language.Portuguese,
    QLocale.Language.Dutch,
    QLocale.Language.Polish,
    QLocale.Language.Turkish,
    QLocale.Language.Ukrainian,
    QLocale.Language.Arabic,
    QLocale.Language.Hindi,
    QLocale.Language.Chinese,
    QLocale.Language.Japanese,
    QLocale.Language.Korean,
)


def own_language() -> QLocale.Language:
    """That of the system; English where it has none."""
    language = QLocale.system().language()
    none = (QLocale.Language.C, QLocale.Language.AnyLanguage)
    return QLocale.Language.English if language in none else language


def languages() -> list[QLocale.Language]:
    """The system's own first, then the others by name."""
    own = own_language()
    others = [language for language in _OTHERS if language != own]
    return [own, *sorted(others, key=name_of)]


def name_of(language: QLocale.Language) -> str:
    """Its name in the language of the app."""
    return QCoreApplication.translate("Languages", QLocale.languageToString(language))


def translate_into(language: QLocale.Language) -> Task:
    """The task for the model, which knows languages by their English names."""
    return translate(QLocale.languageToString(language))
