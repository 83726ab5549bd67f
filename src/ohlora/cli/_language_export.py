"""`ohlora language export` and `verify`: parse, call, print."""

from pathlib import Path

import click

from ohlora.cli._output import examples, json_option, print_json
from ohlora.errors import CheckFailed
from ohlora.i18n import say

_PATH = click.Path(path_type=Path)
_BASE = say("The base it was trained on [default: the bundled one].", "학습한 바탕 모델[기본: 함께 오는 모델].")


@click.command(
    help=say(
        "Write an adapter as one GGUF file that llama.cpp loads beside its base.",
        "어댑터를 llama.cpp가 읽는 GGUF 파일 하나로 씁니다.",
    ),
    epilog=examples(
        "ohlora language export runs/ohlora -o reply.gguf",
        "ohlora language export runs/mine --model base.gguf -o mine.gguf",
    ),
)
@click.argument("run", type=_PATH)
@click.option("--model", default="", metavar="NAME|FILE.gguf", help=_BASE)
@click.option(
    "-o",
    "--output",
    type=_PATH,
    metavar="FILE.gguf",
    help=say("[default: RUN/adapter.gguf]", "[기본: RUN/adapter.gguf]"),
)
@json_option
def export(run: Path, model: str, output: Path | None, as_json: bool) -> None:
    from ohlora.files import sha256_of
    from ohlora.language import exporting

    path = exporting.export(run, model, output or run / "adapter.gguf")
    if as_json:
        print_json({"file": str(path), "bytes": path.stat().st_size, "sha256": sha256_of(path)})
    else:
        click.echo(path)


@click.command(
    help=say(
        "Prove that an adapter works: on and off, saved and reloaded, merged, and exported to llama.cpp.",
        "어댑터가 제대로 작동하는지 확인합니다: 켜고 끄기, 저장하고 다시 읽기, 합치기, llama.cpp로 내보내기.",
    ),
    epilog=examples("ohlora language verify runs/ohlora", "ohlora language verify runs/mine --model DIR --json"),
)
@click.argument("run", type=_PATH)
@click.option("--model", default="", metavar="NAME|FILE.gguf|DIR", help=_BASE)
@json_option
def verify(run: Path, model: str, as_json: bool) -> None:
    from ohlora.language import exporting

    found = exporting.verify(run, model)
    if as_json:
        print_json(found)
    else:
        for check in found["checks"]:
            sign = say("yes", "예") if check["ok"] else say("NO", "아니오")
            click.echo(
                f"{sign:>4}  {check['name']}: {check['value']:.3g} ({check['must_be']} {check['tolerance']:.3g})"
            )
    if not found["ok"]:
        wrong = ", ".join(check["name"] for check in found["checks"] if not check["ok"])
        raise CheckFailed(
            f"the adapter in {run} does not pass: {wrong}", f"{run}의 어댑터가 통과하지 못했습니다: {wrong}"
        )
