"""The prompts for speech that the publishers of Gemma 4 trained it with; thinking is off for all.

Languages are English names ("German"); "" leaves the language to the model.
"""


def transcribe(language: str = "") -> str:
    """Ask for the words of a sound, and nothing else."""
    tongue = f" in {language} into {language} text" if language else " in its original language"
    return (
        f"Transcribe the following speech segment{tongue}. Follow these specific instructions for"
        " formatting the answer:\n* Only output the transcription, with no newlines.\n* When"
        " transcribing numbers, write the digits, i.e. write 1.7 and not one point seven, and"
        " write 3 instead of three."
    )


def translate(target: str, language: str = "") -> str:
    """Ask for the words of a sound and for what they mean in the language ``target``."""
    tongue = language or "its original language"
    return (
        f"Transcribe the following speech segment in {tongue}, then translate it into {target}."
        f" When formatting the answer, first output the transcription in {tongue}, then one"
        f" newline, then output the string '{target}: ', then the translation in {target}."
    )


def translation_in(answer: str, target: str) -> tuple[str, str]:
    """The words and their translation, from an answer to ``translate``. An answer without the
    mark between them is taken for words that need no translation."""
    words, mark, meaning = answer.partition(f"{target}:")
    if not mark:
        return answer.strip(), answer.strip()
    return words.strip(), meaning.strip()
