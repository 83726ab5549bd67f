"""`ohlora ask`: one message, one answer. Calls `conversation`; no logic of its own."""

import sys
from typing import TYPE_CHECKING

import click

from ohlora.cli._output import examples, json_option, print_json
from ohlora.cli._session import conversation, limits_option, llm_option, persona_option, store_option
from ohlora.i18n import say

if TYPE_CHECKING:
    from ohlora.conversation.limits import Level


@click.command(
    help=say(
        "Say one thing and get her answer. TEXT may be '-' to read it from standard input.",
        "한마디 건네고 대답을 듣습니다. TEXT에 '-'를 주면 표준 입력에서 읽습니다.",
    ),
    epilog=examples(
        'ohlora ask "너는 누구야?"', 'ohlora ask "What can you do?" --json', "cat letter.txt | ohlora ask -"
    ),
)
@click.argument("text")
@persona_option
@llm_option
@store_option
@limits_option
@click.option("--seed", default=0, show_default=True, help=say("Seed of the reply's sampling.", "대답을 뽑는 시드."))
@json_option
def ask(
    text: str,
    persona_name: str,
    llm: str | None,
    place: str | None,
    limits: "Level | None",
    seed: int,
    as_json: bool,
) -> None:
    from ohlora.conversation import Expressed, Finished, Limited, Recalled, Remembered, Replied, Token, clean

    message = clean(sys.stdin.buffer.read().decode("utf-8", "replace") if text == "-" else text)
    with conversation(persona_name, llm, seed=seed, place=place, limits=limits) as talk:
        answer: dict = {"reply": "", "expression": {}, "remembered": [], "recalled": [], "limit": None, "timing": {}}
        for event in talk.turn(message):
            if isinstance(event, Token) and not as_json:
                click.echo(event.text, nl=False)
            elif isinstance(event, Limited):
                answer["limit"] = event.data()
                if not as_json:
                    line = event.limit.sentence(talk.persona.card.char)
                    click.echo(click.style(f"  {line}", dim=event.limit.category != "self_harm"), err=True)
            elif isinstance(event, Replied):
                answer["reply"] = event.text
                if not as_json:
                    click.echo()
            elif isinstance(event, Expressed):
                answer["expression"] = dict(event.labels)
            elif isinstance(event, Recalled):
                answer["recalled"] = event.data()
            elif isinstance(event, Remembered):
                answer["remembered"] = event.data()
                if not as_json:
                    click.echo(click.style(f"  {event.sentence()}", dim=True), err=True)
            elif isinstance(event, Finished):
                answer["timing"] = event.timing
        if as_json:
            print_json(answer)
