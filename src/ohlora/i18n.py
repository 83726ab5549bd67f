"""Korean or English for what the command line says. The web page has its own texts (server/static)."""

import os
from functools import cache
from typing import Literal

Language = Literal["ko", "en"]


@cache
def language() -> Language:
    """The user's language: OHLORA_LANG if set, else Korean where the locale is Korean, else English."""
    names = ("OHLORA_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((os.environ[name] for name in names if os.environ.get(name)), "en")
    return "ko" if chosen.lower().startswith("ko") else "en"


def say(en: str, ko: str) -> str:
    """Returns the sentence in the user's language."""
    return ko if language() == "ko" else en
