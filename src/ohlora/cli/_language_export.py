"""`ohlora language export` and `verify`: parse, call, print."""

from pathlib import Path
from typing import Any

import click

from ohlora.cli._output import examples, json_option, print_json
from ohlora.errors import CheckFailed, InputError
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
    type=click.Path(dir_okay=False, path_type=Path),
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
        "Prove that an adapter works: on and off, saved and reloaded, merged, in llama.cpp, and as it is served.",
        "어댑터가 제대로 작동하는지 확인합니다: 켜고 끄기, 저장하고 다시 읽기, 합치기, llama.cpp, 실제로 쓰이는 모습 그대로.",
    ),
    epilog=examples(
        "ohlora language verify runs/ohlora",
        "ohlora language verify reply.gguf",
        "ohlora language verify --persona ohlora --json",
        "ohlora language verify runs/mine --model DIR",
    ),
)
@click.argument("adapter", type=_PATH, required=False, metavar="[RUN|FILE.gguf]")
@click.option(
    "--persona", metavar="NAME", help=say("Prove every adapter of hers.", "이 페르소나의 모든 어댑터를 확인합니다.")
)
@click.option("--model", default="", metavar="NAME|FILE.gguf|DIR", help=_BASE)
@json_option
def verify(adapter: Path | None, persona: str | None, model: str, as_json: bool) -> None:
    from ohlora import personas
    from ohlora.language import exporting

    if (adapter is None) == (persona is None) or (persona and model):
        raise InputError(
            "name one adapter (a run's folder or a .gguf; --model says on which base), or --persona NAME alone",
            "어댑터 하나(학습 폴더나 .gguf, 바탕은 --model)를 지정하거나 --persona NAME만 쓰세요",
        )
    if adapter is not None:
        found = exporting.verify(adapter, model)
        each = [found]
    else:
        found = exporting.verify_persona(personas.load(persona or personas.DEFAULT))
        each = found["adapters"]
    if as_json:
        print_json(found)
    else:
        for proof in each:
            _print(proof)
    wrong = [
        f"{Path(proof['adapter']).name}: {check['name']}"
        for proof in each
        for check in proof["checks"]
        if not check["ok"]
    ]
    if wrong:
        raise CheckFailed(
            f"not everything was proved ({', '.join(wrong)}); train or export it again",
            f"확인되지 않은 것이 있습니다({', '.join(wrong)}). 다시 학습하거나 내보내세요",
        )


def _print(proof: dict[str, Any]) -> None:
    click.echo(proof["adapter"])
    for check in proof["checks"]:
        sign = say("yes", "예") if check["ok"] else say("NO", "아니오")
        click.echo(f"{sign:>4}  {check['name']}: {check['value']:.3g} ({check['must_be']} {check['tolerance']:.3g})")
