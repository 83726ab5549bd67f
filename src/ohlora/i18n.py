"""Korean or English for what the command line says. The web page has its own texts (server/static)."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Literal

Language = Literal["ko", "en"]

_asked: ContextVar[Language | None] = ContextVar("language", default=None)


def language() -> Language:
    """The language asked for by `speaking`, else the user's: OHLORA_LANG if set, else that of the locale, else English."""
    return _asked.get() or _of_system()


@contextmanager
def speaking(asked: Language | None) -> Iterator[None]:
    """Within it, in this thread or task, this language is spoken; None: the user's."""
    before = _asked.set(asked)
    try:
        yield
    finally:
        _asked.reset(before)


@cache
def _of_system() -> Language:
    names = ("OHLORA_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((os.environ[name] for name in names if os.environ.get(name)), "en")
    return "ko" if chosen.lower().startswith("ko") else "en"


def say(en: str, ko: str) -> str:
    """Returns the sentence in the user's language."""
    return ko if language() == "ko" else en
