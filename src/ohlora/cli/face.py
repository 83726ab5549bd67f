"""`ohlora face`: render, score, sample, find, calibrate; cast, export and finetune beside it. Calls `ohlora.face`; no logic of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ohlora.cli._face_cast import cast
from ohlora.cli._face_evaluate import evaluate
from ohlora.cli._face_export import export
from ohlora.cli._face_finetune import finetune
from ohlora.cli._face_options import OUT_DIR, OUT_FILE, face_of, precision_option
from ohlora.cli._output import examples, json_option, print_json
from ohlora.errors import InputError
from ohlora.i18n import say

if TYPE_CHECKING:
    from ohlora.face.directions.directions import Directions

# Also in face.attributes.landmarks and face.persona_face; repeated so that --help need not load them. A test keeps them alike.
ATTRIBUTES = ("eyes", "mouth", "yaw", "pitch", "roll", "smile")
ASKED = ("eyes", "mouth", "yaw", "pitch", "smile")
METHODS = ("joint", "ridge", "svm", "logistic", "mean")
WANTED = ("landmarks", "all")
ENGINES = ("local", "ray")
CALIBRATION_POINTS = 96


@click.group(
    help=say("Faces: render, score, sample, find directions.", "얼굴을 그리고, 재고, 표집하고, 방향을 찾습니다."),
    epilog=examples(
        "ohlora face render --persona ohlora --eyes 1 --mouth 0.5 --yaw -1 -o her.png",
        "ohlora face score her.png",
        "ohlora face sample --count 6000 --seed 1 -o samples",
        "ohlora face find samples -o directions.safetensors",
    ),
)
def face() -> None:
    pass


face.add_command(evaluate)
face.add_command(finetune)
face.add_command(cast)
face.add_command(export)


def _generator_options(function: Callable) -> Callable:
    spaces = say("Latents of a bundle: w, or z with its label.", "번들의 잠재 공간: w, 또는 레이블을 포함한 z.")
    function = click.option("--space", type=click.Choice(["w", "z"]), default="w", show_default=True, help=spaces)(
        function
    )
    text = say("A bundle of `checkpoint freeze` [default: the shipped generator].", "checkpoint freeze로 만든 번들.")
    return click.option("--generator", "bundle", type=click.Path(path_type=Path), metavar="BUNDLE", help=text)(function)


def _check_bundle_options(
    bundle: Path | None, persona: str | None, directions: Path | None, space: str, asked: dict[str, float]
) -> None:
    if bundle is None and (directions is not None or space != "w"):
        raise InputError(
            "--directions and --space belong to --generator", "--directions와 --space는 --generator와 씁니다"
        )
    if bundle is not None and persona is not None:
        raise InputError("--generator belongs to --seed", "--generator는 --seed와 함께 씁니다")
    if bundle is not None and asked and directions is None:
        raise InputError(
            "scores need directions found on this bundle: --directions FILE (ohlora face find SAMPLES --generator BUNDLE)",
            "점수를 요청하려면 이 번들에서 찾은 방향이 필요합니다: --directions FILE (ohlora face find SAMPLES --generator BUNDLE)",
        )


def _loaded(bundle: Path | None, space: str, precision: Any, size: int, psi: float) -> Any:
    from ohlora.face import mobile_stylegan
    from ohlora.face.bundle import face_generator

    return mobile_stylegan.load(precision, size) if bundle is None else face_generator(bundle, space, psi)


def _score_options(function: Callable) -> Callable:
    texts = {
        "eyes": say("Openness of the eyes, in population σ (0: average; -5: closed).", "눈 크기(모집단 σ, 0은 평균)."),
        "mouth": say("Openness of the mouth, in σ.", "입 벌림(σ)."),
        "yaw": say("Turn of the head, in σ; positive: to the right of the picture.", "고개 돌림(σ), +는 화면 오른쪽."),
        "pitch": say("Nod of the head, in σ; positive: up.", "고개 끄덕임(σ), +는 위."),
        "smile": say("Smile, in σ.", "미소(σ)."),
    }
    for name in reversed(ASKED):
        function = click.option(f"--{name}", type=float, metavar="σ", help=texts[name])(function)
    return function


@face.command(
    help=say(
        "Draw one face. Asked scores are absolute: eyes 1 means one σ more open than the average face.",
        "얼굴 하나를 그립니다. 점수는 절대값입니다: eyes 1은 평균보다 1σ 큰 눈입니다.",
    ),
    epilog=examples(
        "ohlora face render --persona ohlora --eyes 1 --mouth 0.5 --yaw -1 -o her.png",
        "ohlora face render --seed 3 --smile 1 --size 1024 --precision f32 -o face.png --json",
    ),
)
@click.option("--persona", help=say("A persona's face (name or folder).", "페르소나의 얼굴(이름 또는 폴더)."))
@click.option("--seed", type=click.IntRange(min=0), help=say("A random face of this seed.", "이 시드의 무작위 얼굴."))
@click.option(
    "--row", type=click.IntRange(min=0), default=0, help=say("Which face of the seed.", "시드의 몇 번째 얼굴인지.")
)
@_score_options
@click.option(
    "--size", type=click.Choice(["256", "512", "1024"]), default="512", show_default=True, help=say("Pixels.", "픽셀.")
)
@precision_option
@click.option(
    "--psi",
    type=click.FloatRange(0, 1),
    help=say("Truncation of a random face [default: 0.7].", "무작위 얼굴의 절단 [기본값: 0.7]."),
)
@click.option(
    "-o",
    "--output",
    type=OUT_FILE,
    required=True,
    help=say("Picture to write: .png, .jpg or .webp.", "저장할 그림: .png, .jpg, .webp."),
)
@_generator_options
@click.option(
    "--directions",
    type=click.Path(path_type=Path),
    help=say("Directions found on the bundle, to ask for scores.", "번들에서 찾은 방향(점수를 요청할 때)."),
)
@json_option
def render(
    persona: str | None,
    seed: int | None,
    row: int,
    size: str,
    precision: str,
    psi: float | None,
    output: Path,
    bundle: Path | None,
    space: str,
    directions: Path | None,
    as_json: bool,
    **scores: float | None,
) -> None:
    if (persona is None) == (seed is None):
        raise InputError("give either --persona or --seed", "--persona와 --seed 중 하나만 주세요")
    if persona is not None and (psi is not None or row):
        raise InputError("--psi and --row belong to --seed", "--psi와 --row는 --seed와 함께만 씁니다")
    from ohlora import personas
    from ohlora.face.attributes.landmarks import LandmarkScorer
    from ohlora.face.bundle import draw_seed
    from ohlora.face.directions.directions import Directions
    from ohlora.face.directions.sampling import PSI
    from ohlora.face.persona_face import load_face
    from ohlora.face.render import check_ending, face_of_seed, save_picture
    from ohlora.face.render import render as draw_face

    check_ending(output)
    asked = {name: value for name, value in scores.items() if value is not None}
    folder = personas.find(persona) if persona is not None else None
    _check_bundle_options(bundle, persona, directions, space, asked)
    psi = PSI if psi is None else psi
    generator = _loaded(bundle, space, precision, int(size), psi)
    title = folder.name if folder is not None else f"seed {seed}, row {row}"
    if bundle is not None and directions is None:
        rgb, found = draw_seed(generator, seed or 0, row, psi, int(size)), {}
    else:
        with LandmarkScorer() as scorer:
            if folder is not None:
                drawn_of = load_face(face_of(folder), generator)
            else:
                moves = Directions.load(directions, generator) if directions else _shipped_directions(generator)
                drawn_of = face_of_seed(generator, scorer, moves, seed or 0, row, psi)
            drawn = draw_face(generator, scorer, drawn_of, asked, int(size))
        rgb, found = drawn.rgb, drawn.measured
    digest = save_picture(output, rgb, title)
    measured = {name: round(value, 4) for name, value in found.items()}
    if as_json:
        print_json(
            {
                "file": str(output),
                "sha256": digest,
                "precision": generator.precision,
                "size": int(size),
                "asked": asked,
                "measured": measured,
            }
        )
        return
    click.echo(str(output))
    for name, value in measured.items():
        wanted = f"  ({say('asked', '요청')} {asked[name]:+.2f})" if name in asked else ""
        click.echo(f"  {name:6} {value:+.2f}{wanted}")


@face.command(
    help=say(
        "Measure eyes, mouth, head and smile of the face in each image; with torch its hair and background too.",
        "이미지마다 얼굴의 눈, 입, 고개, 미소를 잽니다. torch가 있으면 머리카락과 배경도 잽니다.",
    ),
    epilog=examples("ohlora face score her.png", "ohlora face score *.jpg --attributes landmarks --json"),
)
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="IMAGE…")
@click.option(
    "--attributes",
    type=click.Choice(WANTED),
    help=say(
        "all: hair and background too [default: all where torch is installed].",
        "all: 머리카락과 배경도 [기본값: torch가 있으면 all].",
    ),
)
@json_option
def score(images: tuple[Path, ...], attributes: str | None, as_json: bool) -> None:
    from ohlora.face.attributes import parsing
    from ohlora.face.attributes.landmarks import UNITS
    from ohlora.face.attributes.scoring import score_files

    everything = parsing.available() if attributes is None else attributes == "all"
    rows = score_files(images, everything)
    units = {**UNITS, **(parsing.UNITS if everything else {})}
    if as_json:
        print_json({"units": units, "images": rows})
        return
    width = max(len(str(path)) for path in images)
    wide = {name: max(8, len(name)) for name in units}
    click.echo(" ".join([f"{say('file', '파일'):{width}}", *(f"{name:>{wide[name]}}" for name in units)]))
    for line in rows:
        cells = ("–".rjust(wide[name]) if line[name] is None else f"{line[name]:{wide[name]}.3f}" for name in units)
        click.echo(" ".join([f"{line['file']:{width}}", *cells]))


@face.command(
    help=say(
        "Draw and measure random faces into a folder; started again, it goes on.",
        "무작위 얼굴을 그리고 재어 폴더에 모읍니다. 다시 시작하면 이어서 합니다.",
    ),
    epilog=examples(
        "ohlora face sample --count 6000 --seed 1 -o samples",
        "ohlora face sample --count 6000 --seed 1 --attributes all --engine ray --workers 2 -o samples --json",
    ),
)
@click.option("--count", type=int, required=True, help=say("Number of faces.", "얼굴 수."))
@click.option("--seed", type=click.IntRange(min=0), required=True, help=say("Seed.", "시드."))
@click.option("-o", "--output", type=OUT_DIR, required=True, help=say("Folder.", "폴더."))
@click.option(
    "--attributes",
    type=click.Choice(WANTED),
    default="landmarks",
    show_default=True,
    help=say("all: hair and background too (needs torch, slower).", "all: 머리카락과 배경도(torch 필요, 느림)."),
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="local",
    show_default=True,
    help=say(
        "ray: in several processes, or on the machines of RAY_ADDRESS.",
        "ray: 여러 프로세스, 또는 RAY_ADDRESS의 컴퓨터들.",
    ),
)
@click.option(
    "--workers",
    type=click.IntRange(1, 1024),
    help=say(
        "Drawers at once [default: one for 4 cores]; with ray, processes [default: cores].",
        "동시에 그리는 수 [기본값: 코어 4개에 하나]. ray에서는 프로세스 수 [기본값: 코어 수].",
    ),
)
@precision_option
@_generator_options
@json_option
def sample(
    count: int,
    seed: int,
    output: Path,
    attributes: str,
    engine: str,
    workers: int | None,
    precision: str,
    bundle: Path | None,
    space: str,
    as_json: bool,
) -> None:
    from ohlora.face.directions import sampling
    from ohlora.face.source import Source

    source = Source(bundle, space, precision, sampling.SIZE, sampling.PSI)
    result = sampling.sample(
        output,
        source.load(),
        count,
        seed,
        attributes=attributes,  # type: ignore[arg-type]
        source=source,
        engine=engine,  # type: ignore[arg-type]
        workers=workers,
    )
    _tell(result, as_json, say("faces in", "개의 얼굴:"))


@face.command(
    help=say(
        "Find directions in a sample, measure what they do on fresh faces, and write them.",
        "표본에서 방향을 찾고, 새 얼굴에서 효과를 재고, 저장합니다.",
    ),
    epilog=examples(
        "ohlora face find samples -o directions.safetensors",
        "ohlora face find samples --method svm --share 10 --project -o svm.safetensors --json",
        "ohlora face find samples --space s --method mean --layers 4-11 -o styles.safetensors",
        "ohlora face find samples --group-by hair_color,hair_length,background_mean -o grouped.safetensors",
    ),
)
@click.argument("samples", type=click.Path(path_type=Path), metavar="SAMPLES")
@click.option("-o", "--output", type=OUT_FILE, required=True, help=say("File to write.", "저장할 파일."))
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default="joint",
    show_default=True,
    help=say(
        "joint: independent of one another; the others: each by itself (svm, logistic, mean: between top and bottom).",
        "joint: 서로 독립; 나머지: 각각 따로(svm, logistic, mean은 위아래 끝 사이).",
    ),
)
@click.option(
    "--space",
    type=click.Choice(["w", "z", "s"]),
    default="w",
    show_default=True,
    help=say("Space to look in; s: styles.", "찾을 공간. s는 스타일."),
)
@click.option(
    "--share",
    type=click.FloatRange(1, 50),
    default=20,
    show_default=True,
    metavar="%",
    help=say("Faces at either end of an attribute to tell apart.", "속성의 양쪽 끝에서 구별할 얼굴의 비율."),
)
@click.option(
    "--group-by",
    metavar="NAME,…",
    help=say("Split faces at the medians of these attributes first.", "먼저 이 속성들의 중앙값으로 얼굴을 나눕니다."),
)
@click.option(
    "--project", is_flag=True, help=say("Take the other directions out of each.", "다른 방향의 성분을 빼냅니다.")
)
@click.option(
    "--layers",
    metavar="A-B,…",
    help=say("Layers that may move, from 0 [default: those that disturb least].", "움직일 층(0부터)."),
)
@click.option(
    "--extend",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=say("Keep the directions of FILE and find only those it lacks.", "FILE의 방향은 두고 없는 것만 찾습니다."),
)
@click.option(
    "--faces",
    type=click.IntRange(min=2),
    default=32,
    show_default=True,
    help=say("Fresh faces the effect is measured on.", "효과를 잴 새 얼굴 수."),
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help=say("Seed.", "시드."))
@click.option(
    "--generator",
    "bundle",
    type=click.Path(path_type=Path),
    metavar="BUNDLE",
    help=say("A bundle of `checkpoint freeze` [default: the shipped generator].", "checkpoint freeze로 만든 번들."),
)
@json_option
def find(
    samples: Path,
    output: Path,
    method: Any,
    space: Any,
    share: float,
    group_by: str | None,
    project: bool,
    layers: str | None,
    extend: Path | None,
    faces: int,
    seed: int,
    bundle: Path | None,
    as_json: bool,
) -> None:
    from ohlora.face.attributes.landmarks import LandmarkScorer
    from ohlora.face.directions import sampling, search
    from ohlora.face.directions.artefact import command_line
    from ohlora.face.directions.directions import Directions
    from ohlora.face.directions.spaces import load_for_sample

    manifest = sampling.load_sample(samples).manifest
    generator, population = load_for_sample(samples, manifest, bundle, space)
    groups = [name.strip() for name in group_by.split(",") if name.strip()] if group_by else []
    numbers = search.layer_numbers(layers) if layers else None
    kept = Directions.load(extend, generator) if extend else None
    words: list[object] = ["ohlora", "face", "find", samples.name, "--method", method, "--space", space]
    words += ["--share", f"{share:g}", "--faces", faces, "--seed", seed]
    words += [*(["--group-by", ",".join(groups)] if groups else []), *(["--project"] if project else [])]
    words += [*(["--extend", extend.name] if extend else [])]
    words += [*(["--layers", layers] if layers else []), *(["--generator", bundle.name] if bundle else [])]
    with LandmarkScorer() as scorer:
        found = search.find(
            population,
            generator,
            scorer,
            method=method,
            seed=seed,
            faces=faces,
            share=share / 100,
            group_by=groups,
            project=project,
            layers=numbers,
            extend=kept,
            command=command_line(*words),
        )
    found.save(output)
    figures = found.description["fit"]
    attributes = {
        name: {"accuracy": figures["accuracy"][name], "correlation": figures["correlation"][name]}
        for name in found.names
    }
    if as_json:
        print_json(
            {
                "file": str(output),
                "attributes": attributes,
                "effect": found.description["effect"]["mean"],
                "effect_spread": found.description["effect"]["spread_over_faces"],
                "trial": found.description.get("trial", []),
                "fit": figures,
                "space": space,
                "method": method,
            }
        )
        return
    click.echo(str(output))
    click.echo(f"{'':8}{say('accuracy', '정확도'):>10}{say('correlation', '상관'):>14}")
    for name, cells in attributes.items():
        click.echo(f"{name:8}{cells['accuracy']:10.3f}{cells['correlation']:14.3f}")
    if figures["groups"]:
        sizes = ", ".join(map(str, figures["groups"]["sizes"]))
        click.echo(f"{say('groups by', '그룹 기준')} {', '.join(figures['groups']['by'])}: {sizes}")
    for trial in found.description.get("trial", []):
        if trial["chosen"]:
            first, end = trial["layers"]
            click.echo(
                f"{trial['attribute']:8}{trial['metric']:>10}, {say('layers', '층')} {first}-{end - 1}, "
                f"{say('border change a σ', 'σ당 테두리 변화')} {trial['border_change_per_sigma']}"
            )
    click.echo(
        say("effect of one step, in σ (rows move, columns are measured)", "한 걸음의 효과(σ): 행이 움직이고 열을 잼")
    )
    measured = list(next(iter(found.description["effect"]["mean"].values())))
    click.echo(" " * 8 + "".join(f"{name:>8}" for name in measured))
    for name, cells in found.description["effect"]["mean"].items():
        click.echo(f"{name:8}" + "".join(f"{cells[other]:8.3f}" for other in measured))


@face.command(
    help=say(
        "Measure a persona's own response, so that asked scores are what is measured; says what she can reach.",
        "페르소나 얼굴의 반응을 재어, 요청한 점수가 그대로 나오게 합니다. 닿는 범위를 알려 줍니다.",
    ),
    epilog=examples("ohlora face calibrate ohlora", "ohlora face calibrate my-persona --json"),
)
@click.argument("persona")
@click.option(
    "--points",
    type=click.IntRange(min=80),
    default=CALIBRATION_POINTS,
    show_default=True,
    help=say("Pictures; the more, the more exact.", "그림 수. 많을수록 정확합니다."),
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help=say("Seed.", "시드."))
@precision_option
@json_option
def calibrate(persona: str, points: int, seed: int, precision: str, as_json: bool) -> None:
    from ohlora import personas
    from ohlora.face import mobile_stylegan
    from ohlora.face.attributes.landmarks import LandmarkScorer
    from ohlora.face.directions.artefact import command_line
    from ohlora.face.directions.sampling import SIZE
    from ohlora.face.persona_face import calibrate_face

    folder = Path(persona) if (Path(persona) / "face.json").is_file() else personas.find(persona)
    generator = mobile_stylegan.load(precision, SIZE)  # type: ignore[arg-type]
    command = command_line("ohlora", "face", "calibrate", folder.name, "--points", points, "--seed", seed)
    with LandmarkScorer() as scorer:
        calibration = calibrate_face(folder, generator, scorer, points=points, seed=seed, command=command)
    result = {
        "directory": str(folder),
        "error": calibration.error,
        "reach": {name: list(ends) for name, ends in calibration.reach.items()},
    }
    if as_json:
        print_json(result)
        return
    click.echo(say("reach of each score, the others staying (σ):", "다른 점수를 둔 채 닿는 범위(σ):"))
    for name, (low, high) in calibration.reach.items():
        click.echo(f"  {name:6} {low:+.1f} … {high:+.1f}   {say('error', '오차')} {calibration.error[name]:.2f}")


def _shipped_directions(generator: Any) -> "Directions":
    from ohlora import personas
    from ohlora.face.directions.directions import Directions

    return Directions.load(personas.find(personas.DEFAULT) / "directions.json", generator)


def _tell(result: dict[str, Any], as_json: bool, words: str) -> None:
    if as_json:
        print_json(result)
        return
    click.echo(f"{result.get('count', '')} {words} {result['directory']}".strip())
