"""`/api/conversations` and `/api/memory`: what is kept, for the page to look at and to change.

Reads and writes the store of conversations and facts. Opening, beginning and erasing a conversation wait until she is
silent. Every page is told when the conversation that is shown is another now.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from ohlora.conversation import Store
from ohlora.errors import InputError
from ohlora.memory.facts import Fact
from ohlora.server.resident import Home
from ohlora.server.talk import Busy, Talk

Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Number = Annotated[int, Path(ge=1, le=2**53)]
_MOST_SHOWN = 500


class Name(BaseModel):
    """A conversation's name; empty takes it away."""

    name: str = Field(max_length=200)


class NewFact(BaseModel):
    """What she shall know, in the user's own words."""

    key: str = Field(min_length=1, max_length=40)
    value: str = Field(min_length=1, max_length=120)


class Correction(BaseModel):
    """What of a fact is corrected; what is null stays."""

    key: str | None = Field(default=None, min_length=1, max_length=40)
    value: str | None = Field(default=None, min_length=1, max_length=120)
    pinned: bool | None = None


class Facts(BaseModel):
    """Facts as `GET /api/memory/file` gives them."""

    facts: list[dict[str, Any]] = Field(max_length=20_000)


class Records:
    """The routes.

    Args:
        home: who lives here.
        talk: the conversation, once the application runs.
        changed: tells every page that another conversation is shown now, or that it was shortened.
    """

    def __init__(self, home: Home, talk: Callable[[], Talk], changed: Callable[[], None]) -> None:
        self._home, self._talk, self._changed = home, talk, changed
        self.router = APIRouter(prefix="/api")
        add = self.router.add_api_route
        add("/conversations", self.conversations, methods=["GET"], summary="Every conversation, the newest first")
        add("/conversations", self.begin, methods=["POST"], summary="Begins a conversation", status_code=201)
        add("/conversations/{id}/open", self.open, methods=["POST"], summary="Goes on with a conversation")
        add("/conversations/{id}", self.rename, methods=["PUT"], summary="Gives a conversation a name")
        add(
            "/conversations/{id}", self.erase_conversation, methods=["DELETE"], summary="Erases a conversation for good"
        )
        add("/conversations/{id}/file", self.conversation_file, methods=["GET"], summary="A conversation as a file",
            response_class=Response)  # fmt: skip
        add("/memory", self.facts, methods=["GET"], summary="What she knows about the user")
        add("/memory", self.tell, methods=["POST"], summary="Tells her something", status_code=201)
        add("/memory/file", self.facts_file, methods=["GET"], summary="All of it as a file", response_class=Response)
        add("/memory/file", self.take_in, methods=["POST"], summary="Takes such a file in")
        add("/memory/{number}", self.correct, methods=["PUT"], summary="Corrects or pins a fact")
        add("/memory/{number}", self.forget, methods=["DELETE"], summary="Erases a fact for good")
        add("/memory/{number}/history", self.history, methods=["GET"], summary="What happened to a fact")

    @property
    def _store(self) -> Store:
        return self._home.store

    def _must_be_silent(self) -> None:
        if self._talk().activity != "idle":
            raise Busy(
                "she is answering at the moment; wait until she is done, or stop her",
                "지금 답하는 중입니다. 끝날 때까지 기다리거나 멈춰 주세요",
            )

    # ── conversations ────────────────────────────────────────────────────────

    def conversations(self) -> dict[str, Any]:
        """`{"current", "conversations": [{"id", "name", "created", "last", "turns"}]}`."""
        listed = [asdict(one) for one in self._store.conversations()]
        return {"current": self._home.conversation_id, "conversations": listed[:_MOST_SHOWN]}

    async def begin(self) -> dict[str, str]:
        """Begins a conversation; what she knows stays."""
        self._must_be_silent()
        id = await asyncio.to_thread(self._home.open_conversation, None)
        self._changed()
        return {"id": id}

    async def open(self, id: Id) -> dict[str, str]:
        """Goes on with a conversation."""
        self._must_be_silent()
        await asyncio.to_thread(self._known, id)
        await asyncio.to_thread(self._home.open_conversation, id)
        self._changed()
        return {"id": id}

    def rename(self, id: Id, new: Name) -> dict[str, str]:
        self._store.rename_conversation(id, new.name)
        return {"id": id}

    async def erase_conversation(self, id: Id, keep_facts: bool = False) -> dict[str, str]:
        """Erases its words for good, and what she learnt from them unless `keep_facts`."""
        self._must_be_silent()
        await asyncio.to_thread(self._store.delete_conversation, id, keep_facts=keep_facts)
        if id == self._home.conversation_id:
            await asyncio.to_thread(self._home.open_conversation, self._store.newest_conversation())
            self._changed()
        return {"id": id}

    def conversation_file(self, id: Id) -> Response:
        self._known(id)
        turns = [{"time": one.time, "message": one.message, "reply": one.reply, "labels": dict(one.labels)} for one in self._store.turns(id)]  # fmt: skip
        return _file({"persona": self._home.persona.card.char, "turns": turns}, f"ohlora-{id[:8]}.json")

    def _known(self, id: str) -> None:
        if not any(one.id == id for one in self._store.conversations()):
            raise InputError("there is no such conversation", "그런 대화가 없습니다")

    # ── memory ───────────────────────────────────────────────────────────────

    def facts(
        self, search: Annotated[str, Query(max_length=200)] = "", ended: bool = False
    ) -> dict[str, list[dict[str, Any]]]:
        """`{"facts": [{"id", "key", "value", "words", "recorded", "pinned", "status", …}]}`; pinned ones first."""
        facts = self._store.facts
        found = facts.containing(search, _MOST_SHOWN) if search.strip() else facts.all(ended=ended)[:_MOST_SHOWN]
        return {"facts": [_shown(one) for one in found]}

    def tell(self, fact: NewFact) -> dict[str, Any]:
        """Tells her something by hand."""
        words = f"[{fact.key}: {fact.value}]"
        number, *_ = self._store.facts.put([(fact.key, fact.value, words)], extractor="user")
        return _shown(self._store.facts.get(number))

    def correct(self, number: Number, correction: Correction) -> dict[str, Any]:
        """Corrects or pins a fact; a corrected one has another number."""
        facts = self._store.facts
        fact = facts.get(number)
        if correction.key is not None or correction.value is not None:
            fact = facts.edit(number, key=correction.key, value=correction.value)
        if correction.pinned is not None and correction.pinned != fact.pinned:
            fact = facts.pin(fact.id, correction.pinned)
        return _shown(fact)

    def forget(self, number: Number, words: bool = False) -> dict[str, int]:
        """Erases a fact for good; with `words` also the sentences it came from."""
        self._store.facts.erase([number], words=words)
        return {"id": number}

    def history(self, number: Number) -> dict[str, list[dict[str, Any]]]:
        """`{"history": [{"time", "what", "turn", "detail"}]}`, oldest first."""
        self._store.facts.get(number)
        return {"history": [asdict(line) for line in self._store.facts.history(number)]}

    def facts_file(self) -> Response:
        return _file({"facts": list(self._store.facts.export())}, "ohlora-memory.json")

    def take_in(self, file: Facts) -> dict[str, int]:
        """`{"new", "known"}`: how many facts are new, and how many were there already."""
        new, known = self._store.facts.take_in(file.facts)
        return {"new": new, "known": known}


def _shown(fact: Fact) -> dict[str, Any]:
    return {**fact.data(), "source": fact.source}


def _file(data: dict[str, Any], name: str) -> Response:
    text = json.dumps(data, ensure_ascii=False, indent=1)
    return Response(
        text, media_type="application/json", headers={"content-disposition": f'attachment; filename="{name}"'}
    )
