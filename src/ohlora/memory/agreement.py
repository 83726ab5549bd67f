"""What two readers of a message propose to remember together: the language model's memo, weighed and filled up by the tagger.

They are of different kinds and err elsewhere (`tagging`). What the model proposes and the tagger sees nothing in is left out; what the tagger
alone is sure of is added; what both tell alike is `seconded`, and narrow rules of `gate` that guess who or what is meant do not hold against
it. Decides nothing: that is `gate`. Knows nothing of models, nor of stores.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from ohlora.memory import changes, english, gate, keys, patterns, tagging, times, wording
from ohlora.memory.proposal import Proposal, said_already

ENOUGH = 0.8
"""What the language model has not proposed must be told by so much."""
ENOUGH_OF_WORK = 0.7
"""The same of work, which the tagger hardly ever mistakes."""
LEAST_ALONE = 0.4
"""A proposal of where somebody lives, works or learns would end what is known of it: its words must be told by so much where the tagger sees
no such thing (`tagging.LEAST` of all else)."""
AGREED = 0.6
"""So much is enough where the language model proposes the same words, though under a key where they cannot stand, or as an end."""
SURE = 0.9
"""By so much the tagger seconds what the language model proposes."""
_AT = re.compile(
    r"^\s*(?:에는?|날에?|부터|까지|on|at|from|until)?\s+|\s+(?:on|at|from|until|에는?)?\s*$", re.IGNORECASE
)
"""What is left of a day that was taken out."""
_SAYS_NOTHING = re.compile(
    r"(?:the\s+)?\d+(?:st|nd|rd|th)?|(?:doc(?:tor)?\s+)?app(?:t|ointment)s?|b-?day|birthday|plans?|trip|생일|약속|일정|계획|예약|여행",
    re.IGNORECASE,
)
"""That there is something, and not what."""
_BIRTHDAYS = ("생일", "birthday")
_WITH_A_DAY = keys.ON_A_DAY | {"surgery", "수술"}
_HOMES = frozenset(["사는 곳", "home"])
_PLACES = _HOMES | {"고향", "직장", "학교", "이름", "hometown", "workplace", "school"}
_NO_PLACES = (
    keys.WITH_A_DAY | keys.PASTIMES | {"event", "가게", "농사", "shop", "roommate", "child", "name", "룸메이트", "자녀"}
)
_OF_AN_AGE = frozenset(["생일", "birthday", "임신", "name", "이름"])
_RELATIVES = keys.PEOPLE | keys.KIN | {"roommate", "룸메이트"}
_RELATED = re.compile(
    rf"(?:{patterns.KIN})|\b(?:mum|mom|mother|dad|father|wife|husband|hubby|son|daughter|sister|brother|sis|bro|cousin|aunt|uncle|niece|nephew|"
    r"gran\w*|nan|friend|mate|buddy|bf|gf|boyfriend|girlfriend|partner|fianc\w+|kids?|baby|twins?|in[- ]law|boss|ex)\b",
    re.IGNORECASE,
)
_GOT = r"\b(?:bought|got|adopted|picked up|switched to|changed to|moved to)\b(?: (?:an?|the|my|this|second hand|used|new))* "
"""After it stands what is new; a little surer the tagger need not be."""
_GOT_IT = r"샀|뽑았|장만|바꿨|갈아탔|입양|데려왔"
ENOUGH_OF_NEW = 0.65
_HERE = re.compile(
    r"^\W*(?:(?:hi|hey|hello|evening|morning|afternoon|good \w+)\W+)?(?P<v>[^\W\d_]{3,14})(?= here\b| again\b| speaking\b)"
    r"|^(?:hi|hey|hello|evening|morning|afternoon|good \w+)\W+(?P<w>(?-i:[A-Z])[^\W\d_]{2,13})(?=[.!]\s)|\b(?P<x>(?-i:[A-Z])[^\W\d_]{2,13})(?= speaking\b)",
    re.IGNORECASE,
)
"""Who says to be here."""
_LIVES = re.compile(r"살[아고면다]|산다|사[는네]|\bliv(?:e|ing)\b", re.IGNORECASE)


def agreed(message: str, told: Sequence[tuple[str, str]]) -> list[Proposal]:
    """What the language model tells, (key, value), without what tells nothing to the tagger, and with what only the tagger sees.

    Where the tagger cannot run, all that the model tells.
    """
    reading = tagging.read(message)
    if reading is None:
        return [Proposal(*one) for one in told]
    agreement = _Agreement(message, reading, [span for span in reading.spans() if span.key not in keys.OVER])
    for key, value in told:
        agreement.weigh(key, value)
    agreement.fill_up()
    return agreement.found


@dataclass
class _Agreement:
    """`spans`: what the tagger sees told; `found`: what is proposed; `both`: what both see, and the model under another key, or as over."""

    message: str
    reading: tagging.Reading
    spans: Sequence[tagging.Span]
    found: list[Proposal] = field(default_factory=list)
    both: list[Proposal] = field(default_factory=list)

    def weigh(self, key: str, value: str) -> None:
        """Takes in one proposal of the model's."""
        sure = self.reading.sure(value)
        if self._tells_nothing(key, value, sure):
            return
        key, value = self._mended(key, self._without_another(key, value))
        beside = [span for span in self.spans if _overlap(span.value, value)]
        stands = self._standing(key, beside)
        # "im on losartan now" ends no losartan
        if key in keys.OVER and stands and not changes.says_over(value, self.message):
            self.both += stands
            return
        seconded = (sure or 0) >= SURE and any(span.chance >= SURE and _same_key(span.key, key) for span in beside)
        self.found.append(Proposal(key, value, seconded=seconded))
        if not (seconded or _may_stand(self.found[-1], self.message)):
            self.both += stands

    def _standing(self, key: str, beside: Iterable[tagging.Span]) -> list[Proposal]:
        """What the tagger sees in the same words and might be remembered so."""
        told = [
            Proposal(span.key, span.value, seconded=span.chance >= SURE)
            for span in beside
            # What is over of two people is told of whom it was with.
            if span.chance >= AGREED and not (key in keys.OVER and span.key in keys.FACETED)
        ]
        return [proposal for proposal in told if _may_stand(proposal, self.message)]

    def _tells_nothing(self, key: str, value: str, sure: float | None) -> bool:
        """Do the words tell too little, or does the tagger see another value where there is only one ("푸른내과" beside "이직" for a workplace)?"""
        if key in _WITH_A_DAY and not _AT.sub("", times.without(value)).strip():
            return False  # which day something is on now is told by what was known of it
        spelled, words = keys.spelling(key), set(wording.words(value))
        mine = [span for span in self.spans if keys.spelling(span.key) == spelled]
        if any(_overlap(span.value, value) or words & set(wording.words(span.value)) for span in mine):
            return sure is not None and sure < tagging.LEAST
        otherwise = spelled in keys.EXCLUSIVE and any(span.chance >= SURE for span in mine)
        if sure is None:
            return otherwise
        return sure < (LEAST_ALONE if otherwise or spelled in _PLACES else tagging.LEAST)

    def _without_another(self, key: str, value: str) -> str:
        """A value without the words that tell how old somebody is ("29살 백엔드 개발자") or where he lives with another ("남편 세종")."""
        spelled = keys.spelling(key)
        for span in self.spans:
            age = span.key in ("나이", "age") and spelled not in keys.PEOPLE | _OF_AN_AGE
            lives = span.key in _HOMES and spelled in keys.FACETED and _LIVES.search(self.message)
            # "my brother in law got me in at his garage, apprentice mechanic at 33"
            works = span.key in keys.WORK and spelled in _RELATIVES and _RELATED.search(value.replace(span.value, ""))
            if span.chance >= SURE and (age or lives or works) and keys.spelling(span.key) != spelled:
                left = re.sub(rf"(?:^|[\s,]+){re.escape(span.value)}(?=[\s,]|$)", "", value).strip(" ,")
                value = left or value
        return value

    def _mended(self, key: str, value: str) -> tuple[str, str]:
        """A value with the whole of its words ("오키나와" of "오키나"), and under the tagger's key where it is no place at all."""
        for span in self.spans:
            if span.chance < SURE or not _same_key(span.key, key):
                continue
            short, whole = wording.squash(value), wording.squash(span.value)
            if short != whole and short in whole:
                return key, span.value
            if " " not in span.value:
                value = " ".join(
                    span.value if len(word) > 1 and span.value.startswith(word) else word for word in value.split()
                )
        beside = [span for span in self.spans if span.chance >= SURE and _overlap(span.value, value)]
        # "my dad's job moved so now im at Eastbrook High": whose school it is the whole of the message tells
        mine = beside and all(keys.spelling(span.key) in keys.WORK | _HOMES | {"학교", "school"} for span in beside)
        if mine and keys.spelling(key) in _RELATIVES and not _RELATED.search(value):
            return beside[-1].key, value
        lived_in = any(keys.spelling(span.key) in _HOMES for span in beside)
        if lived_in and keys.spelling(key) in keys.WORK and english.is_english(self.message):
            return beside[0].key, value  # "a studio above a bakery in Asheville"
        if keys.spelling(key) in _HOMES:
            other = [span.key for span in self.spans if span.chance >= AGREED and _overlap(span.value, value)]
            none = _NO_PLACES if self._is_gone_to(value) else _NO_PLACES | keys.WORK | {"직급"}
            if other and all(keys.spelling(one) in none for one in other):
                return other[0], value
        return key, value

    def _is_gone_to(self, value: str) -> bool:
        """Does the message say where, by what stands beside the value ("의성에서", "in Dubai")?"""
        there = rf"\b(?:in|from|to|at|near|around|outside|of|on|into|live|living)(?: the| an?| my)? {re.escape(value)}|{re.escape(value)}(?:에서|에|으로|로|이고|이야|\s?(?:살|사[는람]|산다|집|토박이))"
        return re.search(there, self.message, re.IGNORECASE) is not None

    def fill_up(self) -> None:
        """Adds what the model has not told and the tagger is sure of."""
        sure = [Proposal(span.key, span.value) for span in self.spans if span.chance >= self._enough(span)]
        here = _HERE.search(self.message)
        name = (here["v"] or here["w"] or here["x"]) if here else ""
        if name and (self.reading.sure(name) or 0) >= ENOUGH_OF_WORK:
            self.found = [one for one in self.found if keys.spelling(one.key) != "name"]
            sure.append(Proposal("name", name, seconded=True))
        seen = [*(one for one in sure if all(one.value != both.value for both in self.both)), *self.both]
        said = self._said() if seen else []
        for one in seen:
            if self._goes_on(one):
                continue
            bare = Proposal(one.key, _without_its_day(one, self.message))
            if _is_new(bare.value, said) and not said_already(bare, said):
                self.found.append(one)
                said.append(one)

    def _enough(self, span: tagging.Span) -> float:
        """How sure the tagger must be of what the model has not told."""
        if span.key in keys.WORK:
            return ENOUGH_OF_WORK
        if span.key in ("age", "나이") and re.search(rf"(?:^|,)\s*{re.escape(span.value)}\s*(?=[.,!]|$)", self.message):
            return tagging.SEEN
        new = re.search(_GOT + re.escape(span.value), self.message, re.IGNORECASE) or re.search(
            rf"{re.escape(span.value)}\S{{0,2}}\s+(?:\S+\s)?(?:{_GOT_IT})", self.message
        )
        return ENOUGH_OF_NEW if new else ENOUGH

    def _said(self) -> list[Proposal]:
        """What is told already, by patterns too: not what may not be remembered, nor an end without a value ("남친이랑 헤어졌어")."""
        read = [p for p in patterns.propose(self.message) if p.value]
        return [
            *(p for p in read if p.act != "keep" or _may_stand(p, self.message)),
            *(p for p in self.found if p.seconded or p.key in keys.OVER or _may_stand(p, self.message)),
        ]

    def _goes_on(self, one: Proposal) -> bool:
        """Is it where the work is done that an English message has just told of ("baker at Vogler's in Ghent")? Then it becomes a part of that."""
        if one.key not in keys.WORK or not english.is_english(self.message):
            return False
        for number, told in enumerate(self.found):
            at = rf"{re.escape(told.value)},? (?:in|near|outside|out of) {re.escape(one.value)}"
            whole = re.search(at, self.message, re.IGNORECASE) if told.key in keys.WORK else None
            if whole and len(whole[0]) <= gate.MAX_VALUE:
                self.found[number] = replace(told, value=whole[0])
                return True
        return False


