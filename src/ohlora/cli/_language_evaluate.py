"""`ohlora language evaluate`: parses, calls, prints."""

from pathlib import Path
from typing import Any

import click

from ohlora.cli._output import examples, json_option, print_json
from ohlora.errors import InputError
from ohlora.i18n import say

_PATH = click.Path(path_type=Path)
_TASKS = ("reply", "expression", "memory", "summary", "safety")


@click.command(
    help=say(
        "How well a task is done: by a persona, by an adapter, or by folds trained on the spot (expression).",
        "한 과제를 얼마나 잘하는지 잽니다. 페르소나, 어댑터, 또는 그 자리에서 학습하는 교차검증(표정).",
    ),
    epilog=examples(
        "ohlora language evaluate --task reply --persona ohlora --report report",
        "ohlora language evaluate --task expression --data rows.csv --folds 5 --json",
        "ohlora language evaluate --task memory --data rows.jsonl --adapter runs/ohlora --json",
    ),
)
@click.option("--task", type=click.Choice(_TASKS), required=True)
@click.option(
    "--data", type=_PATH, help=say("Rows [default: the persona's validation rows].", "행[기본: 페르소나의 검증 행].")
)
@click.option(
    "--adapter", type=_PATH, metavar="RUN", help=say("A run of train, or its .gguf.", "train의 결과 폴더나 .gguf.")
)
@click.option("--persona", default="ohlora", show_default=True)
@click.option(
    "--model",
    default="",
    metavar="NAME|FILE.gguf|DIR",
    help=say("Base model [default: the bundled one].", "바탕 모델[기본: 함께 오는 모델]."),
)
@click.option(
    "--folds",
    type=int,
    help=say("Train and judge so many folds (expression).", "이 수만큼 나누어 학습하고 평가합니다(표정)."),
)
@click.option("--epochs", type=int, default=3, show_default=True, help=say("Of each fold.", "나눔마다의 에폭."))
@click.option(
    "-o",
    "--output",
    type=_PATH,
    metavar="DIR",
    help=say("Keeps the folds; started again it goes on.", "학습을 남겨 두고, 다시 실행하면 이어서 합니다."),
)
@click.option("--rows", "limit", type=click.IntRange(1), help=say("At most so many rows.", "최대 행 수."))
@click.option("--report", type=_PATH, metavar="DIR", help=say("Write an HTML report.", "HTML 보고서를 씁니다."))
@click.option("--seed", type=int, default=0, show_default=True)
@json_option
def evaluate(
    task: str,
    data: Path | None,
    adapter: Path | None,
    persona: str,
    model: str,
    folds: int | None,
    epochs: int,
    output: Path | None,
    limit: int | None,
    report: Path | None,
    seed: int,
    as_json: bool,
) -> None:
    from ohlora.files import check_writable
    from ohlora.language import evaluation

    for place in filter(None, (report, output)):
        check_writable(place)
    if folds is not None and (task != "expression" or data is None):
        raise InputError(
            "--folds goes with --task expression and --data FILE", "--folds는 --task expression, --data와 함께 씁니다"
        )
    if folds is not None and data is not None:
        found = evaluation.by_folds(data, model=model, folds=folds, epochs=epochs, seed=seed, out=output, report=report)
    else:
        found = evaluation.evaluate(
            task, persona=persona, data=data, adapter=adapter, model=model, limit=limit, seed=seed, report=report
        )
    if as_json:
        print_json(found)
        return
    for name, value in _flat(found):
        click.echo(f"{name}: {value}")


def _flat(found: dict[str, Any], before: str = "") -> list[tuple[str, Any]]:
    told: list[tuple[str, Any]] = []
    for name, value in found.items():
        told += _flat(value, f"{before}{name}.") if isinstance(value, dict) else [(f"{before}{name}", value)]
    return told
