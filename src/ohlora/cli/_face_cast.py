"""`ohlora face cast`: parses, calls, prints."""

from pathlib import Path
from typing import Any

import click

from ohlora.cli._face_options import OUT_DIR, OUT_FILE, precision_option
from ohlora.cli._output import examples, json_option, print_json
from ohlora.errors import InputError
from ohlora.i18n import say


@click.command(
    help=say(
        "Look at candidates on a contact sheet (--sheet), or make one the face of a persona (-o): its folder gets face.*, "
        "directions.* and calibration.*.",
        "후보를 시트로 보거나(--sheet), 하나를 페르소나의 얼굴로 정합니다(-o): 폴더에 face.*, directions.*, calibration.*을 씁니다.",
    ),
    epilog=examples(
        "ohlora face cast --seed 1 --sheet sheet.html --count 60 --where 'yaw -0.5..0.5' --where 'smile 0..2'",
        "ohlora face cast --samples samples --sheet sheet.png --where 'hair_length 1..'",
        "ohlora face cast --seed 1 --row 42 --note 'friendly, frontal' -o my-persona",
    ),
)
@click.option("--seed", type=click.IntRange(min=0), help=say("Seed.", "시드."))
@click.option("--row", type=click.IntRange(min=0), help=say("Which face of the seed.", "시드의 몇 번째 얼굴인지."))
@click.option("--psi", type=click.FloatRange(0, 1), help=say("Truncation [default: 0.7].", "절단 [기본값: 0.7]."))
@click.option(
    "--directions",
    type=click.Path(path_type=Path),
    help=say("Directions file [default: the shipped ones].", "방향 파일 [기본값: 내장된 것]."),
)
@click.option("--note", default="", help=say("How the face was chosen.", "얼굴을 고른 이유."))
@click.option("-o", "--output", type=OUT_DIR, help=say("The persona's folder.", "페르소나 폴더."))
@click.option(
    "--calibration/--no-calibration",
    default=True,
    show_default=True,
    help=say("Measure the face's own response too.", "얼굴의 반응도 잽니다."),
)
@click.option(
    "--sheet", type=OUT_FILE, help=say("Contact sheet: .html, .png, .jpg or .webp.", "시트: .html, .png, .jpg, .webp.")
)
@click.option(
    "--count", type=click.IntRange(1, 600), default=60, show_default=True, help=say("Candidates.", "후보 수.")
)
@click.option(
    "--among",
    type=click.IntRange(min=1),
    help=say(
        "Look at no more faces than this [default: 10 × count].", "살펴볼 얼굴 수의 한계 [기본값: 후보 수의 10배]."
    ),
)
@click.option(
    "--where",
    multiple=True,
    metavar="'NAME LOW..HIGH'",
    help=say("Only faces whose score (σ) lies there.", "점수(σ)가 이 안에 있는 얼굴만."),
)
@click.option(
    "--samples",
    type=click.Path(path_type=Path),
    help=say("Take candidates from this sample folder.", "이 표본 폴더에서 후보를 고릅니다."),
)
@click.option(
    "--quality",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help=say("Leave out faces below this quality.", "이 품질보다 낮은 얼굴은 뺍니다."),
)
@click.option(
    "--reach/--no-reach",
    default=True,
    show_default=True,
    help=say("Estimate what each one reaches (ten pictures more).", "닿는 범위를 어림합니다(그림 10장 더)."),
)
@precision_option
@json_option
def cast(
    seed: int | None,
    row: int | None,
    psi: float | None,
    directions: Path | None,
    note: str,
    output: Path | None,
    calibration: bool,
    sheet: Path | None,
    count: int,
    among: int | None,
    where: tuple[str, ...],
    samples: Path | None,
    quality: float,
    reach: bool,
    precision: str,
    as_json: bool,
) -> None:
    if (sheet is None) == (output is None):
        raise InputError(
            "give either --sheet FILE (to look at candidates) or -o FOLDER (to keep one)",
            "--sheet FILE(후보 보기)과 -o FOLDER(하나 고르기) 중 하나만 주세요",
        )
    if (seed is None) == (samples is None) or (samples is not None and sheet is None):
        raise InputError(
            "give --seed N; --samples FOLDER instead of it belongs to --sheet",
            "--seed N을 주세요. 그 대신 쓰는 --samples FOLDER는 --sheet와 함께 씁니다",
        )
    if sheet is not None:
        result = _look(sheet, seed, psi, directions, count, among, where, samples, quality, reach, precision)
    else:
        assert output is not None
        assert seed is not None
        result = _keep(output, seed, row or 0, psi, directions, note, calibration, precision)
    if as_json:
        print_json(result)
        return
    if sheet is not None:
        words = say("faces looked at, candidates", "개의 얼굴 가운데 후보")
        click.echo(f"{result['file']}: {result['looked']} {words} {len(result['candidates'])}")
        return
    click.echo(f"{say('face in', '얼굴:')} {result['directory']}")
    for name, value in result["base"].items():
        ends = result["reach"].get(name)
        words = f"   {say('reach', '범위')} {ends[0]:+.1f} … {ends[1]:+.1f}" if ends else ""
        click.echo(f"  {name:6} {value:+.2f}{words}")


