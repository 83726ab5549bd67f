"""`ohlora bench find`: from nothing to calibrated directions, stage by stage, as a user would do it with four commands.

Sampling, finding, casting and calibrating in turn in a folder of its own; loading of models is inside each stage's time. Knows the
default generator only.
"""

import tempfile
from pathlib import Path
from typing import Any

import click

from ohlora.bench._report import machine, result, timed
from ohlora.cli._output import examples, json_option, print_json
from ohlora.face import mobile_stylegan
from ohlora.face.attributes.landmarks import LandmarkScorer
from ohlora.face.directions import sampling, search
from ohlora.face.directions.directions import Directions
from ohlora.face.persona_face import POINTS, calibrate_face, save_face
from ohlora.face.source import Source
from ohlora.i18n import say

_COMMAND = "ohlora bench find"


@click.command(
    "find",
    help=say(
        "Time the way from nothing to calibrated directions: faces a second, seconds of each stage.",
        "아무것도 없는 상태에서 보정된 방향까지 걸리는 시간을 잽니다: 초당 얼굴 수, 단계별 시간.",
    ),
    epilog=examples("ohlora bench find", "ohlora bench find --count 520 --json"),
)
@click.option(
    "--count",
    default=6000,
    show_default=True,
    type=click.IntRange(search.LEAST_FACES + 20),
    help=say("Faces to sample.", "표집할 얼굴 수."),
)
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help=say("Seed.", "시드."))
@click.option("--workers", type=click.IntRange(1, 1024), help=say("As `face sample`.", "face sample과 같습니다."))
@json_option
def command(count: int, seed: int, workers: int | None, as_json: bool) -> None:
    data = measure(count, seed, workers)
    if as_json:
        print_json(data)
        return
    for row in data["results"]:
        click.echo(f"{row['name']:<34} {row['value']:>10.4g} {row['unit']}")


def measure(count: int, seed: int, workers: int | None = None) -> dict[str, Any]:
    """Rows: faces a second, seconds of sampling, finding, casting and calibrating, and of all together."""
    about = machine()
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)

        def sample() -> None:
            source = Source()
            sampling.sample(folder / "samples", source.load(), count, seed, source=source, workers=workers)

        def find() -> None:
            generator = mobile_stylegan.load()
            population = sampling.load_sample(folder / "samples", generator)
            with LandmarkScorer() as scorer:
                search.find(population, generator, scorer, seed=seed, command=_COMMAND).save(folder / "directions.json")

        def cast() -> None:
            generator = mobile_stylegan.load()
            moves = Directions.load(folder / "directions.json", generator)
            with LandmarkScorer() as scorer:
                save_face(
                    folder / "persona",
                    generator,
                    scorer,
                    moves,
                    seed=seed,
                    row=0,
                    psi=sampling.PSI,
                    chosen="",
                    command=_COMMAND,
                )

        def calibrate() -> None:
            generator = mobile_stylegan.load()
            with LandmarkScorer() as scorer:
                calibrate_face(folder / "persona", generator, scorer, points=POINTS, seed=0, command=_COMMAND)

        for name, stage in {"sample": sample, "find": find, "cast": cast, "calibrate": calibrate}.items():
            seconds[name] = timed(stage)
    rows = [result(f"faces a second, landmarks at {sampling.SIZE}", [count / seconds["sample"]], "1/s")]
    rows += [
        result(f"{name} ({count} faces)" if name == "sample" else name, [taken], "s") for name, taken in seconds.items()
    ]
    rows.append(result("from nothing to calibrated directions", [sum(seconds.values())], "s"))
    return {"machine": about, "results": rows}
