"""`ohlora chat`: a conversation in the terminal. Calls `conversation`; no logic of its own."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from ohlora.cli._output import examples
from ohlora.cli._session import conversation, limits_option, llm_option, persona_option, store_option
from ohlora.errors import OhLoraError
from ohlora.i18n import say

if TYPE_CHECKING:
    from ohlora.conversation.limits import Level


@click.command(
    help=say(
        "Talk with her in the terminal. Ctrl-C stops her in mid-sentence; an empty Ctrl-D or /quit ends.",
        "터미널에서 대화합니다. Ctrl-C는 말을 멈추게 하고, Ctrl-D나 /quit으로 끝냅니다.",
    ),
    epilog=examples("ohlora chat", "ohlora chat --new", "ohlora chat --llm http://127.0.0.1:11434/v1"),
)
@persona_option
@llm_option
@store_option
@limits_option
@click.option("--new", is_flag=True, help=say("Begin a new conversation.", "새 대화를 시작합니다."))
@click.option("--seed", default=0, show_default=True, help=say("Seed of the replies' sampling.", "대답을 뽑는 시드."))
def chat(persona_name: str, llm: str | None, place: str | None, limits: "Level | None", new: bool, seed: int) -> None:
    from ohlora import personas
    from ohlora.conversation import Store

    persona = personas.load(persona_name)
    store = Store.of_persona(persona.name, place)
    earlier = None if new else store.newest_conversation()
    store.close()
    _line_editing()
    with conversation(persona_name, llm, seed=seed, id=earlier, place=place, limits=limits) as talk:
        click.echo(say("(/quit ends, Ctrl-C stops her)", "(/quit으로 끝내고, Ctrl-C로 말을 멈춥니다)"), err=True)
        for turn in talk.turns[-3:]:
            click.echo(f"{say('You', '나')}: {turn.message}\n{talk.persona.card.char}: {turn.reply}")
        while (text := _read()) is not None:
            if text.strip():
                _speak(talk, text)


def _line_editing() -> None:
    """Arrow keys and history where the platform has readline; with it Hangul is edited by the syllable."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401


def _read() -> str | None:
    try:
        text = input(f"{say('You', '나')}: ")
    except (EOFError, KeyboardInterrupt):
        click.echo()
        return None
    return None if text.strip() in {"/quit", "/exit"} else text


def _speak(talk, text: str) -> None:  # type: ignore[no-untyped-def]
    """Prints one answer as it comes; Ctrl-C ends it, an error is one sentence and the conversation goes on."""
    from ohlora.conversation import Expressed, Limited, Remembered, Replied, Token

    cancel = threading.Event()
    click.echo(f"{talk.persona.card.char}: ", nl=False)
    try:
        with _interrupt_sets(cancel):
            for event in talk.turn(text, cancel=cancel):
                if isinstance(event, Token):
                    click.echo(event.text, nl=False)
                elif isinstance(event, Limited):
                    line = event.limit.sentence(talk.persona.card.char)
                    shown = click.style(f"  {line}", dim=event.limit.category != "self_harm")
                    click.echo(f"\r{shown}\n{talk.persona.card.char}: ", nl=False)
                elif isinstance(event, Replied):
                    click.echo()
                elif isinstance(event, Expressed):
                    labels = " · ".join(f"{name} {label}" for name, label in event.labels.items())
                    click.echo(click.style(f"  ({labels})", dim=True), err=True)
                elif isinstance(event, Remembered):
                    click.echo(click.style(f"  {event.sentence()}", dim=True), err=True)
    except OhLoraError as error:
        click.echo(f"\nohlora: {error}", err=True)


@contextlib.contextmanager
def _interrupt_sets(cancel: threading.Event) -> Iterator[None]:
    """Ctrl-C sets `cancel`, for a KeyboardInterrupt would end the turn inside, and what was said would not be kept."""
    before = signal.signal(signal.SIGINT, lambda *_: cancel.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
