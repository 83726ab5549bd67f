"""Every command that a help text or a document shows exists, with these options and values."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click

from ohlora.cli import root

ROOT = Path(__file__).parents[2]


def _groups(command: click.Command, context: click.Context) -> Iterator[click.Command]:
    yield command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            if (inner := command.get_command(context, name)) is not None:
                yield from _groups(inner, click.Context(inner, info_name=name, parent=context))


def _shown() -> list[str]:
    lines: set[str] = set()
    for command in _groups(root, click.Context(root, info_name="ohlora")):
        lines.update(re.findall(r"^ *(ohlora .+)$", command.epilog or "", re.M))
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(r"^```[a-z]*\n(.*?)^```", text, re.S | re.M):
            lines.update(re.findall(r"^(?:\$ )?(ohlora .+)$", block, re.M))
        lines.update(re.findall(r"`(ohlora [^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)))
    return sorted(lines)


def _words(line: str) -> list[str]:
    """The words of a call: without a comment, a pipe or a second command behind it."""
    words = shlex.split(re.sub(r"  +.*| #.*", "", line), comments=False)
    ends = [n for n, word in enumerate(words) if word in {"|", "&&", ">"}]
    return words[1 : ends[0]] if ends else words[1:]


def test_what_is_shown_can_be_called() -> None:
    wrong = []
    for line in _shown():
        if "…" in line:
            continue
        try:
            _call(root, _words(line), None)
        except (click.NoSuchOption, click.BadParameter) as error:
            if not isinstance(error, click.MissingParameter) and "does not exist" not in error.message:
                wrong.append(f"{line}: {error.message}")
        except click.UsageError as error:
            wrong.append(f"{line}: {error.message}")
    assert not wrong


def _call(command: click.Command, words: list[str], parent: click.Context | None) -> None:
    """Parses as the command line would, and calls nothing."""
    context = command.make_context("ohlora", list(words), parent=parent)
    if isinstance(command, click.Group) and words:
        _, inner, rest = command.resolve_command(context, words)
        assert inner is not None
        _call(inner, rest, context)
