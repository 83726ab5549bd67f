"""Shared by ask, chat and serve: opening persona, engine and store, with what is missing pulled first."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from ohlora import personas
from ohlora.i18n import say

if TYPE_CHECKING:
    from ohlora.conversation.limits import Level


LEVELS = ("off", "gentle", "normal", "strict")
"""As in `conversation.limits`, which is not read for `--help`."""


def persona_option(function: Callable) -> Callable:
    """Adds `--persona NAME|FOLDER`."""
    text = say("Persona, by name or as a folder.", "페르소나 이름 또는 폴더.")
    return click.option("--persona", "persona_name", default=personas.DEFAULT, show_default=True, help=text)(function)


def llm_option(function: Callable) -> Callable:
    """Adds `--llm URL`."""
    text = say(
        "An OpenAI-compatible server (http://127.0.0.1:11434/v1#MODEL) or a GGUF file instead of the bundled model.",
        "내장 모델 대신 쓸 OpenAI 호환 서버(http://127.0.0.1:11434/v1#모델) 또는 GGUF 파일.",
    )
    return click.option("--llm", default=None, metavar="URL|GGUF", help=text)(function)


def store_option(function: Callable) -> Callable:
    """Adds `--store URL|FOLDER`, as `place`."""
    text = say(
        "Where conversations and memory are kept: postgresql://ROLE@HOST/DATABASE#NAME (pgvector), or a folder. OHLORA_STORE "
        "says it for every command; by default the data folder.",
        "대화와 기억을 둘 곳: postgresql://역할@호스트/데이터베이스#이름 (pgvector) 또는 폴더. OHLORA_STORE로 모든 명령에 정할 수 있고, "
        "기본은 자료 폴더입니다.",
    )
    return click.option("--store", "place", default=None, metavar="URL|FOLDER", help=text)(function)


def limits_option(function: Callable) -> Callable:
    """Adds `--limits LEVEL`; without it what was chosen in the page holds."""
    text = say(
        "How strictly she keeps her limits (insults, sexual advances, politics, harm), by default as chosen in the page, else "
        "normal. Care in self-harm stays with off too. Found of self-harm / of the rest, and false alarms in everyday messages, in Korean with the bundled model: gentle 92 % / 48-100 %, 0.7 %; normal 92 % / 68-100 %, 1 %; strict 92 % / 76-100 %, 4 % (docs/limits.md).",
        "오로라가 선(욕설, 성적인 말, 정치, 해치는 일)을 얼마나 엄격히 지킬지. 기본값은 페이지에서 고른 대로, 없으면 normal. off여도 자해에 대한 "
        "돌봄은 남습니다. 자해 / 나머지를 찾아낸 비율과 일상 메시지의 오인율(한국어, 기본 모델): gentle 92% / 48~100%, 0.7%; normal 92% / 68~100%, 1%; strict 92% / 76~100%, 4%(docs/limits.md).",
    )
    choice = click.Choice(LEVELS)
    return click.option("--limits", type=choice, envvar="OHLORA_LIMITS", show_envvar=True, default=None, help=text)(
        function
    )


@contextmanager
def conversation(
    persona_name: str,
    llm: str | None,
    *,
    seed: int,
    id: str | None = None,
    place: str | None = None,
    limits: "Level | None" = None,
) -> Iterator:
    """Opens a conversation and closes what it opened; the bundled language model is pulled when it is missing."""
    from ohlora import models
    from ohlora.conversation import Conversation, Store
    from ohlora.language import engines
    from ohlora.server import remembered

    persona = personas.load(persona_name)
    if llm is None:
        models.ensure([engines.BUNDLED])
    store = Store.of_persona(persona.name, place)
    try:
        engine = engines.open_engine(llm, persona=persona)
        try:
            yield Conversation(persona, engine, store, id=id, seed=seed, limits=limits or remembered.limits())
        finally:
            engine.close()
    finally:
        store.close()
