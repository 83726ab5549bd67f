"""Helplines by locale, for who thinks of dying: real numbers from a file, never a language model's.

Knows the user's region by the locale of this machine, where it says one. Knows nothing of what was said but its script.
"""

import os
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_LOCALES = ("OHLORA_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
_HANGUL = re.compile("[가-힣ㄱ-ㅎㅏ-ㅣ]")


@dataclass(frozen=True)
class Helpline:
    """number: to call, or an address of a page; hours: "24h" or "" (see the page); source and checked: who says so, and when."""

    regions: tuple[str, ...]
    number: str
    ko: str
    en: str
    hours: str
    source: str
    checked: str

    def data(self) -> dict[str, str]:
        """As the page and `ask --json` give it."""
        return {"number": self.number, "ko": self.ko, "en": self.en, "hours": self.hours}


@cache
def every() -> tuple[Helpline, ...]:
    """All that are known; the last one is for everywhere else."""
    text = files("ohlora.conversation.limits").joinpath("data/helplines.toml").read_text(encoding="utf-8")
    return tuple(Helpline(**{**line, "regions": tuple(line["regions"])}) for line in tomllib.loads(text)["line"])


def region() -> str:
    """Of this machine's locale, as "KR"; "" where it tells none (`C`, `en`)."""
    chosen = next((os.environ[name] for name in _LOCALES if os.environ.get(name)), "")
    found = re.match(r"[A-Za-z]{2,3}[_-]([A-Za-z]{2})\b", chosen)
    return found[1].upper() if found else "KR" if re.match(r"ko\b", chosen, re.IGNORECASE) else ""


def lines(message: str, where: str | None = None) -> tuple[Helpline, ...]:
    """Those to show for a message: of the region; where that is unknown, by the language. Never none.

    Args:
        message: Korean ones are answered with Korea's, unless the region has lines of its own.
        where: the region, by default that of this machine.
    """
    where = region() if where is None else where
    here = [line for line in every() if where in line.regions]
    korean = [line for line in every() if "KR" in line.regions]
    elsewhere = every()[-1]
    if _HANGUL.search(message):
        # Somebody abroad may speak Korean: the lines of both places.
        return tuple(dict.fromkeys([*korean, *here]))
    if here:
        return (*here, elsewhere) if where == "KR" else tuple(here)
    return (elsewhere,) if where else tuple(line for line in every() if "KR" not in line.regions)


def numbers() -> tuple[str, ...]:
    """Every number, as digits alone; what is no number is left out."""
    digits = (re.sub(r"\D", "", line.number) for line in every())
    return tuple(number for number in digits if number)
