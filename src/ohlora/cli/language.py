"""`ohlora language`: check, train, evaluate and export. One line a subcommand; each lives in a file of its own."""

import importlib

import click

from ohlora.cli._output import examples
from ohlora.i18n import say

# Subcommand → its module; the command in it has the subcommand's name.
_COMMANDS = {
    "preflight": "_language_preflight",
}


class _LazyGroup(click.Group):
    """Imports a subcommand when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"ohlora.cli.{_COMMANDS[cmd_name]}"), cmd_name)
        return command


@click.group(
    cls=_LazyGroup,
    help=say(
        "Check data against a model, train an adapter, evaluate and export it.",
        "데이터와 모델을 맞춰 보고, 어댑터를 학습하고, 평가하고, 내보냅니다.",
    ),
    epilog=examples("ohlora language preflight --model gemma-3-270m --data dialogue.csv --task reply"),
)
def language() -> None:
    pass
