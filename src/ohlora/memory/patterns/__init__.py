"""The frequent ways to say something lasting about oneself, in Korean and English: a careful proposer of facts.

A message is cut into clauses (`clauses`); every pattern says who it is about, so that what friends do, what she is asked and
what is only imagined is passed over. It would rather miss something than make it up: the language model proposes too.
"""

import re
from collections.abc import Iterator

from ohlora.memory.patterns import around, arriving, changed, english_forms, likes, oneself, plans
from ohlora.memory.patterns.changed import SAID_WRONGLY
from ohlora.memory.patterns.clauses import (
    JOKED,
    QUOTED,
    about_her,
    asks,
    clauses,
    is_injected,
    is_joke,
    is_order,
    is_unreal,
    read,
    without_asking,
)
from ohlora.memory.patterns.words import FIRST, KIN, TIME_WORD
from ohlora.memory.proposal import Proposal

__all__ = [
    "JOKED", "KIN", "QUOTED", "SAID_WRONGLY", "about_her", "asks", "clauses", "is_injected", "is_joke", "is_order", "is_unreal", "propose", "without_asking",
]  # fmt: skip

_LONGEST = 1500
_NO_VALUE = re.compile(rf"^(?:{FIRST}|{TIME_WORD}|이번|요새|요즘|지금은?|방금|처음|때부터|어릴 때부터)$")
_KOREAN = (
    oneself.names, oneself.age_and_birthday, oneself.job, oneself.in_fixed_words, oneself.measured_habits,
    oneself.name_at_a_greeting, oneself.posts, oneself.workplace, oneself.studies, oneself.home, oneself.where_one_goes, oneself.moved_and_origin,
    around.animals, likes.sides, likes.tastes, likes.hobbies, likes.learning, oneself.body, around.family, around.partners_and_friends,
    likes.goals, likes.habits, plans.plans, changed.corrections,
)  # fmt: skip
"""In the order in which people tell of themselves, which is the order of what is proposed."""


def propose(message: str) -> list[Proposal]:
    """The facts a message states, ends or wants forgotten; nothing is known here of what is in memory."""
    # A form that may begin with white space takes long over much of it.
    message = re.sub(r"\s{3,}", lambda blank: "\n" if "\n" in blank[0] else " ", message)
    message = re.sub(r"(?<=[에예해어아네죠])여(?=\s|$|[.!?~ㅋㅎㅠ])", "요", message[:_LONGEST])  # "중학생이에여"
    if is_joke(message):
        return []
    text = QUOTED.sub(" … ", message)
    if is_order(message):
        return [proposal for proposal in _proposals(text) if proposal.sure and not is_order(proposal.clause)]
    return list(dict.fromkeys(_proposals(text))) or list(plans.event(text))


def _proposals(text: str) -> Iterator[Proposal]:
    yield from changed.forgetting(text)
    yield from changed.edits(text)
    yield from english_forms.introduced(text)
    yield from english_forms.wants_to_be_called(text)
    yield from english_forms.new_name(text)
    yield from english_forms.settled(text)
    yield from english_forms.labelled(text)
    yield from arriving.arriving(text)
    for said in read(text):
        if said.asked:
            continue
        for form in _KOREAN:
            for found in form(said):
                told = found.key in ("생일", "좋아하는 계절") or found.instead or not _NO_VALUE.search(found.value)
                if told and (found.sure or not said.of_her):
                    yield found
        yield from english_forms.told(said.text)
        yield from around.farewell(said.text)
