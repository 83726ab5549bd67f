"""`ohlora checkpoint`: inspect, match, freeze, verify, render and export weight files. Parses, calls, prints."""

import sys
from pathlib import Path
from typing import Any

import click

from ohlora.cli._output import examples, json_option, print_json
from ohlora.i18n import say

_FILE = click.Path(path_type=Path)
_MANY = ("--set", "--init")


class _SeveralValues(click.Command):
    """Lets `--init a b` stand for `--init a --init b`; an existing path or another option ends the list."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        spread: list[str] = []
        current = ""
        taken = 0
        for word in args:
            if word.startswith("-"):
                current, taken = (word, 0) if word in _MANY else ("", 0)
                spread.append(word)
            elif current and (taken == 0 or not Path(word).exists()):
                spread += [word] if taken == 0 else [current, word]
                taken += 1
            else:
                current = ""
                spread.append(word)
        return super().parse_args(ctx, spread)


@click.group(
    help=say(
        "Inspect, compare and freeze weight files: completely or not at all.",
        "가중치 파일을 살피고, 비교하고, 고정합니다. 전부 맞거나, 아니면 거부합니다.",
    ),
    epilog=examples(
        "ohlora checkpoint inspect network.pkl",
        "ohlora checkpoint freeze network.pkl --architecture stylegan2-ada -o faces",
        "ohlora checkpoint verify faces",
    ),
)
def checkpoint() -> None:
    pass


def _architecture(function: Any) -> Any:
    return click.option(
        "--architecture",
        "-a",
        required=True,
        metavar="A",
        help="stylegan1 | stylegan2 | stylegan2-ada",
    )(function)


def _part(function: Any) -> Any:
    text = say("Which part, where a file holds several generators.", "파일에 생성기가 여럿일 때 고를 부분.")
    return click.option("--part", help=text)(function)


def _sets(function: Any) -> Any:
    text = say(
        "A setting, e.g. label_size=7; the rest is inferred.", "설정(예: label_size=7). 나머지는 파일에서 알아냅니다."
    )
    return click.option("--set", "sets", multiple=True, metavar="NAME=VALUE", help=text)(function)


@checkpoint.command(
    help=say("What is in a weight file, and what it fits.", "가중치 파일에 무엇이 있고 무엇에 맞는지 봅니다."),
    epilog=examples("ohlora checkpoint inspect model.pth", "ohlora checkpoint inspect network.pkl --json"),
)
@click.argument("file", type=_FILE)
@json_option
def inspect(file: Path, as_json: bool) -> None:
    from ohlora.checkpoint.inspecting import inspect as run
    from ohlora.checkpoint.inspecting import lines
    from ohlora.checkpoint.reader import read

    result = run(read(file))
    if as_json:
        print_json(result)
    else:
        click.echo("\n".join(lines(result)))


@checkpoint.command(
    cls=_SeveralValues,
    help=say("Compare a file with an architecture, tensor by tensor.", "파일을 구조와 텐서 하나하나 비교합니다."),
    epilog=examples(
        "ohlora checkpoint match model.pth --architecture stylegan1",
        "ohlora checkpoint match model.pth --architecture stylegan1 --set label_size=3",
    ),
)
@click.argument("file", type=_FILE)
@_architecture
@_part
@_sets
@json_option
def match(file: Path, architecture: str, part: str | None, sets: tuple[str, ...], as_json: bool) -> None:
    from ohlora.checkpoint.architectures import by_name
    from ohlora.checkpoint.matching import choose
    from ohlora.checkpoint.matching import match as run
    from ohlora.checkpoint.reader import read

    family = by_name(architecture)
    given = family.parse(sets)
    report = run(choose(read(file), family, part), given)
    if as_json:
        print_json(report.as_json())
    else:
        for fault in report.faults:
            click.echo(str(fault))
        for note in report.notes:
            click.echo(say(*note))
        if report.ok:
            click.echo(say(f"{file} fits {architecture} completely", f"{file}이(가) {architecture}에 완전히 맞습니다"))
    if not report.ok:
        raise report.error()


@checkpoint.command(
    cls=_SeveralValues,
    help=say(
        "Make a bundle: complete, frozen, with a fingerprint. The file itself is not changed.",
        "번들을 만듭니다. 빠짐없이 고정하고 지문을 남깁니다. 원본 파일은 바꾸지 않습니다.",
    ),
    epilog=examples(
        "ohlora checkpoint freeze model.pth --architecture stylegan1 -o faces",
        "ohlora checkpoint freeze model.pth -a stylegan1 --set label_size=3 --init mapping.label_weight --seed 42 -o faces",
        "ohlora checkpoint freeze old.pt -a stylegan2 --init 'noises.*' --seed 1 -o faces",
    ),
)
@click.argument("file", type=_FILE)
@_architecture
@click.option(
    "-o", "--output", type=_FILE, required=True, help=say("The bundle's folder (new).", "번들 폴더(새 폴더).")
)
@_part
@_sets
@click.option(
    "--init",
    "inits",
    multiple=True,
    metavar="TENSOR",
    help=say("A tensor to start anew (or a pattern of missing ones).", "새로 만들 텐서(또는 빠진 텐서의 패턴)."),
)
@click.option("--seed", type=int, help=say("What --init draws from.", "--init의 난수 시드."))
@click.option("--licence", default="", help=say("What the manifest says of the licence.", "명세에 적을 라이선스."))
@json_option
def freeze(
    file: Path,
    architecture: str,
    output: Path,
    part: str | None,
    sets: tuple[str, ...],
    inits: tuple[str, ...],
    seed: int | None,
    licence: str,
    as_json: bool,
) -> None:
    from ohlora.checkpoint.freezing import freeze as run

    command = ["ohlora", *sys.argv[1:]]
    frozen = run(file, architecture, output, part, sets, inits, seed, licence, command)
    manifest = frozen.manifest
    if as_json:
        print_json({"directory": str(output), **manifest})
        return
    click.echo(f"{output}: {architecture}, {manifest['settings']['resolution']}×{manifest['settings']['resolution']}")
    for row in manifest["initialised"]:
        click.echo(
            f"  {say('started anew', '새로 만듦')}: {row['name']} {tuple(row['shape'])}, {row['how']}, seed {row['seed']}"
        )
    for name in manifest["absent"]:
        click.echo(f"  {say('not in the file', '파일에 없음')}: {name}")
    click.echo(f"  {say('fingerprint', '지문')}: {manifest['fingerprint']['digest']}")


@checkpoint.command(
    help=say(
        "Check every digest and draw the fingerprint again.", "모든 다이제스트를 확인하고 지문을 다시 그려 봅니다."
    ),
    epilog=examples("ohlora checkpoint verify faces", "ohlora checkpoint verify faces --json"),
)
@click.argument("directory", type=_FILE)
@json_option
def verify(directory: Path, as_json: bool) -> None:
    from ohlora.checkpoint.verifying import verify as run
    from ohlora.errors import CheckFailed

    result = run(directory)
    if as_json:
        print_json(result)
    else:
        for check in result["checks"]:
            click.echo(f"{'ok' if check['ok'] else say('FAILED', '실패')}  {check['name']}: {check['says']}")
        click.echo(f"{say('fingerprint', '지문')}: {result['fingerprint']['digest']}")
    if not result["ok"]:
        failed = next(check for check in result["checks"] if not check["ok"])
        raise CheckFailed(
            f"{directory} is not what was frozen: {failed['says']}",
            f"{directory}이(가) 고정한 것과 다릅니다: {failed['says']}",
        )


@checkpoint.command(
    help=say("Draw the latents of an .npz with a bundle.", ".npz의 잠재 벡터를 번들로 그립니다."),
    epilog=examples("ohlora checkpoint render faces --inputs latents.npz -o images.npz"),
)
@click.argument("directory", type=_FILE)
@click.option("--inputs", type=_FILE, required=True, help="z | w | ws | wplus, label | c, psi, psi_layers (.npz)")
@click.option("-o", "--output", type=_FILE, required=True, help="image (N, 3, H, W) float32 (.npz)")
@click.option("--noise", type=click.Choice(["const", "none", "random"]), default="const", show_default=True)
@click.option("--seed", type=int, default=0, help=say("Of --noise random.", "--noise random의 시드."))
@click.option("--engine", type=click.Choice(["auto", "torch", "openvino"]), default="auto", show_default=True)
@click.option("--device", default="cpu", show_default=True, help="cpu | cuda")
@json_option
def render(
    directory: Path,
    inputs: Path,
    output: Path,
    noise: str,
    seed: int,
    engine: Any,
    device: str,
    as_json: bool,
) -> None:
    from ohlora.checkpoint.rendering import render as run

    result = run(directory, inputs, output, noise, seed, engine, device)
    if as_json:
        print_json(result)
    else:
        click.echo(f"{output}: {result['images']} × {result['resolution']}×{result['resolution']}")


@checkpoint.command(
    help=say(
        "Add an OpenVINO form, so that the bundle runs without torch.", "torch 없이 쓰도록 OpenVINO 형식을 더합니다."
    ),
    epilog=examples("ohlora checkpoint export faces"),
)
@click.argument("directory", type=_FILE)
@json_option
def export(directory: Path, as_json: bool) -> None:
    from ohlora.checkpoint.exporting import export as run

    record = run(directory)
    if as_json:
        print_json({"directory": str(directory / "openvino"), **record})
    else:
        said = say("largest difference from torch", "torch와의 최대 차이")
        click.echo(f"{directory / 'openvino'}: {said} {record['difference']:.2g}")
