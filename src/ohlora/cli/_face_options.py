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


def face_of(folder: Path) -> Path:
    """The folder that a persona's face is read from; says so on standard error where it is not her own."""
    from ohlora import personas

    place = personas.face_folder(folder)
    if place != folder:
        click.echo(
            say(
                f"{folder.name} has no face of her own yet, so the shipped one stands in; choose one with: "
                f"ohlora face cast --seed 1 --row N -o {folder}",
                f"{folder.name}에게는 아직 자기 얼굴이 없어 함께 온 얼굴을 씁니다. 고르기: "
                f"ohlora face cast --seed 1 --row N -o {folder}",
            ),
            err=True,
        )
    return place
