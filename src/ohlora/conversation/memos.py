"""What the language model proposes to remember of a message: of the whole of it, then of the parts that left nothing.

Meets `language.tasks.memory`, `tasks.told` and `memory.parts`. Leaves out what the model itself doubts; all else `memory.gate` decides.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ohlora.language import tasks
from ohlora.language.prompt import Fact
from ohlora.memory import gate, keys
from ohlora.memory.parts import Told, read_on
from ohlora.memory.proposal import Proposal

if TYPE_CHECKING:
    from ohlora.language.engines import Engine
    from ohlora.personas import Persona


def proposed(
    engine: "Engine",
    persona: "Persona",
    message: str,
    reply: "str | tasks.Reply" = "",
    labels: Mapping[str, str] | None = None,
) -> tuple[tuple[Fact, ...], list[Told]]:
    """The memo of the whole message, and all that is proposed: (key, value).

    An engine that has not learnt to read a message by itself (`tasks.reads_alone`) is asked once.

    Raises:
        EngineError: the engine failed.
    """
    memo = tasks.memory(engine, persona, message, reply, labels)
    said = _pairs(memo)
    if not tasks.reads_alone(engine):
        return memo, said
    told = _told(engine, message, said)  # before the parts are read: what is doubted must not hide what a part tells
    more = read_on(message, told, lambda part: _pairs(tasks.memory(engine, persona, part, "")))[len(told) :]
    told = [*told, *_told(engine, message, more)]
    return tuple(fact for fact in memo if (fact.key, fact.value) in told), told


def _told(engine: "Engine", message: str, said: list[Told]) -> list[Told]:
    """What the message tells of what is proposed, as the engine sees it; what is over and what the gate refuses it is not asked about."""
    asked = {one: fact for one in said if (fact := _as_kept(one, message))}
    chances = tasks.told(engine, message, list(asked.values())) if asked else ()
    if chances is None:
        return said
    doubted = {one for one, chance in zip(asked, chances, strict=True) if chance < tasks.TELLING}
    return [one for one in said if one not in doubted]


def _as_kept(one: Told, message: str) -> Fact | None:
    """A proposal in the spelling in which it would be kept, which is what the model has learnt to judge; None where it would not be."""
    tidy = gate.tidy(Proposal(*one), message)
    return None if tidy.key in keys.OVER or gate.refusal(tidy, message) else Fact(tidy.key, tidy.value)


def _pairs(facts: tuple[Fact, ...]) -> list[Told]:
    return [(fact.key, fact.value) for fact in facts]
