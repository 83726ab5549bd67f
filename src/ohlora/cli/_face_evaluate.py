"""`ohlora face evaluate`: the grid protocol. Calls `ohlora.face.directions.evaluation`; no logic of its own."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from ohlora.cli._face_options import precision_option
from ohlora.cli._output import examples, json_option, print_json
from ohlora.errors import CheckFailed
from ohlora.i18n import say


@click.command(
    help=say(
        "Prove that directions do what they say: 50 asked pictures of each fresh face are drawn, measured and compared.",
        "방향이 말한 대로 움직이는지 증명합니다: 새 얼굴마다 요청한 그림 50장을 그리고, 재고, 비교합니다.",
    ),
    epilog=examples(
        "ohlora face evaluate --directions directions.safetensors --faces 100 --seed 7 --report report",
        "ohlora face evaluate --faces 20 --seed 7 --baseline 20 --json",
    ),
)
@click.option(
    "--directions",
    type=click.Path(path_type=Path),
    help=say("Directions file [default: the shipped ones].", "방향 파일 [기본값: 내장된 것]."),
)
@click.option("--faces", type=click.IntRange(min=1), default=100, show_default=True, help=say("Faces.", "얼굴 수."))
@click.option("--seed", type=click.IntRange(min=0), required=True, help=say("Seed of the faces.", "얼굴의 시드."))
@click.option(
    "--protocol",
    type=click.Choice(["grid"]),
    default="grid",
    show_default=True,
    help=say("Eyes × mouth × yaw, 50 pictures a face.", "눈 × 입 × 고개, 얼굴마다 50장."),
)
@click.option(
    "--points",
    type=click.IntRange(min=24),
    help=say("Pictures a face is calibrated with [default: 64].", "얼굴 하나를 보정하는 그림 수 [기본값: 64]."),
)
@click.option(
    "--closed",
    is_flag=True,
    help=say(
        "Also correct each picture once by what was measured, as `face render` does.",
        "`face render`처럼 잰 값으로 그림을 한 번 고친 결과도 냅니다.",
    ),
)
@click.option(
    "--baseline",
    type=click.IntRange(min=0),
    metavar="N",
    help=say(
        "Faces on which the plain SVM normals are tried too [default: all up to 20, where the file keeps them].",
        "SVM 법선만으로도 시험할 얼굴 수 [기본값: 파일에 있으면 20개까지].",
    ),
)
@click.option(
    "--identity/--no-identity",
    default=True,
    help=say("Measure whether it stays the same person (needs the extra `train`).", "동일인인지 잽니다(train 필요)."),
)
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help=say(
        "Write index.html and figures.json to look at; faces that are done are kept there, and a run that was killed goes on.",
        "볼 수 있는 index.html과 figures.json을 씁니다. 끝난 얼굴은 거기 보관되어, 중단되면 이어서 합니다.",
    ),
)
@click.option(
    "--check",
    is_flag=True,
    help=say("Exit with 1 if a demanded figure is missed.", "요구 수치에 못 미치면 1로 끝냅니다."),
)
@precision_option
@click.option(
    "--generator",
    "bundle",
    type=click.Path(path_type=Path),
    metavar="BUNDLE",
    help=say("A bundle of `checkpoint freeze` [default: the shipped generator].", "checkpoint freeze로 만든 번들."),
)
@click.option(
    "--space",
    type=click.Choice(["w", "z", "s"]),
    default="w",
    show_default=True,
    help=say("Space the directions were found in.", "방향을 찾은 공간."),
)
@json_option
def evaluate(
    directions: Path | None,
    faces: int,
    seed: int,
    protocol: str,
    points: int | None,
    closed: bool,
    baseline: int | None,
    identity: bool,
    report: Path | None,
    check: bool,
    precision: Any,
    bundle: Path | None,
    space: Any,
    as_json: bool,
) -> None:
    from ohlora import personas
    from ohlora.face.attributes import parsing
    from ohlora.face.attributes.landmarks import LandmarkScorer
    from ohlora.face.directions import evaluation, evaluation_report
    from ohlora.face.directions.directions import Directions
    from ohlora.face.directions.kept_faces import KeptFaces
    from ohlora.face.directions.kept_faces import protocol as protocol_of
    from ohlora.face.directions.spaces import load_in_space
    from ohlora.face.identity import Identity
    from ohlora.progress import bar

    if report is not None:
        evaluation_report.prepare(report)
    looker = Identity() if identity else None
    generator = load_in_space(bundle, space, precision)
    path = directions or personas.find(personas.DEFAULT) / "directions.json"
    moves = Directions.load(path, generator)
    if baseline is None:
        baseline = min(faces, 20) if moves.baseline is not None else 0
    points = points or evaluation.POINTS
    total = evaluation.pictures(faces, points=points, closed=closed, baseline=min(baseline, faces))
    text = say("Drawing and measuring", "그리고 재는 중")
    background = "parsed background" if parsing.available() else "border"
    about = protocol_of(moves, generator, seed=seed, points=points, identity=identity, background=background)
    keep = KeptFaces(report, about) if report is not None else None
    with ExitStack() as stack:
        scorer = stack.enter_context(LandmarkScorer())
        parser = stack.enter_context(parsing.ParsingScorer()) if parsing.available() else None
        progress = stack.enter_context(bar(text, total, "face"))
        found = evaluation.evaluate(
            moves,
            generator,
            scorer,
            faces=faces,
            seed=seed,
            points=points,
            closed=closed,
            baseline=min(baseline, faces),
            identity=looker,
            parser=parser,
            keep=keep,
            done=progress.update,
        )
    result = evaluation.as_json(found, moves, seed=seed, points=points, precision=generator.precision)
    if report is not None:
        evaluation_report.write(report, found, result)
    if as_json:
        print_json(result)
    else:
        _tell(result)
        if report is not None:
            click.echo(str(report / "index.html"))
    missed = [goal["goal"] for goal in result["goals"] if not goal["reached"]]
    if check and missed:
        raise CheckFailed(f"missed: {'; '.join(missed)}", f"못 미친 수치: {'; '.join(missed)}")


def _tell(result: dict[str, Any]) -> None:
    ways = [(say("by the calibration", "보정만으로"), result)]
    for key, words in (("closed", say("corrected once", "한 번 고쳐서")), ("baseline", say("SVM normals", "SVM 법선"))):
        if key in result:
            ways.append((words, result[key]))
    for words, part in ways:
        click.echo(f"{words} ({part['faces']} {say('faces', '개 얼굴')})")
        click.echo(
            f"  {'':8}{say('correlation', '상관'):>12}{say('slope', '기울기'):>10}{say('error σ', '오차 σ'):>10}"
        )
        for name, cells in part["attributes"].items():
            click.echo(
                f"  {name:8}{cells['correlation_mean']:12.3f}{cells['slope_median']:10.3f}{cells['mae_sigma']:10.3f}"
            )
        click.echo(f"  {say('faces that pass', '통과한 얼굴')}: {part['pass_rate']:.1%}")
        if part["identity_distance_p95"] is not None:
            click.echo(
                f"  {say('identity distance, 95th percentile', '동일인 거리 95백분위')}: {part['identity_distance_p95']:.3f}"
            )
        where = {
            "parsed background": say("parsed background", "신경망이 찾은 배경"),
            "border": say("border of the picture", "그림의 가장자리"),
        }[part["background_measured_on"]]
        click.echo(
            f"  {say('background change, grey levels', '배경 변화, 밝기 단계')} ({where}): {part['background_change']:.1f}"
        )
    click.echo(say("leak (rows are asked, σ per σ)", "누출 (행을 요청, σ당 σ)"))
    names = list(next(iter(result["leak"].values())))
    click.echo(" " * 10 + "".join(f"{name:>8}" for name in names))
    for name, cells in result["leak"].items():
        click.echo(f"  {name:8}" + "".join(f"{cells[other]:8.3f}" for other in names))
    for goal in result["goals"]:
        if not goal["reached"]:
            click.echo(f"  {say('missed', '미달')}: {goal['goal']}")
