"""What is proposed to remember of a message: by the language model of the whole of it and of the parts that left nothing, and by the tagger.

Meets `language.tasks.memory`, `memory.parts` and `memory.agreement`. Decides nothing: that is `memory.gate`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ohlora.language import tasks
from ohlora.language.prompt import Fact
from ohlora.memory import agreement, tagging
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
) -> tuple[tuple[Fact, ...], list[Proposal]]:
    """The memo of the whole message, and all that is proposed.

    An engine that has not learnt to read a message by itself (`tasks.reads_alone`) is asked once.

    Raises:
        EngineError: the engine failed.
    """
    memo = tasks.memory(engine, persona, message, reply, labels)
    told = _pairs(memo)
    if not tasks.reads_alone(engine):
        return memo, [Proposal(*one) for one in told]
    told = read_on(message, told, lambda part: _pairs(tasks.memory(engine, persona, part, "")))
    return memo, agreement.agreed(message, told)


def read_by(engine: "Engine") -> str:
    """Who proposes, with its version, as it is kept beside a fact."""
    names = [engine.name, tagging.name() if tasks.reads_alone(engine) else ""]
    return " + ".join(name for name in names if name)


def _pairs(facts: tuple[Fact, ...]) -> list[Told]:
    return [(fact.key, fact.value) for fact in facts]
