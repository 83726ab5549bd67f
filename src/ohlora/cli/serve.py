"""`ohlora serve`: her page. Checks the call, fetches what is missing, hands over to `server.serving`."""

import os
import sys
import webbrowser
from typing import TYPE_CHECKING

import click

from ohlora.cli._output import examples
from ohlora.cli._session import limits_option, llm_option, persona_option, store_option
from ohlora.i18n import say

if TYPE_CHECKING:
    from ohlora.conversation.limits import Level


@click.command(
    help=say(
        "Open her page in the browser. Missing models are fetched first; Ctrl-C ends.",
        "브라우저에서 오로라를 만납니다. 없는 모델은 먼저 내려받으며, Ctrl-C로 끝냅니다.",
    ),
    epilog=examples(
        "ohlora serve",
        "ohlora serve --port 9000 --no-browser",
        "ohlora serve --llm http://127.0.0.1:11434/v1",
        "ohlora serve --host 0.0.0.0 --token",
        "ohlora serve --no-token",
        "ohlora serve --store postgresql://ohlora@db.example/ohlora#anna",
    ),
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help=say(
        "Address to listen on; anything but this machine's own needs a token.",
        "열 주소. 이 컴퓨터 밖에서 접속할 수 있는 주소에는 토큰이 필요합니다.",
    ),
)
@click.option(
    "--port",
    default=8765,
    show_default=True,
    type=click.IntRange(0, 65535),
    help=say("Port; 0 takes any that is free.", "포트. 0이면 빈 포트를 고릅니다."),
)
@persona_option
@llm_option
@store_option
@limits_option
@click.option(
    "--token",
    envvar="OHLORA_TOKEN",
    is_flag=False,
    flag_value="random",
    default=None,
    metavar="[TOKEN]",
    help=say(
        "The token that opens the page; by default a new one is made. It is printed with the address.",
        "페이지를 여는 토큰. 주지 않으면 새로 만듭니다. 주소와 함께 출력됩니다.",
    ),
)
@click.option(
    "--no-token",
    is_flag=True,
    help=say(
        "Let in every program and user of this machine; only for addresses of this machine.",
        "이 컴퓨터의 모든 프로그램과 사용자를 들입니다. 이 컴퓨터의 주소에서만 됩니다.",
    ),
)
@click.option(
    "--browser/--no-browser",
    default=True,
    help=say("Open the browser (the default).", "브라우저를 엽니다(기본값)."),
)
def serve(
    host: str,
    port: int,
    persona_name: str,
    llm: str | None,
    place: str | None,
    limits: "Level | None",
    token: str | None,
    no_token: bool,
    browser: bool,
) -> None:
    from ohlora import models, personas
    from ohlora.cli._face_options import face_of
    from ohlora.language.engines import BUNDLED
    from ohlora.server import resident, serving

    persona = personas.load(persona_name)
    words = resident.words_from(llm)
    key = serving.cookie_key(token)
    token = serving.check_token(host, token, locked=not no_token)
    listener = serving.bind(host, port)
    with listener:
        models.ensure(resident.models_needed(words.llm))
        urls = serving.addresses(listener, host, token)

        def started(invitation: str | None) -> None:
            click.echo(say(f"{persona.card.char} is here:", f"{persona.card.char}을(를) 여기서 만나세요:"))
            for url in urls:
                click.echo(f"  {url}")
            click.echo(say("Ctrl-C ends.", "Ctrl-C로 끝냅니다."))
            face_of(persona.folder)
            if words.refused:
                click.echo(words.refused, err=True)
            elif words.llm and not words.given:
                click.echo(
                    say(
                        f"As chosen in the page, {words.llm} speaks; for the model that ships: --llm {BUNDLED}",
                        f"페이지에서 고른 대로 {words.llm} 모델이 말합니다. 함께 온 모델을 쓰려면: --llm {BUNDLED}",
                    ),
                    err=True,
                )
            if browser and _has_screen():
                # Other users can read a command line: what stands there opens the page only once.
                webbrowser.open(serving.addresses(listener, host, invitation)[0])

        serving.run(resident.Resident(persona, words, place, limits), listener, host, token, started, key)


def _has_screen() -> bool:
    """Whether a window can open; without one, `webbrowser` would start a text browser in this very terminal."""
    return sys.platform in {"win32", "darwin"} or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
