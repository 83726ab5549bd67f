"""`ohlora language preflight`. Parses, calls, prints."""

from pathlib import Path
from typing import Any

import click

from ohlora.cli._output import examples, json_option, print_json
from ohlora.errors import CheckFailed, OhLoraError
from ohlora.i18n import say

_PATH = click.Path(path_type=Path)


@click.command(
    help=say(
        "Is this model ready to be trained on this data? Names every fault with its remedy, on the CPU, in seconds.",
        "이 모델을 이 데이터로 학습할 수 있는지 봅니다. 문제와 고치는 법을 CPU에서 몇 초 만에 알려 줍니다.",
    ),
    epilog=examples(
        "ohlora language preflight --model gemma-3-270m --data dialogue.csv --task reply",
        "ohlora language preflight --model ./KoreanLM-1.5b --data dialogue.jsonl --task all --max-length 96 --json",
        "ohlora language preflight --model ./KoreanLM-1.5b --data dialogue.jsonl --task reply --fix ./KoreanLM-fixed",
    ),
)
@click.option(
    "--model", required=True, metavar="DIR|FILE.gguf|NAME", help=say("The model to train on.", "학습할 모델.")
)
@click.option(
    "--data", type=_PATH, required=True, help=say("Dialogues: JSON Lines or CSV.", "대화: JSON Lines 또는 CSV.")
)
@click.option(
    "--task",
    type=click.Choice(["reply", "memory", "summary", "expression", "all"]),
    default="all",
    show_default=True,
    help=say("What is to be learned.", "무엇을 배우는지."),
)
@click.option(
    "--max-length",
    type=click.IntRange(4),
    metavar="N",
    help=say("Tokens of a text at most (1024).", "글 하나의 토큰 한도(1024)."),
)
@click.option(
    "--persona",
    metavar="P",
    help=say(
        "Show her description before every text, as when she is trained.",
        "글마다 페르소나 설명을 앞에 둡니다(학습할 때처럼).",
    ),
)
@click.option("--adapter", type=_PATH, help=say("An adapter to go on from.", "이어서 학습할 어댑터."))
@click.option("--targets", metavar="A,B", default="", help=say("Modules that are to get a LoRA.", "LoRA를 달 모듈."))
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option(
    "--fix",
    type=_PATH,
    metavar="DIR",
    help=say(
        "Write a corrected copy there; nothing given is changed.", "고친 사본을 그곳에 씁니다. 원본은 바꾸지 않습니다."
    ),
)
@click.option(
    "--resize",
    is_flag=True,
    help=say(
        "With --fix: give tokens without a row one, drawn from --seed.",
        "--fix와 함께: 행이 없는 토큰에 --seed로 만든 행을 줍니다.",
    ),
)
@click.option("--seed", type=int, default=0, show_default=True, help=say("Of --resize.", "--resize의 시드."))
@json_option
def preflight(
    model: str,
    data: Path,
    task: str,
    max_length: int | None,
    persona: str | None,
    adapter: Path | None,
    targets: str,
    device: str,
    fix: Path | None,
    resize: bool,
    seed: int,
    as_json: bool,
) -> None:
    from ohlora import personas
    from ohlora.language import preflight as run
    from ohlora.language.data import TASKS
    from ohlora.language.encoding import NAME

    card = personas.load(persona).card if persona else None
    options: dict[str, Any] = {
        "tasks": TASKS if task == "all" else (task,),
        "max_length": max_length,
        "name": card.char if card else NAME,
        "description": card.prefix if card else "",
        "adapter": adapter,
        "targets": tuple(name for name in targets.split(",") if name),
        "device": device,
    }
    try:
        if fix:
            report = run.fix(model, data, fix, resize=resize, seed=seed, **options)
        else:
            report = run.check(model, data, **options)
    except OhLoraError as error:
        if as_json:  # a program reads why from standard output as well
            print_json({"ok": False, "findings": [run.refusal(error).as_json()], "summary": {}})
        raise
    if as_json:
        print_json(report.as_json())
    else:
        click.echo("\n".join(run.lines(report)))
    if not report.ok:
        first = report.errors[0]
        more = len(report.errors) - 1
        raise CheckFailed(
            f"not ready to train: {first.message[0]}{f' (and {more} more)' if more else ''}",
            f"학습할 수 없습니다: {first.message[1]}{f' (그 밖에 {more}가지)' if more else ''}",
        )
