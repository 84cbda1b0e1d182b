"""The one error that a person can do something about; everything else is a bug."""


class AppError(Exception):
    """Something went wrong that the person at the keyboard can mend.

    ``what`` says what happened (and what was kept), ``next_step`` what to do about it; both are
    whole sentences that can be shown as they are. ``code`` names the kind of error for programs
    (``facet … --json``, buttons in the window); it is never shown.
    """

    def __init__(self, what: str, next_step: str = "", *, code: str = "error") -> None:
        super().__init__(f"{what} {next_step}".strip())
        self.what = what
        self.next_step = next_step
        self.code = code
