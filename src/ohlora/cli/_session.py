"""Shared by ask, chat and serve: opening persona, engine and store, with what is missing pulled first."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from ohlora import personas
from ohlora.i18n import say


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


@contextmanager
def conversation(
    persona_name: str, llm: str | None, *, seed: int, id: str | None = None, place: str | None = None
) -> Iterator:
    """Opens a conversation and closes what it opened; the bundled language model is pulled when it is missing."""
    from ohlora import models
    from ohlora.conversation import Conversation, Store
    from ohlora.language import engines

    persona = personas.load(persona_name)
    if llm is None:
        models.ensure([engines.BUNDLED])
    store = Store.of_persona(persona.name, place)
    try:
        engine = engines.open_engine(llm, persona=persona)
        try:
            yield Conversation(persona, engine, store, id=id, seed=seed)
        finally:
            engine.close()
    finally:
        store.close()
