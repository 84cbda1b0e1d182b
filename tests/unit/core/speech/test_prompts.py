from app.core.speech.prompts import transcribe, translate, translation_in


def test_the_language_stands_where_the_publishers_have_it() -> None:
    assert transcribe("German").startswith(
        "Transcribe the following speech segment in German into German text. Follow these specific"
        " instructions for formatting the answer:\n* Only output the transcription"
    )
    assert transcribe().startswith(
        "Transcribe the following speech segment in its original language. Follow"
    )
    asked = translate("French", "German")
    assert asked.startswith("Transcribe the following speech segment in German, then translate it")
    assert asked.endswith("'French: ', then the translation in French.")


def test_words_and_translation_are_told_apart() -> None:
    assert translation_in("Guten Tag.\nFrench: Bonjour.", "French") == ("Guten Tag.", "Bonjour.")
    assert translation_in("Bonjour.", "French") == ("Bonjour.", "Bonjour.")
    assert translation_in("", "French") == ("", "")