def _may_stand(proposal: Proposal, message: str) -> bool:
    """Would the gate let it through?"""
    return gate.refusal(gate.tidy(proposal, message), message) is None


def _overlap(one: str, other: str) -> bool:
    """Is one value a part of the other?"""
    one, other = wording.folded(one), wording.folded(other)
    return bool(one and other) and (one in other or other in one)


def _same_key(one: str, other: str) -> bool:
    """Do two keys ask for the same, or both for work?"""
    one, other = keys.spelling(one), keys.spelling(other)
    return one == other or {one, other} <= keys.WORK


def _without_its_day(span: Proposal, message: str) -> str:
    """What is told beside a day, which is new or not; "" where nothing is.

    "오늘의집" and "주말 알바" are whole, and of what is done every Tuesday the day is a part; a birthday is a day.
    """
    value = span.value
    if span.key in _BIRTHDAYS:
        return value
    bare = times.without(value)
    if bare != value and not wording.content(bare):
        return ""
    if span.key not in _WITH_A_DAY or times.is_repeated(value):
        return value
    rest = wording.squash(times.without(message))
    if _SAYS_NOTHING.fullmatch(value) or not any(word in rest for word in wording.content(value)):
        return ""  # "10" of "10월", "17th" of "on the 17th"
    return value if bare == value else _AT.sub("", bare).strip()


def _is_new(value: str, told: Iterable[Proposal]) -> bool:
    """Is there a word in it that nothing told before has?"""
    before = [wording.squash(proposal.value) for proposal in told]
    return any(all(word not in one for one in before) for word in wording.content(value))