def _look(
    sheet: Path,
    seed: int | None,
    psi: float | None,
    directions: Path | None,
    count: int,
    among: int | None,
    where: tuple[str, ...],
    samples: Path | None,
    quality: float,
    reach: bool,
    precision: str,
) -> dict[str, Any]:
    from ohlora.face import casting
    from ohlora.face.attributes.landmarks import LandmarkScorer
    from ohlora.face.attributes.quality import COLUMN
    from ohlora.face.directions import sampling
    from ohlora.face.directions.artefact import command_line
    from ohlora.face.ranges import Filter, filters
    from ohlora.face.source import Source

    casting.check_sheet(sheet)
    manifest = sampling.load_sample(samples).manifest if samples else None
    known = casting.known_names(manifest.extra if manifest else (COLUMN,))
    wanted = filters(where, known)
    if COLUMN in known and quality > 0:
        wanted.append(Filter(COLUMN, quality, 1.0))
    psi = sampling.PSI if psi is None else psi
    source = Source(None, "w", manifest.precision if manifest else precision, sampling.SIZE, psi)
    generator = source.load()
    moves = _directions(directions, generator)
    if samples:
        population = sampling.load_sample(samples, generator)
        found, looked = casting.of_sample(population, moves, wanted, count), len(population.rows)
        psi = population.manifest.psi
    else:
        found, looked = casting.of_seed(source, generator, moves, seed or 0, psi, wanted, count, among or 10 * count)
    if found and reach:
        with LandmarkScorer() as scorer:
            found = casting.with_reach(found, generator, scorer, moves)
    more = () if directions is None else ("--directions", directions)
    command = command_line("ohlora", "face", "cast", "--psi", psi, *more) + " --seed {seed} --row {row} -o PERSONA"
    casting.save_sheet(sheet, found, generator, command)
    shown = [
        {
            "seed": one.seed,
            "row": one.row,
            "scores": {name: None if value != value else round(value, 4) for name, value in one.scores.items()},
            "reach": {name: list(ends) for name, ends in one.reach.items()},
        }
        for one in found
    ]
    return {"file": str(sheet), "looked": looked, "candidates": shown}


def _keep(
    output: Path,
    seed: int,
    row: int,
    psi: float | None,
    directions: Path | None,
    note: str,
    calibration: bool,
    precision: str,
) -> dict[str, Any]:
    from ohlora.face import mobile_stylegan
    from ohlora.face.attributes.landmarks import LandmarkScorer
    from ohlora.face.directions.artefact import command_line
    from ohlora.face.directions.sampling import PSI, SIZE
    from ohlora.face.persona_face import POINTS, calibrate_face, save_face
    from ohlora.files import check_writable

    check_writable(output)
    generator = mobile_stylegan.load(precision, SIZE)  # type: ignore[arg-type]
    moves = _directions(directions, generator)
    psi = PSI if psi is None else psi
    command = command_line("ohlora", "face", "cast", "--seed", seed, "--row", row, "--psi", psi)
    result: dict[str, Any] = {"directory": str(output), "reach": {}}
    with LandmarkScorer() as scorer:
        result["base"] = save_face(
            output, generator, scorer, moves, seed=seed, row=row, psi=psi, chosen=note, command=command
        )
        if calibration:
            found = calibrate_face(output, generator, scorer, points=POINTS, seed=0, command=command)
            result["reach"] = {name: list(ends) for name, ends in found.reach.items()}
    return result


def _directions(path: Path | None, generator: Any) -> Any:
    from ohlora import personas
    from ohlora.face.directions.directions import Directions

    return Directions.load(path or personas.find(personas.DEFAULT) / "directions.json", generator)
