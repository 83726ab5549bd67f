"""What is asked about herself is answered with her own facts, not with what a small model makes of the question.

Which fact a message asks for is told by her own examples near it: the fact that most of their replies tell. A reply that does not
tell it is asked for anew, with those examples alone before it; if none of three does, what she says in the nearest is said. Knows
messages, replies and examples, not who makes them.
"""

import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ohlora.conversation.holding import until_it_holds
from ohlora.language import own_facts, tasks
from ohlora.language.examples import Example

if TYPE_CHECKING:
    from ohlora.personas import Persona

NEAREST = 8
"""So many examples vote."""
MOST = 0.5
"""Share of them whose replies tell a fact, where that fact is asked for."""
NEAR = 0.9
"""Cosine of the nearest of them; messages farther from all examples ask for nothing that is known of."""
COOL = 0.2
"""Temperature of another attempt."""


@dataclass(frozen=True)
class AskedFact:
    """Facts of hers that a message asks for: a reply should tell one of them.

    like: examples whose replies do, nearest first.
    """

    facts: frozenset[str]
    told: tuple[re.Pattern[str], ...]
    like: tuple[Example, ...]

    def is_told(self, reply: str) -> bool:
        return any(form.search(reply) for form in self.told)


def asked_fact(persona: "Persona", message: str) -> AskedFact | None:
    """The facts of her card that a message asks for, by the examples near it; None where they do not agree on any."""
    if not persona.card.facts:
        return None
    near = tasks.load_examples(persona.folder / tasks.EXAMPLES).nearest(message, NEAREST)
    if not near or near[0][1] < NEAR:
        return None
    known = own_facts.patterns(persona.card.facts, persona.card.char)
    tells = [{name for name, form in known.items() if form.search(example.turn.reply)} for example, _ in near]
    votes = Counter(name for told in tells for name in told)
    facts = frozenset(name for name, count in votes.items() if count >= MOST * len(near))
    if not facts:
        return None
    most = max(votes[name] for name in facts)
    facts = frozenset(name for name in facts if votes[name] == most)
    like = tuple(example for (example, _), told in zip(near, tells, strict=True) if told & facts)
    return AskedFact(facts, tuple(known[name] for name in sorted(facts)), like)


def in_person(
    ask: Callable[[int, AskedFact], tasks.Reply], reply: tasks.Reply, wanted: AskedFact, cancel: threading.Event
) -> tasks.Reply:
    """A reply that tells what was asked for; see the module.

    Args:
        ask: asks for another attempt by its number, with the examples of `wanted`.
    """
    return until_it_holds(
        lambda attempt: ask(attempt, wanted), reply, wanted.is_told, wanted.like[0].turn.reply, cancel
    )
