"""Shared by the nouns: the --json option and the printing of one JSON object."""

import json
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

import click

from ohlora.i18n import say


def json_option(function: Callable) -> Callable:
    """Adds `--json`, passed to the command as `as_json`."""
    text = say("Print one JSON object on standard output.", "표준 출력에 JSON 하나로 씁니다.")
    return click.option("--json", "as_json", is_flag=True, help=text)(function)


def print_json(data: Mapping[str, Any]) -> None:
    """Prints one JSON object, Korean unescaped."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def examples(*lines: str) -> str:
    """The `--help` epilog with one example a line; `\\b` keeps click from rewrapping it."""
    return "\b\n" + say("Examples:", "예:") + "\n" + "\n".join(f"  {line}" for line in lines)


def pad(text: str, columns: int) -> str:
    """The text with spaces up to so many columns of a terminal, where a Korean syllable takes two."""
    return text + " " * (columns - sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text))
