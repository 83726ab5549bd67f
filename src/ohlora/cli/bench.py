"""`ohlora bench`: measurements on this machine. One benchmark a file in `ohlora.bench`; nothing is computed here."""

import importlib

import click

from ohlora.cli._output import examples
from ohlora.i18n import say

# name → module in ohlora.bench that offers `command`, a click command of that name.
BENCHMARKS = {"face": "face", "find": "find", "turn": "turn", "memory": "memory", "server": "server"}


class BenchGroup(click.Group):
    """Imports a benchmark when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(BENCHMARKS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in BENCHMARKS:
            return None
        return importlib.import_module(f"ohlora.bench.{BENCHMARKS[cmd_name]}").command


@click.group(
    cls=BenchGroup,
    help=say("Measure speed on this machine.", "이 컴퓨터에서 속도를 잽니다."),
    epilog=examples("ohlora bench face --json", "ohlora bench turn"),
)
def bench() -> None:
    pass
