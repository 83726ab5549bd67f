"""`ohlora language train`: parses, calls, prints."""

import os
import shlex
import sys
from pathlib import Path

import click

from ohlora.cli._output import examples, json_option, print_json
from ohlora.i18n import say
from ohlora.language.training.settings import PRECISIONS, Settings

_PATH = click.Path(path_type=Path)
_TASKS = ("reply", "expression", "memory", "summary", "all")
_D = Settings()


@click.command(
    help=say(
        "Train a LoRA adapter on a persona's dialogues or on your own data. Killed and started again, it goes on.",
        "페르소나의 대화나 내 데이터로 LoRA 어댑터를 학습합니다. 멈췄다 다시 실행하면 이어서 합니다.",
    ),
    epilog=examples(
        "ohlora language train --persona ohlora -o runs/ohlora",
        "ohlora language train --persona ohlora -o runs/ohlora --threads 1 --epochs 2",
        "ohlora language train --model gemma-3-270m --data rows.csv --task expression -o runs/face",
        "torchrun --nproc-per-node 2 -m ohlora language train --persona ohlora -o runs/ohlora --threads 1",
    ),
)
@click.option("--persona", metavar="NAME", help=say("Whose dialogues are learned.", "누구의 대화를 배울지."))
@click.option(
    "--model",
    metavar="DIR|NAME|FILE.gguf",
    default="",
    help=say("Base model [default: the bundled one].", "바탕 모델[기본: 함께 오는 모델]."),
)
@click.option("--data", type=_PATH, help=say("Your own data, .csv or .jsonl.", "내 데이터(.csv, .jsonl)."))
@click.option("--task", "tasks", type=click.Choice(_TASKS), multiple=True, default=("all",), show_default=True)
@click.option("-o", "--output", type=_PATH, required=True, metavar="RUN")
@click.option("--epochs", type=int, default=_D.epochs, show_default=True)
@click.option("--batch", type=int, default=_D.batch, show_default=True, help=say("Texts a step.", "한 단계의 글 수."))
@click.option("--learning-rate", type=float, default=_D.learning_rate, show_default=True)
@click.option("--rank", type=int, default=_D.rank, show_default=True)
@click.option("--alpha", type=int, default=None, help=say("[default: twice the rank]", "[기본: 계수의 두 배]"))
@click.option("--dropout", type=float, default=_D.dropout, show_default=True)
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="LAYER",
    help=say("Layers that get a LoRA [default: all linear ones].", "LoRA를 붙일 층[기본: 모든 선형 층]."),
)
@click.option("--rslora", is_flag=True, help=say("Scale by alpha/√rank.", "alpha/√rank로 배율을 정합니다."))
@click.option(
    "--dora",
    is_flag=True,
    help=say("Learn magnitudes too (cannot be exported to GGUF).", "크기도 배웁니다(GGUF로 내보낼 수 없음)."),
)
@click.option(
    "--layers-from",
    type=int,
    default=_D.layers_from,
    show_default=True,
    help=say("Blocks below get no LoRA: cheaper.", "이보다 아래 블록에는 LoRA를 붙이지 않습니다(빠름)."),
)
@click.option(
    "--memos",
    type=int,
    default=_D.memos,
    show_default=True,
    help=say(
        "Messages an epoch made from frames, to learn remembering from.",
        "에폭마다 틀에서 만드는, 기억하기를 배울 메시지 수.",
    ),
)
@click.option(
    "--shown",
    type=int,
    default=_D.shown,
    show_default=True,
    help=say("Most turns shown before the learned one.", "앞에 보여 줄 대화의 최대 수."),
)
@click.option("--max-length", type=int, default=_D.max_length, show_default=True, metavar="TOKENS")
@click.option(
    "--validate-every",
    type=int,
    default=_D.validate_every,
    metavar="STEPS",
    help=say("[default: half an epoch]", "[기본: 반 에폭]"),
)
@click.option("--valid-rows", type=int, default=_D.valid_rows, show_default=True)
@click.option(
    "--patience",
    type=int,
    default=_D.patience,
    show_default=True,
    help=say(
        "Stop after so many validations without gain; 0: never.",
        "검증이 이만큼 나아지지 않으면 멈춥니다. 0: 멈추지 않음.",
    ),
)
@click.option("--precision", type=click.Choice(PRECISIONS), default=_D.precision, show_default=True)
@click.option(
    "--threads",
    type=click.IntRange(1),
    help=say("Processor threads [default: all cores].", "스레드 수[기본: 모든 코어]."),
)
@click.option(
    "--start",
    type=_PATH,
    metavar="RUN",
    help=say(
        "Go on from this run's adapter, of the same rank or a lower one.",
        "이 학습의 어댑터에서 시작합니다. 랭크는 같거나 더 낮아야 합니다.",
    ),
)
@click.option("--seed", type=int, default=_D.seed, show_default=True)
@json_option
def train(
    persona: str | None,
    model: str,
    data: Path | None,
    tasks: tuple[str, ...],
    output: Path,
    alpha: int | None,
    threads: int | None,
    start: Path | None,
    as_json: bool,
    **given: object,
) -> None:
    from ohlora.language import training

    chosen = tuple(task for task in _TASKS[:-1] if task in tasks or "all" in tasks)
    rank = given["rank"]
    settings = Settings(tasks=chosen, alpha=2 * rank if alpha is None else alpha, **given)  # type: ignore[arg-type, operator]
    result = training.train(
        output, settings, persona=persona, model=model, data=data, start=start, threads=threads,
        command=shlex.join(["ohlora", *sys.argv[1:]]),
    )  # fmt: skip
    if os.environ.get("RANK", "0") != "0":
        return
    if as_json:
        print_json(result)
    else:
        click.echo(f"{result['adapter']}: {result['steps']} {say('steps', '단계')}")
        click.echo(
            f"{say('validation loss', '검증 손실')} {result['valid_loss'].get('all', float('nan')):.3f} ({result['best_step']})"
        )
