"""`ohlora language`: the workshop of her words. One command a file, imported when it is called; no logic here."""

import importlib

import click

from ohlora.cli._output import examples
from ohlora.i18n import say

# name → (file in this folder that offers a click command of that name, what it does)
COMMANDS: dict[str, tuple[str, str]] = {
    "preflight": (
        "_language_preflight",
        say("Check a model and data before training.", "학습 전에 모델과 데이터를 점검합니다."),
    ),
    "train": ("_language_train", say("Train a LoRA adapter.", "LoRA 어댑터를 학습합니다.")),
    "evaluate": ("_language_evaluate", say("How well a task is done.", "과제를 얼마나 잘하는지 잽니다.")),
    "export": (
        "_language_export",
        say("An adapter as GGUF, for llama.cpp.", "어댑터를 llama.cpp용 GGUF로 내보냅니다."),
    ),
    "verify": ("_language_export", say("Prove that an adapter works.", "어댑터가 제대로 작동하는지 확인합니다.")),
}


class LanguageGroup(click.Group):
    """Imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        return getattr(importlib.import_module(f"ohlora.cli.{COMMANDS[cmd_name][0]}"), cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(say("Commands", "명령")):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=LanguageGroup,
    help=say("Check data, train, evaluate and export adapters.", "데이터 점검, 어댑터 학습·평가·내보내기."),
    epilog=examples(
        "ohlora language preflight --model gemma-3-270m --data dialogue.csv --task reply",
        "ohlora language train --persona ohlora -o runs/ohlora",
        "ohlora language train --model DIR --data rows.csv --task expression -o runs/mine",
    ),
)
def language() -> None:
    pass
