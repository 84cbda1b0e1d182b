"""A chat of which nothing is written down."""

from app.storage.conversations import Conversations, DraftContent, Entry


class Unkept(Conversations):
    """Takes what a chat wants to have kept, and keeps nothing of it. Nothing can be read."""

    def __init__(self) -> None:
        """Without a database."""

    def add_turn(
        self, conversation: str, title: str, parent: str | None, question: Entry, answer: Entry
    ) -> None:
        pass

    def add_retry(self, conversation: str, replaced: str, answer: Entry) -> None:
        pass

    def go_back(self, conversation: str, question: str) -> None:
        pass

    def write_answer(self, answer: Entry) -> None:
        pass

    def rename(self, conversation: str, title: str) -> None:
        pass

    def save_draft(self, conversation: str, draft: DraftContent) -> None:
        pass
