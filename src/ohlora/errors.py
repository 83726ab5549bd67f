"""The few errors a user can meet, each one clear sentence in Korean and English.

An error carries both sentences; `str()` gives the one in the user's language. Which exit status the command line
answers with belongs to the class. Knows nothing of what went wrong: the raiser writes what, where and the remedy.
"""

from ohlora.i18n import say


class OhLoraError(Exception):
    """Base of every error a user may see. Raise a subclass.

    Args:
        en: one English sentence: what is wrong, where, and the command or option that mends it.
        ko: the same sentence in Korean.
    """

    exit_code = 2

    def __init__(self, en: str, ko: str) -> None:
        super().__init__(en)
        self.en = en
        self.ko = ko

    def __str__(self) -> str:
        return say(self.en, self.ko)


class InputError(OhLoraError):
    """The call or the input is wrong (exit status 2)."""


class CheckFailed(OhLoraError):
    """A check was carried out and said no (exit status 1)."""

    exit_code = 1


class MissingError(OhLoraError):
    """A model or an optional extra is missing or damaged (exit status 3); the sentence names the one command."""

    exit_code = 3
