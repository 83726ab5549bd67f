"""`ohlora face export`: parses, calls, prints."""

from pathlib import Path

import click

from ohlora.cli._face_options import OUT_FILE, face_of, precision_option
from ohlora.cli._output import examples, json_option, print_json
from ohlora.errors import InputError
from ohlora.i18n import say

_KEYFRAMES = ".json"


@click.command(
    help=say(
        "Write a video of a face along a path of scores, or a labelled grid of pictures. All are marked as synthetic.",
        "점수의 길을 따라가는 얼굴 영상이나, 이름표가 붙은 격자 그림을 씁니다. 모두 합성임을 표시합니다.",
    ),
    epilog=examples(
        "ohlora face export --persona ohlora --path 'eyes -5..2, yaw -1..1' -o her.mp4",
        "ohlora face export --persona ohlora --path keyframes.json -o her.webp",
        "ohlora face export --persona ohlora --idle 10 --seed 1 -o idle.mp4",
        "ohlora face export --persona ohlora --grid eyes=-1.2,1.2 mouth=-1.8..1.8:5 -o grid.png",
    ),
)
@click.option(
    "--persona", help=say("A persona's face (name or folder) [default: ohlora].", "페르소나의 얼굴 [기본값: ohlora].")
)
@click.option(
    "--face-seed",
    type=click.IntRange(min=0),
    help=say("A random face of this seed instead.", "대신 이 시드의 무작위 얼굴."),
)
@click.option(
    "--row", type=click.IntRange(min=0), default=0, help=say("Which face of the seed.", "시드의 몇 번째 얼굴인지.")
)
@click.option(
    "--path",
    "route",
    metavar="'NAME FROM..TO, …'|FILE.json",
    help=say("Scores to go through, in σ.", "지나갈 점수(σ)."),
)
@click.option(
    "--idle", type=float, metavar="SECONDS", help=say("Look and blink for so long.", "이만큼 가만히 있습니다.")
)
@click.option("--grid", multiple=True, metavar="NAME=V,V|A..B:N", help=say("One or two axes.", "축 하나나 둘."))
@click.argument("more", nargs=-1, metavar="[AXIS]")
@click.option("--seconds", type=float, default=4.0, show_default=True, help=say("Length of a path.", "길의 길이(초)."))
@click.option("--back", is_flag=True, help=say("And back again.", "되돌아오기까지."))
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help=say("Of idling.", "가만히 있을 때의 시드.")
)
@click.option("--fps", type=click.FloatRange(1, 60), default=25.0, show_default=True)
@click.option(
    "--size",
    type=click.Choice(["256", "512", "1024"]),
    help=say("Pixels [default: 512; grid 256].", "픽셀 [기본값: 512, 격자 256]."),
)
@click.option(
    "-o",
    "--output",
    type=OUT_FILE,
    required=True,
    help=say("Video: .mp4, .webp, .gif. Grid: .png, .jpg, .webp.", "영상: .mp4, .webp, .gif. 격자: .png, .jpg, .webp."),
)
@precision_option
@json_option
def export(
    persona: str | None,
    face_seed: int | None,
    row: int,
    route: str | None,
    idle: float | None,
    grid: tuple[str, ...],
    more: tuple[str, ...],
    seconds: float,
    back: bool,
    seed: int,
    fps: float,
    size: str | None,
    output: Path,
    precision: str,
    as_json: bool,
) -> None:
    if sum((route is not None, idle is not None, bool(grid))) != 1 or (more and not grid):
        raise InputError("give one of --path, --idle and --grid", "--path, --idle, --grid 중 하나만 주세요")
    if persona is not None and face_seed is not None:
        raise InputError("give either --persona or --face-seed", "--persona와 --face-seed 중 하나만 주세요")
    from ohlora import personas
    from ohlora.face import exporting, mobile_stylegan
    from ohlora.face.attributes.landmarks import LandmarkScorer
    from ohlora.face.directions.directions import Directions
    from ohlora.face.directions.sampling import PSI, SIZE
    from ohlora.face.persona_face import load_face
    from ohlora.face.ranges import axes, moves
    from ohlora.face.render import check_ending, face_of_seed, save_picture
    from ohlora.files import check_writable

    (check_ending if grid else exporting.check_video)(output)
    check_writable(output.parent)
    pixels = int(size or (256 if grid else 512))
    folder = personas.find(persona or personas.DEFAULT)
    generator = mobile_stylegan.load(precision, SIZE)  # type: ignore[arg-type]
    with LandmarkScorer() as scorer:
        if face_seed is None:
            face, title = load_face(face_of(folder), generator), folder.name
        else:
            directions = Directions.load(personas.find(personas.DEFAULT) / "directions.json", generator)
            face = face_of_seed(generator, scorer, directions, face_seed, row, PSI)
            title = f"seed {face_seed}, row {row}"
        names = face.directions.names
        if grid:
            picture, cells = exporting.grid(generator, scorer, face, axes([*grid, *more], names), pixels)
            digest = save_picture(output, picture, title)
            result = {"file": str(output), "sha256": digest, "size": pixels, "cells": cells}
        else:
            if idle is not None:
                frames = exporting.idling(face, idle, fps, seed)
            else:
                assert route is not None
                if route.lower().endswith(_KEYFRAMES):
                    moments = exporting.read_moments(Path(route))
                else:
                    moments = exporting.between(moves(route, names), seconds, back)
                frames = exporting.along(moments, fps)
            written = exporting.export_video(output, generator, face, frames, fps=fps, size=pixels, title=title)
            result = {**written, "size": pixels, "precision": generator.precision}
    if as_json:
        print_json(result)
        return
    click.echo(str(output))
