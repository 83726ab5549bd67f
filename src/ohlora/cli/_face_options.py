"""Options that several face commands share."""

from collections.abc import Callable
from pathlib import Path

import click

from ohlora.i18n import say

OUT_DIR = click.Path(file_okay=False, path_type=Path)
OUT_FILE = click.Path(dir_okay=False, path_type=Path)


def precision_option(function: Callable) -> Callable:
    """`--precision auto|f32|bf16`."""
    text = say("Arithmetic of the network; auto: bf16 where the processor has it.", "네트워크 연산의 정밀도.")
    choice = click.Choice(["auto", "f32", "bf16"])
    return click.option("--precision", type=choice, default="auto", show_default=True, help=text)(function)
