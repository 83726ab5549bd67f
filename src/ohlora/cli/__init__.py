"""The command line: finds the noun, calls it, and turns an error into one sentence and an exit status.

Each noun lives in a file of its own, imported only when it is called, so `--help` answers at once. No logic lives here.
"""

import contextlib
import gettext
import importlib
import os
import sys
from pathlib import Path

import click

from ohlora import __version__
from ohlora.errors import OhLoraError
from ohlora.i18n import language, say

if language() == "ko":
    # What click says itself (`--help`, wrong calls) it looks up by gettext, which goes by the environment.
    gettext.bindtextdomain("click", Path(__file__).parent / "locale")
    gettext.textdomain("click")
    os.environ["LANGUAGE"] = "ko"

NOUNS: dict[str, tuple[str, str]] = {
    "serve": ("serve", say("Open her page in the browser.", "브라우저에서 오로라를 만납니다.")),
    "chat": ("chat", say("Talk with her in the terminal.", "터미널에서 대화합니다.")),
    "ask": ("ask", say("Say one thing, get one answer.", "한마디 건네고 대답을 듣습니다.")),
    "models": ("models", say("List, pull and verify models.", "모델을 보고, 받고, 확인합니다.")),
    "face": ("face", say("Render, score, sample and find faces.", "얼굴을 그리고, 재고, 찾습니다.")),
    "checkpoint": ("checkpoint", say("Inspect and freeze weight files.", "가중치 파일을 살피고 고정합니다.")),
    "language": ("language", say("Check, train and evaluate language.", "말을 점검하고, 학습하고, 평가합니다.")),
    "memory": ("memory", say("What she knows about you.", "오로라가 당신에 대해 기억하는 것.")),
    "persona": ("persona", say("The people who can be talked with.", "만날 수 있는 사람들입니다.")),
    "bench": ("bench", say("Measure speed on this machine.", "이 컴퓨터에서 속도를 잽니다.")),
    "doctor": ("doctor", say("What is installed, and what would be slow.", "설치와 속도를 진단합니다.")),
}


class LazyGroup(click.Group):
    """A group whose subcommands are imported when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in NOUNS:
            return None
        module = importlib.import_module(f"ohlora.cli.{NOUNS[cmd_name][0]}")
        return getattr(module, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(say("Commands", "명령")):
            formatter.write_dl([(name, help_text) for name, (_, help_text) in NOUNS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=say(
        "Oh-LoRA: a virtual human who runs on your own computer.",
        "오로라(Oh-LoRA): 내 컴퓨터에서 사는 가상 인간.",
    ),
    epilog=say("Start with: ohlora serve", "시작: ohlora serve"),
)
@click.version_option(__version__, prog_name="ohlora")
def root() -> None:
    pass


def main(arguments: list[str] | None = None) -> None:
    """Entry point of `ohlora`. Exit status: 0 done, 1 a check said no, 2 wrong call or input, 3 something missing."""
    try:
        status = root.main(args=arguments, prog_name="ohlora", standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except click.exceptions.Abort:
        _fail(say("Stopped.", "멈췄습니다."), 130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except OhLoraError as error:
        _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        _fail(say("Stopped.", "멈췄습니다."), 130)
    except BrokenPipeError:
        # The reader of our output went away (`ohlora … | head`): nothing to say.
        _discard_output()
        sys.exit(0)
    except OSError as error:
        # What was printed cannot be kept (`> /dev/full`), or a file went away under us: no fault of ours to trace.
        _discard_output()
        _fail(_system(error), 2)


def _discard_output() -> None:
    """What is still in the buffer goes nowhere; else Python would complain a second time at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _system(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    what = f"{where}{error.strerror or error}"
    return say(f"the system refused: {what}", f"시스템이 거부했습니다: {what}")


def _fail(sentence: str, status: int) -> None:
    print(f"ohlora: {sentence}", file=sys.stderr)
    sys.exit(status)
