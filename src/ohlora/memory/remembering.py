"""From a message to changed facts: proposals, the gate, dates, and what the message wants ended or forgotten.

Two proposers: patterns for the frequent ways to say things, and the language model. Both only propose; `gate` decides by the
user's own words alone, so neither her words nor what was recalled can ever become a memory.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from types import MappingProxyType

from ohlora import __version__
from ohlora.memory import changes as changing
from ohlora.memory import (
    compounds,
    corrections,
    dates,
    english,
    forgetting,
    gate,
    keys,
    lasting,
    patterns,
    placing,
    times,
    wording,
)
from ohlora.memory.facts import Change, Fact, Facts
from ohlora.memory.news import can_be_over, goes_on, same_work
from ohlora.memory.proposal import Proposal, said_already
from ohlora.memory.recall import Recall

PATTERNS = f"patterns/{__version__}"
_LAST_ONE = re.compile(r"^(?:(?:방금|아까|지금|금방)(?:\s*(?:한|말한|했던|얘기한))?\s*(?:말|거|것|얘기|이야기)?|that|what i just said|it|this)$", re.IGNORECASE)  # fmt: skip
_EVERYTHING = re.compile(
    r"^(?:(?:나|저)(?:에 대한|에 대해서?|에 관한)?\s*(?:(?:네가|니가|너가)?\s*(?:아는|기억하는|저장한)\s*)?(?:거|것|건|기억|모든 것|모든 기억)?\s*(?:전부|모두|다|싹)|"
    r"(?:(?:absolutely )?everything|all)(?: (?:you|u) (?:know|remember|have))?(?: (?:about|on) me)?|all (?:of )?my (?:data|memories|information))$",
    re.IGNORECASE,
)
_LOST = re.compile(
    r"무지개|하늘나라|보냈|보내고|죽|잃|파양|떠[나났]|입양 ?보|묻어|손절|절교|맡기|안 보는|안 봐|싸우고|연을|갔[고어]|만 있|별이|이름|바[꿨꾸뀌]|아니|이제|말고|살|개월|학년|오타|"
    r"\b(?:died|passed|gone|lost|gave|fell out|stopped talking|put \w+ down|ran away|named?|not|now|years?|months?)\b",
    re.IGNORECASE,
)
_WHO = re.compile(
    r"(?:큰|작은|막내|첫째|둘째|셋째)\s?(?:아들|딸|애)|아들|딸|첫째|둘째|셋째|막내|큰애|작은애|큰딸|작은딸"
)
_CAME = re.compile(
    r"태어났|낳았|식구\S* 늘|데려[왔옴온]|데리고 왔|입양했|들였|동생\S{0,2} ?생[겼김]|[둘셋넷]째\S{0,2}\s*(?:가졌|생겼|임신|나왔)|\b(?:born|adopted|brought home)\b|\b(?:there are|there['’]s|(?:we|i)(?: now)? have|got) (?:now )?(?:two|three|another)\b|\bstrays?\b|\b(?:second|third|another) (?:\w+ )?(?:one\b(?=,? (?:called|named|an? ))|cat|dog|kitten|puppy|rabbit|tortoise|turtle|parrot|hamster|goldfish|fish|bird|hen|horse|pet|child|baby|son|daughter)\b|\bbig (?:brother|sister)\b",
    re.I,
)
"""One more has come: nobody goes by it."""
_UNBORN = re.compile(r"태명|예정|임신|뱃속")
_AT_A_TIME = re.compile(
    r"\s*(?:(?:에|날|오전|오후|아침|점심|저녁|밤|새벽|낮|at|on|in the|morning|afternoon|evening|noon|(?<!\d)\d{1,2}(?!\d)(?::\d\d)?\s*(?:시(?:\s*(?:반|\d{1,2}분))?|am|pm)?)\s*)*",
    re.IGNORECASE,
)
"""What stands beside a day and names no thing."""
_NEW_LOVE = re.compile(
    r"새 ?(?:남친|여친|남자|여자|애인|사람|연애)|재혼|다시 (?:사귀|연애|만나)|사귀|사귄|헤어|만나(?:고|는 중|기)|잘못|오타|이제|부터|지금|소개팅|생겼|결혼했|\b(?:new|seeing|dating|met)\b",
    re.I,
)
_NAMED_BY_THE_USER = {"자녀": "자녀", "임신": "자녀", "출산": "자녀", "반려동물": "반려동물"}
_BESIDES = re.compile(r"말고[^.!?]*[가-힣]도(?:\s|$)")
"""What "고양이 말고 강아지도 키워" says: not instead."""
_TO_HER = re.compile(r"^(?:나|저|너|내)(?:한테|에게|랑|를|만)|(?:줘|줘요|주세요|하자|할래|봐)$")
"""What "이제 동생 말고 나한테 집중해줘" asks of her: no new value."""
_ONLY_WHEN = re.compile(
    r"(?:(?:매[일주달]|격주|평일|주말|주중|주 ?\d ?[회번]|(?:일주일에 )?[한두세네] ?번|[월화수목금토일]{1,6}(?:요일|욜)?|새벽|아침|오전|점심|오후|저녁|밤|\d{1,2}시(?: ?(?:\d{1,2}분|반))?|"
    r"every|twice|once|a week|on|at|in the|and|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|mornings?|evenings?|\d{1,2}(?::\d\d)? ?(?:am|pm)|\d{1,2}:\d\d)"
    r"(?:마다|하고|이랑|랑|과|와|에|부터|까지|,|·)?\s*)+",
    re.IGNORECASE,
)
"""A value that names no thing: "화요일하고 목요일마다", "매주 토요일 아침"."""
_ONE_EVENT = re.compile(
    r"신혼여행|수학여행|졸업여행|효도여행|상견례|돌잔치|동창회|송년회|결혼식|honeymoon", re.IGNORECASE
)
"""Of these there is one at a time: what is told of it anew takes the place of what was."""
_TOLD_OVER = frozenset(["over", "an end", "taken back"])
"""Why the gate refuses what the message itself ends."""
_THEN_AND_NOW = re.compile(
    r"(?:예전|옛날|전)에?[는엔]|원래|[가-힣]다가\s|[였었]는데|[였었]다가|[였었]고\s|하고 다니|주민등록|에서\s(?:지금|이제)",
)
_NOW = re.compile(r"지금|이제|이젠|요즘|요새|현재|진짜|실은|바[꿨뀌]|옮|왔|됐|올[랐라]|내[렸려]")
"""Together they tell what was and what is: "예전엔 부산 살았는데 지금은 서울 살아"."""
_TWO_EVENTS = re.compile(r"(?:팔|끊|헤어지|그만두|관두|접|정리하|보내|퇴사하)고\s")
_VAGUE = re.compile(r"\s(?:근처|앞|옆|쪽|인근)$")
_AND = re.compile(r"(?<=[가-힣])(?:이랑|랑|하고|와|과)\s+|\s*,\s*|\s+(?:and|그리고|및)\s+")
_ONE_MORE = re.compile(r"한\s?(?:마리|명)\s?더|하나\s?더|\b(?:one more|another one)\b", re.IGNORECASE)
_RUNS_ON = re.compile(
    r"[가-힣](?:예요|에요|[었았했겠갔왔봤났됐샀]어|[있없]어|거든|네요|[어아해]요|니다|(?<!이[이])야|[였었았했갔왔봤났됐샀혔렸졌]다)\s+\S"
)
"""A sentence ends in it, and another begins."""
_ANY_DAY = frozenset(["일정", "약속", "계획", "appointment", "plan", "schedule", "event"])
"""Keys that do not say what is on a day."""
_KINDS = (
    frozenset(["건강", "약", "알레르기", "수술", "식단", "health", "medicine", "allergy", "surgery", "diet"]),
    keys.ON_A_DAY | {"면접"},
    keys.PASTIMES | {"습관", "동아리", "봉사", "habit", "exercise", "instrument", "learning"},
    frozenset(["시험", "목표", "자격증", "공부", "exam", "goal", "certificate", "study"]),
    frozenset(
        ["식단", "습관", "술", "담배", "좋아하는 음료", "habit", "diet", "drinking", "smoking", "favorite drink"]
    ),
)
"""Under the keys of one kind the same thing may be told twice."""
_STILL = re.compile(
    r"\b(?:still (?:an? |the |doing |working as an? |working as )*|(?:the |my )?same (?:old )?)$", re.IGNORECASE
)
_PREFERRED = re.compile(
    r"\W*(?:(?:hmm+|hm|oh|well|um|uh|actually|though|honestly|tbh|but|and)\b\W*)*i(?:['’]d)? (?:actually |really |kind of |much )?(?:prefer|rather go by|go by)(?: being called| to be called| just)? (?P<v>(?-i:[A-Z])[a-z]{1,11})(?: actually| though| please| tbh| really)?[\s.!:)]*",
    re.IGNORECASE,
)
_ONE_MORE_THING = re.compile(
    rf"^(?:(?:아|참|아참|아 맞다|그리고|글고|또)[,\s]\s*)?(?:[^.!?]{{0,24}}?\S+\s말고\s)?(?P<v>(?!아무래|그래|{patterns.KIN}|엄마|아빠|친구|우리|나도|저도|오늘|어제|내일|그건|이것|그것)[가-힣]{{2,8}}?)도(?:요|\s(?:있어요?|있음|있고|있대요?|안 돼요?|안 된대요?|못 먹어요?|좋아해요?|싫어해요?))?(?=\s*[.!~,]|\s*$)|"
    r"^(?:oh,? |ah,? |also,? )*and (?:(?:(?:it )?(?:seems|turns out)|apparently) (?=.*\b(?:too|as well)\b))?(?:to )?(?P<w>(?!apparently\b|turns out\b|i\b|you\b|the\b|then\b|so\b|now\b|what\b|how\b|it\b|my\b|your\b|yes\b|no\b|thanks?\b|good\w*|bye\b|he\b|she\b|we\b|they\b|that\b|this\b|more\b|stuff\b|why\b|when\b|where\b|who\b)[a-z]+(?: (?!too\b)[a-z]+)?)(?:(?: too| as well)(?:, (?:found|turns) out\b[^.!?]*)?)?\s*[.!]*\s*$",
    re.IGNORECASE,
)
"""One more of what was told last, and nothing else."""
_AHEAD = frozenset(["일정", "약속", "계획", "appointment", "plan", "schedule"])
"""Keys of what is still to come: "지난주 토요일에 이사했어요" tells of none."""
_A_PARTICLE = 3
"""Characters, the blank among them."""
# What is no longer done or liked is no end of an aversion to it.
_AVERSE = re.compile(r"싫어|무서|알레르기|dislike|fear|allergy")


@dataclass(frozen=True)
class Refused:
    """A proposal that was not taken, and why."""

    proposal: Proposal
    why: str


@dataclass(frozen=True)
class Learnt:
    """What a message changed, and what was proposed but refused."""

    changes: tuple[Change, ...]
    refused: tuple[Refused, ...]


def learn(
    facts: Facts,
    recall: Recall,
    message: str,
    *,
    now: datetime,
    turn: int | None = None,
    proposed: Iterable[Proposal] = (),
    proposer: str = "",
    before: int | None = None,
    judged_over: Mapping[int, str] = MappingProxyType({}),
) -> Learnt:
    """Takes in what a message says about the user, and ends or erases what it wants ended or forgotten.

    Call it inside the transaction that keeps the turn.

    Args:
        message: the user's own words of this turn; nothing else grounds a fact.
        now: the clock of the turn.
        turn: the turn as kept.
        proposed: by the language model and the tagger.
        proposer: its name and version, kept with the facts.
        before: the turn before, for "방금 한 말 잊어 줘".
        judged_over: ids of facts that the message ends as the language model sees it, with what of each stands (`ending.standing`).
    """
    taking = _Taking(facts, recall, message, now, turn, before, judged_over)
    found = patterns.propose(message)
    forgets = taking.end_and_forget(found)
    taking.kept = _to_keep(found, forgets, message)
    if not forgets:
        taking.combine(found, proposed, proposer)
    taking.put_right()
    taking.end_as_judged()
    taking.keep()
    taking.end_ranks()
    return Learnt(tuple(taking.changes), tuple(taking.refused))


@dataclass
class _Taking:
    """A message being taken in: what is to be kept and by whom it was read, what is known and still stands, what has changed.

    The steps come in the order in which they are called by `learn`.
    """

    facts: Facts
    recall: Recall
    message: str
    now: datetime
    turn: int | None
    before: int | None
    judged: Mapping[int, str]
    changes: list[Change] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    kept: list[tuple[Proposal, str]] = field(default_factory=list)
    known: list[Fact] = field(default_factory=list)
    read_as_over: list[tuple[Proposal, str]] = field(default_factory=list)

    @cached_property
    def slip(self) -> int | None:
        """The turn before, where this message says that it was a slip."""
        return self.before if corrections.is_mistaken(self.message) else None

    def end_and_forget(self, found: Sequence[Proposal]) -> list[str]:
        """What the message says is over or asks to forget; returns the clauses that ask for forgetting."""
        asking = [proposal for proposal in found if proposal.act == "forget"]
        for proposal in asking:
            self.changes += _forget(self.facts, self.recall, proposal, self.before)
        erased = any(change.what == "erased" for change in self.changes)
        # Asked for a number, a reader may point at the salary.
        meant = [
            fact
            for fact in ([] if erased else self._meant())
            if not any(_asks_for_another(proposal.value, fact) for proposal in asking)
            and not _asks_for_one_place(self.message, fact)
        ]
        self.changes += self.facts.erase([fact.id for fact in meant])
        if not any(_EVERYTHING.search(proposal.value) for proposal in asking):
            gone = [change.fact for change in self.changes if change.what == "erased"]
            # What is said beside the request names nothing of it: "Forget that. Tom would kill me."
            asked = " ".join(proposal.clause or self.message for proposal in asking) or self.message
            self.changes += self.facts.erase(
                [fact.id for fact in self.facts.all() if _of_the_forgotten(fact, gone, asked)]
            )
        for proposal in found:
            if proposal.act == "end":
                self.changes += _end(self.facts, proposal, self.turn, self.now)
        return [proposal.clause for proposal in asking] or ([self.message] if meant else [])

    def _meant(self) -> list[Fact]:
        """The facts that a reader says the message asks to forget, where no form of words has found any; of a store of many those near to the
        message are read, and the others too where each of these is meant."""
        if not forgetting.may_ask(self.message):
            return []
        told = self.facts.of_turn(self.before) if self.before is not None else []

        def meant(some: Iterable[Fact]) -> list[Fact]:
            chances = [(fact, forgetting.chance(fact.key, fact.value, self.message, fact in told)) for fact in some]
            return [fact for fact, chance in chances if chance is not None and chance >= forgetting.SURE]

        near = list(
            {fact.id: fact for fact in [*told, *self.recall.nearest(self.message, _READ, now=self.now)]}.values()
        )
        found = meant(near)
        if len(found) < len(near) or len(near) < _READ:
            return _only_the_named(found, self.message)
        # Twenty-four facts of Dominic may all be meant, and her name not: nothing is erased unread.
        return found + meant(fact for fact in self.facts.all() if fact not in near)

    def combine(self, found: Sequence[Proposal], proposed: Iterable[Proposal], proposer: str) -> None:
        """What the language model proposes joins what the patterns found; what either puts right or ends is done at once."""
        message, known = self.message, self.facts.all()
        at_home = any(fact.key == "home" for fact in known)
        said = compounds.parted([gate.tidy(one, message) for one in proposed], message, at_home)
        ended = [p for p in said if p.key in keys.OVER and not gate.refusal(p, message)]
        ended = [p for p in ended if not _told_as_new(p, said, known, message)]
        self.read_as_over = [(p, proposer) for p in ended]
        no_more = {wording.folded(p.value) for p in ended}
        new = [
            p for p in said
            if p.key not in keys.OVER and (wording.folded(p.value) not in no_more or _AVERSE.search(p.key))
        ]  # fmt: skip
        self.known = known
        self._join(new, proposer)
        self._marry()
        self._go_on()
        self._prefer()
        self._give_up()
        moved = _put_right(known, new, message, self.now, alone=not found)
        for right in [*_exchanged(known, found, message, self.now), *([moved] if moved else [])]:
            self._correct(right, [p for p, _ in self.kept if _told_by(right, p)])
        # "8월 4일이오 14일 아니고" puts a day right and ends nothing.
        slip = corrections.corrected(self.known, message)
        stays = slip.fact.id if slip and slip.slip else None
        self._part_with(fact for fact in _over(self.known, message, ended, self.turn) if fact.id != stays)
        gone = {change.fact.id for change in self.changes}
        self.known = [fact for fact in self.known if fact.id not in gone]

    def _join(self, new: Sequence[Proposal], proposer: str) -> None:
        """What is new joins what the patterns found; what may not be kept takes nobody's place."""
        message, known = self.message, self.known
        kept = [(p, by) for p, by in self.kept if not _might_be_a_name(p, known)]
        kept = [(p, by) for p, by in kept if p.sure or not _better_told(p, new)]
        refused = [one for one in [*kept, *((p, proposer) for p in new)] if gate.refusal(one[0], message)]
        mine = [one for one in kept if one not in refused]
        good = [p for p in new if (p, proposer) not in refused]
        slips = _put_right_within([*(p for p, _ in mine), *good], message)
        mine, good = [one for one in mine if one[0] not in slips], [p for p in good if p not in slips]
        # What somebody still does takes no trade's place: "still drawing for a living" of an illustrator.
        at_work = any(fact.key == "job" for fact in known) and english.is_english(message)
        good = [
            p for p in good if not (at_work and p.key in keys.WORK and _STILL.search(message[: message.find(p.value)]))
        ]
        # "I'm at Delhomme now" tells of no trade.
        places = {wording.folded(p.value) for p in good if p.key in ("직장", "workplace")}
        good = [p for p in good if p.key not in ("직업", "job") or wording.folded(p.value) not in places]
        self.kept = [(self._keyed(p), by) for p, by in [*_together(mine, good, proposer), *refused]]
        self.kept = _with_their_days(self.kept, message, self.now)

    def _marry(self) -> None:
        """Whom the user is to marry is known by itself, where no love of that name is; so is a husband or wife, where none is known."""
        name = compounds.engaged_to(self.message)
        of_love = [fact.value for fact in self.known if fact.key in keys.FACETED]
        of_love += [p.value for p, _ in self.kept if keys.spelling(p.key) in keys.FACETED]
        if name and not any(name in value for value in of_love):
            self.kept.append((Proposal("partner" if name.isascii() else "연인", name), PATTERNS))
        for key, who in compounds.lives_with(self.message):
            known = [fact.key for fact in self.known] + [keys.spelling(p.key) for p, _ in self.kept]
            if not (key in known or (key in keys.FACETED and of_love) or any(who in p.value for p, _ in self.kept)):
                self.kept.append((Proposal(key, who), PATTERNS))

    def _go_on(self) -> None:
        """One more of what the turn before told alone ("아 복숭아도", "oh and to walnuts" after an allergy)."""
        more = _ONE_MORE_THING.search(self.message)
        told = {fact.key: fact for fact in self.known if self.before is not None and fact.turn == self.before}
        if more and len(told) == 1 and (key := next(iter(told))) in keys.OF_SEVERAL and not self.kept:
            beside = re.search(r"(\S+)\s말고\s", more[0])
            if beside and beside[1] not in told[key].value:
                return
            self.kept.append((Proposal(key, more["v"] or more["w"], "keep", self.message), PATTERNS))

    def _prefer(self) -> None:
        """The name one would rather be called by, said right after the name ("hmm actually I prefer Kit")."""
        rather = _PREFERRED.fullmatch(self.message) if self.before is not None else None
        told = [fact.value for fact in self.known if fact.key == "name" and fact.turn == self.before]
        if rather is None or not told:
            return
        name = rather["v"]
        # It is made of the letters of the name, as short forms mostly are: "I prefer Samsung" of Sam is no name.
        if name[0] == told[0][:1] and set(name.lower()) <= {*told[0].lower(), "y"}:
            mine = Proposal("name", name, "replace", name, sure=True)
            self.kept = [(p, by) for p, by in self.kept if name not in p.value] + [(mine, PATTERNS)]

    def _give_up(self) -> None:
        """What the user has given up lasts; nothing is added where a proposal that may be kept tells of the same."""
        for one in changing.given_up(self.message):
            told = [p for p, _ in self.kept if changing.tells_of_giving_up(p, one)]
            if all(gate.refusal(p, self.message) for p in told):
                self.kept.append((one, PATTERNS))

    def _keyed(self, proposal: Proposal) -> Proposal:
        """Under the key that what is known gives it."""
        known, message = self.known, self.message
        proposal = _at_the_same_trade(_of_same_kind(proposal, known, self.slip), known, message)
        return _whose_name(_beside_work(proposal, known, message), known, message)

    def put_right(self) -> None:
        """A number, a day or a name that the message tells anew of something known."""
        told = corrections.corrected(self.known, self.message)
        if told is None:
            return
        same = [p for p, _ in self.kept if wording.folded(told.said) in wording.folded(p.value)]
        # Of a number that has grown the others may know better whose it is ("나 이제 스물여섯 살", and only a daughter's age is known).
        if told.slip or all(keys.spelling(p.key) == told.fact.key for p in same):
            self._correct(told, [p for p in same if not _tells_more(p, told.said)])
            self.kept = [
                (replace(p, value=p.value.replace(told.said, "").strip()) if p in same else p, by)
                for p, by in self.kept
            ]

    def _correct(self, right: corrections.Correction, told: Sequence[Proposal]) -> None:
        """Puts a fact right; what is told of it by other proposals is told by this."""
        self.changes += _corrected(self.facts, right, self.message, self.now, self.turn)
        self.kept = [(p, by) for p, by in self.kept if p not in told]
        self.known = [fact for fact in self.known if fact.id != right.fact.id]

    def _part_with(self, over: Iterable[Fact]) -> None:
        """Ends facts; of two animals the one that is still there stays, of work that goes on elsewhere the trade."""
        for fact in over:
            if changing.is_who_is_meant(fact, self.message) or changing.is_another_child(fact, self.message):
                continue
            left = changing.left_of_them(fact, self.message) or changing.without_the_birth(fact, self.message)
            left = left or changing.left_of_parts(fact, [p.value for p, _ in self.kept], self.message)
            left = left or self._trade_left(fact) or changing.shop_elsewhere(fact, self.message)
            left = left or self._name_left(fact)
            key, left = (fact.key, left) if left else self._part_standing(fact)
            left = left if left != fact.value else ""
            # Ended first: "고양이 나비랑 초코" would say all that "고양이 나비" says.
            self.changes.append(self.facts.end(fact.id, turn=self.turn, time=self.now))
            if left:
                self.changes += self.facts.learn(
                    key, left, words=fact.words, extractor=PATTERNS, turn=self.turn, time=self.now
                )

    def _part_standing(self, fact: Fact) -> tuple[str, str]:
        """What the language model says that stands of a fact, with its key: where work was ("Durban" of "Nedbank in Durban") is an area and no
        work, and so is where anything was of which there is one, once another takes its place."""
        left = self.judged.get(fact.id, "")
        told = {keys.spelling(p.key) for p, _ in self.kept}
        if not left or any(wording.folded(left) in wording.folded(p.value) for p, _ in self.kept):
            return fact.key, ""
        where = (
            left.endswith("에서")
            or f"{left}에서" in fact.words
            or re.search(rf"\b(?:in|near|outside) (?:(?:the|an?|my|our) )?{re.escape(left)}$", fact.value)
        )
        if not (where and fact.key in keys.WORK) and (fact.key not in keys.EXCLUSIVE or fact.key not in told):
            return fact.key, left
        place = "area" if english.is_english(fact.value) else "지내는 지역"
        return (place, left.removesuffix("에서")) if where else (fact.key, "")

    def _name_left(self, fact: Fact) -> str:
        """The name of somebody of whom something else is true now; "" where the message parts with him, or tells it anew."""
        name = changing.name_of(fact)
        told = [p.value for p, _ in self.kept if keys.spelling(p.key) == fact.key]
        return name if told and all(name not in value for value in told) and not _LOST.search(self.message) else ""

    def _trade_left(self, fact: Fact) -> str:
        """The trade of somebody who goes on in it elsewhere: "간호사" of "부천 한빛병원 간호사" by "병원 옮긴다, 새봄요양병원 출근"."""
        new = {keys.spelling(p.key) for p, _ in self.kept}
        if fact.key != "직업" or "직업" in new or not changing.goes_on_elsewhere(self.message):
            return ""
        words = fact.value.split()
        trades = [word for word in words if changing.is_trade(word)]  # "노원 공인중개사 사무실"
        return trades[-1] if len(words) > 1 and trades else ""

    def end_as_judged(self) -> None:
        """What the language model sees ended, and with anything that has ended its times."""
        standing = changing.not_just_told(self.known, self.message, self.before, self.now)
        over = [fact for fact in standing if fact.id in self.judged]
        self.kept += _bought(over, self.read_as_over, self.message)
        if moved := _on_another_day(self.kept, over, self.message, self.now):
            self._correct(moved, [p for p, _ in self.kept if not times.without(p.value).strip()])
            standing = [fact for fact in standing if fact.id != moved.fact.id]
            over = []
        self.kept = [(_in_its_place(p, over, [q for q, _ in self.kept], self.message), by) for p, by in self.kept]
        if over:
            why = [(p, gate.refusal(p, self.message)) for p, _ in self.kept]
            new = [p for p, refused in why if refused is None]
            # What is asked or heard of ("지훈이랑 결혼하면 어떨까?") is not over either; only what is told as over is.
            again = {
                wording.folded(p.value)
                for p, refused in why
                if refused not in _TOLD_OVER and not changing.denied(p.value, self.message)
            }
            self._part_with(_judged(standing, self.judged, new, again, self.message, self.turn))
        anew = {change.fact.key for change in self.changes if change.what == "recorded"}
        ended = [change.fact for change in self.changes if change.what == "ended"]
        self.changes += _its_times(
            self.facts, [fact for fact in ended if fact.key not in anew], self.turn, self.now, self.message
        )
        replaced = [fact for fact in ended if fact.key in anew and fact.key in keys.WITH_A_DAY]
        self.changes += _its_twins(self.facts, replaced, self.turn, self.now)
        self._buy([fact for fact in ended if fact.key in _OWNED])

    def _buy(self, sold: Sequence[Fact]) -> None:
        """What was bought for the one thing that was sold, where no proposal tells of it."""
        bought = _SOLD_AND_BOUGHT.search(self.message) if len(sold) == 1 else None
        if bought and not any(bought["v"] in p.value or p.value in bought["v"] for p, _ in self.kept):
            # Not every thing is of the same kind: "sold the Golf and bought a house".
            bike, branded = re.search(r"bike|scooter", bought["v"], re.IGNORECASE), bought["v"][0].isupper()
            alike = branded != (sold[0].key == "instrument") and bought["v"] not in placing.DEVICES
            key = "bike" if bike else sold[0].key if alike else "belongings"
            self.kept.append((Proposal(key, bought["v"], "keep", bought[0]), PATTERNS))

    def keep(self) -> None:
        """What passes the gate is learnt, and takes the place of what it succeeds."""
        message, anew = self.message, changing.replaces(self.message)
        for proposal, by in self.kept:
            if why := gate.refusal(proposal, message) or self._belied(proposal):
                self.refused.append(Refused(proposal, why))
                continue
            proposal, date = dates.dated(proposal, message, self.now)
            date = None if self._told_again(proposal) else date
            if date and proposal.key in _AHEAD and "/" not in date and date < self.now.date().isoformat()[: len(date)]:
                self.refused.append(Refused(proposal, "past"))
                continue
            instead = proposal.act == "replace"
            replaces = _replacing(
                proposal, date, self.turn, message, always=instead or (anew and not proposal.sure), slip=self._slip_of(proposal), of_slip=self._taken_back_of(proposal),
                added=changing.comes_beside(proposal.key, proposal.value, message),
                alone=instead or sum(fact.key == proposal.key for fact in self.known) <= 1,
            )  # fmt: skip
            ended = _moved(self.facts, proposal, message, date, self.turn)
            if _is_nothing_new(proposal, [*ended, *filter(replaces, self.facts.all(key=proposal.key))], message):
                self.refused.append(Refused(proposal, "a word that says nothing of anybody"))
                continue
            self.changes += self.facts.learn(
                proposal.key, proposal.value, words=message, extractor=by, turn=self.turn, time=self.now, date=date,
                replaces=replaces, ended=ended,
            )  # fmt: skip

    def _told_with_the_slip(self, proposal: Proposal) -> list[Fact]:
        """The several facts of somebody that the turn taken back told under a proposal's key; none where it told one, or of nobody."""
        if self.slip is None or proposal.key not in keys.PEOPLE:
            return []
        told = [fact for fact in self.known if fact.turn == self.slip and fact.key == proposal.key]
        return told if len(told) > 1 else []

    def _slip_of(self, proposal: Proposal) -> int | None:
        """The turn that a proposal takes back; None where that told of several and this names another ("sorry, I meant Fionn is 5" leaves Maeve)."""
        told = self._told_with_the_slip(proposal)
        mine = set(wording.words(proposal.value)) - _KINDS_OF_LIVING
        named = [fact for fact in told if mine & set(wording.words(fact.value))]
        return None if named and len(named) < len(told) else self.slip

    def _taken_back_of(self, proposal: Proposal) -> frozenset[int]:
        """Of several facts told in one breath of somebody those that a slip names ("푸들 아니고 비숑이야" leaves "강아지 구름이"); empty: any of them."""
        told = self._told_with_the_slip(proposal)
        words = set(wording.words(self.message)) - _KINDS_OF_LIVING - set(wording.words(proposal.value))
        named = {fact.id for fact in told if any(word in fact.value for word in words if len(word) > 1)}
        return frozenset(named) if len(named) < len(told) else frozenset()

    def _belied(self, proposal: Proposal) -> str | None:
        """Why what passes the gate is not so, by what is known or has just ended; None where it may be."""
        if self._tells_of_what_is_gone(proposal):
            return "what is gone"
        if changing.denied(proposal.value, self.message):
            return "never so"
        same = any(fact.key == proposal.key for fact in self.known)
        if (
            proposal.key in keys.WORK
            and same
            and re.search(rf"{re.escape(proposal.value)}\S{{0,2}}\s+(?:계속|그대로|여전히)", self.message)
        ):
            return "goes on"  # "약국은 계속 해요" of a chemist
        if proposal.key in keys.WORK and same_work(self.message):
            return "goes on"
        of_age = proposal.key in ("나이", "age")
        if of_age and corrections.is_anothers_age(proposal.value, self.known, self.message, self.now):
            return "somebody else's age"
        return None

    def _tells_of_what_is_gone(self, proposal: Proposal) -> bool:
        """Is it nothing but who or what is parted with in the same message ("me and maddy broke up", "I'm done with crossfit"), and is not said to be
        a friend, or married, from now on?"""
        away = re.search(r"\b(?:gave|given) (?P<who>[A-Z]\w+) (?:away )?to (?:my|our|a|the)\b", self.message)
        if away and proposal.key in keys.PEOPLE and away["who"] in proposal.value:
            return True  # "We've given Pip to my niece"
        if keys.is_said(proposal.key, self.message) or (proposal.key in keys.FACETED and _MARRIED.search(self.message)):
            return False
        value = wording.folded(proposal.value)
        ended = (change.fact for change in self.changes if change.what == "ended")
        gone = [fact for fact in ended if value in wording.folded(fact.value)]
        again = [fact.key for fact in gone]
        if again and not _AVERSE.search(proposal.key) and changing.says_over(proposal.value, self.message):
            return True
        # "replaced my Pixel with a Fairphone" tells of no car, "I've never liked Gwen" of no team
        if any(key in _OF_ITS_OWN and key != proposal.key for key in again) and proposal.key not in _NAMES:
            return not _told_apart(value, gone, self.message)
        return proposal.key in keys.PEOPLE and any(key in keys.PEOPLE and key != proposal.key for key in again)

    def _told_again(self, proposal: Proposal) -> bool:
        """Is it what is known, and lasts? "Pepper died Thursday" tells of no other Pepper, of that day."""
        value = wording.folded(proposal.value)
        same = (fact for fact in self.known if fact.key == proposal.key and value in wording.folded(fact.value))
        return not dates.happens(proposal, self.now) and any(same)

    def end_ranks(self) -> None:
        """With the work that was told in one breath with a rank the rank ends."""
        ended = [change.fact for change in self.changes if change.what == "ended" and change.fact.key in keys.WORK]
        for turn in {fact.turn for fact in ended if fact.turn is not None and fact.turn != self.turn}:
            left = self.facts.of_turn(turn)
            if not any(fact.key in keys.WORK for fact in left):
                ranks = [fact for fact in left if fact.key in _OF_WORK and not fact.pinned]
                self.changes += [self.facts.end(fact.id, turn=self.turn, time=self.now) for fact in ranks]


def _of_the_forgotten(fact: Fact, gone: Iterable[Fact], message: str) -> bool:
    """Does a fact tell of what the message has just had forgotten: of the same by its name ("친구: 우재헌 3년" beside "연인: 우재헌"), or under a key
    of which there is one the other half of what one message told ("my address")?"""
    mine = {word for word in wording.content(fact.value) if len(word) > 1}
    for other in gone:
        named = _named_in(other, message)
        # Of all that was named, for two sons are sons, and two friends of Daegu from there.
        if named and named <= mine and keys.spelling(fact.key) in _RELATED and any(map(_may_be_a_name, named)):
            return True
        if not named and fact.key == other.key in keys.EXCLUSIVE and fact.turn == other.turn is not None:
            return True
    return False


def _named_in(fact: Fact, message: str) -> set[str]:
    """The words of a fact that stand in a message, in Korean with whatever particle."""
    said = wording.words(message)
    return {
        word
        for word in wording.content(fact.value)
        if len(word) > 1 and any(one == word or (not word.isascii() and one.startswith(word)) for one in said)
    }


def _may_be_a_name(word: str) -> bool:
    """Is it no word for what somebody is ("cat", "아들", "당뇨")?"""
    return not (word in _KINDS_OF_LIVING or _WHO.fullmatch(word) or changing.is_trade(word))


_KINDS_OF_LIVING = frozenset(
    wording.words(
        "dog cat puppy kitten rabbit hamster horse bird fish tortoise turtle parrot goldfish hen budgie lizard snake gecko ferret second third another son daughter boy girl baby brother sister twin twins cousin uncle aunt niece nephew mum mom dad "
        "mother father best friend friends old ex wife husband girlfriend boyfriend partner fiance fiancee kid child children two three "
        "강아지 고양이 햄스터 토끼 친구 절친 여친 남친 전여친 전남친 여자친구 남자친구 남편 아내 와이프 동생 남동생 여동생 누나 언니 오빠 엄마 아빠 어머니 아버지 대학생 고등학생 중학생 초등학생 당뇨 고혈압"
    )
)


_MARRIED = re.compile(r"결혼|재혼|\bmarri", re.IGNORECASE)
_RELATED = keys.PEOPLE | keys.FACETED | {"어머니", "아버지", "mother", "father", "roommate", "룸메이트"}
_READ = 24
"""So many facts are read for whether they are to be forgotten."""
_OF_WORK = frozenset(["직급", "부서", "rank", "department"])
"""What goes with the work it is in."""


def _told_apart(value: str, gone: Iterable[Fact], message: str) -> bool:
    """Is a folded value, which stands in the facts that are gone, told beside them: twice ("Sold the Honda. I work at Honda"), or where another word
    names what went ("Sold my Civic" of [car: Honda Civic])?"""
    said = wording.folded(message)
    rest = (word for fact in gone for word in wording.folded(fact.value).replace(value, " ").split())
    return said.count(value) > 1 or any(len(word) > 1 and word in said for word in rest)


_NAMES = frozenset(["이름", "별명", "name", "nickname"])
_THINGS = frozenset(["phone", "car", "bike", "laptop", "tablet"])
_OF_ITS_OWN = _NAMES | _THINGS | {"휴대폰", "차", "노트북", "pet", "반려동물"}
"""What ends under these is not told anew under another key."""
_OWNED = _THINGS | {"instrument", "boat", "camera", "possession", "belongings", "computer", "guitar"}
"""What is sold and bought."""


def _to_keep(found: Sequence[Proposal], forgets: Sequence[str], message: str) -> list[tuple[Proposal, str]]:
    """What the patterns want kept; what is asked to be forgotten is no new fact ("내 이름 잊어줘"), and beside it only what is surely told is one
    ("얘기 잊어줘. 이름도 다" names nobody)."""
    keep = [p for p in found if p.act in ("keep", "replace") and not any(p.value in clause for clause in forgets)]
    keep = [p for p in keep if p.sure or not forgets]
    return [(gate.tidy(p, message), PATTERNS) for p in keep if p.key and p.value.strip()]


_RIGHT_WITHIN = re.compile(
    r"(?<=[\s,.!])아니(?:\s아니|다|야|지)?(?:[,.!\s]+)(?:정확히는\s|아니\s)?(?!(?:진짜|글쎄|근데|그런데|왜|도?대체|무슨|어떻게|이게|그게)\s)(?=\S)"
)
_SO_MANY = re.compile(r"(?:하나|둘|셋|넷|다섯|\d\s?(?:명|마리))$")


def _put_right_within(proposals: Sequence[Proposal], message: str) -> list[Proposal]:
    """Those of what one has only once that their own message puts right: "내 생일 11월 20일, 아니 아니 11월 21일이야"."""
    slip = _RIGHT_WITHIN.search(message)
    if slip is None:
        return []
    anew = [p for p in proposals if p.value in message[slip.end() :]]
    after = {keys.spelling(p.key) for p in anew}

    def counted_anew(p: Proposal) -> bool:
        """Only of the same: "딸 둘, 아니 딸 셋" leaves a son."""
        return _SO_MANY.search(p.value) is not None and any(p.value.split()[0] in other.value for other in anew)

    return [
        p
        for p in proposals
        if p not in anew
        and p.value in message[: slip.start()]
        and keys.spelling(p.key) in after
        and (keys.spelling(p.key) in keys.SINGLE or counted_anew(p))
    ]


def _together(
    kept: Sequence[tuple[Proposal, str]], new: Sequence[Proposal], proposer: str
) -> list[tuple[Proposal, str]]:
    """What the patterns and another proposer say, each thing once: whose name it is, and where a value begins, the model reads better than
    a pattern that is not sure, and two readers better than any."""
    mine = [(_in_full(p, new), by) for p, by in kept if not _better_read(p, new)]
    mine = [(p, by) for p, by in mine if not _only_begins(p, new)]
    if any(p.key in keys.FACETED for p in new):
        mine = [(p, by) for p, by in mine if not (p.key in keys.FACETED and wording.RELATION.fullmatch(p.value))]
    every = [*new, *(p for p, _ in mine)]
    mine = [(p, by) for p, by in mine if not _only_a_relation(p, every)]
    new = [p for p in new if not _only_a_relation(p, every)]
    return mine + [(p, proposer) for p in new if not said_already(p, [old for old, _ in mine])]


def _only_a_relation(proposal: Proposal, others: Sequence[Proposal]) -> bool:
    """Is it nothing but who somebody is ("아들", "a son", "fiancée"), where another proposal tells of one of the kind?"""
    if not (wording.RELATION.fullmatch(proposal.value) or _ONLY_A_KIND.fullmatch(proposal.value)):
        return False
    return any(
        keys.spelling(other.key) == keys.spelling(proposal.key)
        and not wording.RELATION.fullmatch(other.value)
        and not _ONLY_A_KIND.fullmatch(other.value)
        for other in others
    )


_ONLY_A_KIND = re.compile(
    r"(?:an? |my |our )?(?:son|daughter|baby|kid|child|cat|dog|kitten|puppy|rabbit|parrot|hamster)|강아지|고양이|아들|딸|아기|아이|애",
    re.IGNORECASE,
)


def _of_same_kind(proposal: Proposal, known: Iterable[Fact], slip: int | None) -> Proposal:
    """Under the key of the one fact that a slip of the turn before told, where it is told of the same kind of thing ("먹고 싶은 음식" right after "좋아하는
    음식", [몸무게: 173] after [키: 172], [name: Mina] after [child: Nina]), whatever key a small model gave it."""
    told = [fact for fact in known if slip is not None and fact.turn == slip]
    if len(told) != 1 or proposal.key == told[0].key or proposal.act != "keep":
        return proposal
    key = told[0].key
    birthday = key in ("생일", "birthday") and proposal.key in _ANY_DAY
    if birthday and _AT_A_TIME.fullmatch(times.without(proposal.value)):
        return replace(proposal, key=key)
    if " " in proposal.key and proposal.key.split()[-1] == key.split()[-1]:
        return replace(proposal, key=key)
    return (
        replace(proposal, key=key) if not proposal.sure and _of_one_shape(told[0].value, proposal.value) else proposal
    )


def _of_one_shape(old: str, new: str) -> bool:
    """Are both a number of the same things, or one word that is spelt nearly so ("Bergen" and "Bergamo")?"""
    one, other = (_ONLY_A_NUMBER.fullmatch(value.strip()) for value in (old, new))
    if one and other:
        return one["unit"] == other["unit"] and one[0] != other[0]
    if " " in old or " " in new or re.search(r"\d", old + new) or min(len(old), len(new)) < 3:
        return False
    return old != new and wording.likeness(old, new) >= _NEARLY


_ONLY_A_NUMBER = re.compile(r"\d+(?:\.\d+)?\s?(?P<unit>[a-z가-힣%]{0,6})", re.IGNORECASE)
_NEARLY = 0.6


def _whose_name(proposal: Proposal, known: Sequence[Fact], message: str) -> Proposal:
    """A name that is given ("이름은 이든이로 정했어요") is that of the child or animal told last, and never the user's; another surname
    behind the user's own first name is ("It's Kimberly Adeyemi from now on"; not "my friend is Kimberly Adams")."""
    mine = {fact.value.split()[0] for fact in known if fact.key == "name"}
    name = re.escape(proposal.value)
    called = rf"\b(?:i['’]?m|i am|call me) {name}\b|\bit['’]?s {name} (?:now|from now on|these days)\b"
    surname = re.fullmatch(r"(?P<first>[A-Z][\w'’-]+)(?: [A-Z][\w'’-]+){1,2}", proposal.value)
    if surname and surname["first"] in mine and re.search(called, message, re.IGNORECASE):
        return replace(proposal, key="name")
    given = rf"(?:(?P<whose>[가-힣]+)\s+)?이름[은을이]?\s*{re.escape(proposal.value)}\S{{0,2}}(?:으로|로)\s*(?:정[했하]|지[었을으]|짓|하[려기]|했|붙[였이])"
    told = re.search(given, message)
    if keys.spelling(proposal.key) != "이름" or told is None or re.search(r"(?:내|제|나|저)\s*이름|개명", message):
        return proposal
    if told["whose"]:
        of = keys.spelling(told["whose"])
        return replace(proposal, key=of if of in ("자녀", "반려동물") else f"{told['whose']} 이름")
    last = next((fact.key for fact in reversed(known) if fact.key in _NAMED_BY_THE_USER), "")
    return replace(proposal, key=_NAMED_BY_THE_USER.get(last, "지은 이름"))


_DONE_WITH = re.compile(
    r"취소|끝[났!]|마쳤|[가-힣]\s봤[어다지음네]|다녀왔|합격|붙었|\b(?:done|over|finished|cancel\w*|passed|failed|went|had my)\b",
    re.IGNORECASE,
)
_THE_SAME_LATER = re.compile(r"\b(?:take|do|have|sit|try|run) it (?:again )?(?:in|on|next)\b", re.IGNORECASE)
_PLAN_CHANGED = r"(?:계획|일정|약속|여행지?|시험|행선지|목적지)\S*\s+(?:\S+\s)?(?:바[꿨꾸꿈뀌뀐]|변경)|\b(?:chang|switch)\w* (?:my|our|the) (?:\w+ )?(?:plans?|trip|exam|booking)\b"
_FELL_OUT = re.compile(
    r"\b(?:cut (?:\w+ )?(?:off|out)|ghosted|blocked|unfriended|friendship|rehom\w+|did(?:n['’]?t| not) make it)\b|차\s?버렸|찼[어다음]|갈라섰|도장 찍|절연|손절",
    re.IGNORECASE,
)
"""Ends of a friendship, a love, an animal's stay that no other rule knows."""
_NO_SWITCH = keys.SINGLE | keys.PEOPLE | {"likes", "dislikes", "allergy", "medicine", "roommate", "flatmate"}
"""Of these one does not become another by switching to anything."""


_SOLD_AND_BOUGHT = re.compile(
    r"\b(?:sold|traded in|swapped|gave away)\b[^.!?]{0,60}?(?:,|\band\b|\bthen\b|\bto(?= buy\b))(?: (?:and|then|i|i['’]ve|we|just|finally)){0,3} (?:bought|picked up|buy|got(?=(?: myself| me)? an? (?:(?-i:[A-Z])|(?:[\w-]+ )?(?:bike|scooter)\b)))(?: myself| me)? (?:an? |the )(?P<v>(?!(?:bit|lot|few|coffee|drink|good|great|bad|decent|fair|laugh|deal|price|call|lift|ride|text|new one)\b)[\w'’-]+(?: [\w'’-]+){0,2}?)"
    r"(?= (?:with|for|from|instead|off|at|in|on|and|to)\b|\s*[.,!;]|\s*$)",
    re.IGNORECASE,
)
"""What one has oneself bought for what was sold; what one "got" may be a cold or the bus, where it bears no name."""


def _bought(
    over: Sequence[Fact], read_as_over: Iterable[tuple[Proposal, str]], message: str
) -> list[tuple[Proposal, str]]:
    """What a small model reads as over with the old one, and was just bought ("the old girl quit on me. bought a Corolla")."""
    if len(over) != 1 or over[0].key not in ("car", "phone", "차", "휴대폰"):
        return []
    return [
        (replace(p, key=over[0].key), by) for p, by in read_as_over
        if wording.folded(p.value) not in wording.folded(over[0].value)
        and re.search(rf"\b(?:bought|got|leased) (?:an? |the |this )?(?:\w+ )?{re.escape(p.value)}\b|{re.escape(p.value)}(?:을|를|로|으로)?\s*(?:샀|뽑|바꿨|구매)", message, re.IGNORECASE)
    ]  # fmt: skip


def _on_another_day(
    kept: Iterable[tuple[Proposal, str]], over: Sequence[Fact], message: str, now: datetime
) -> corrections.Correction | None:
    """The one thing that has a day and is over by the message, on the day that is all a proposal says ("bumped us to the 23rd of feb")."""
    if len(over) > 1 and len({fact.turn for fact in over}) == 1:
        # "dentist appt" and "thursday at 9 root canal", told in one breath
        over = [fact for fact in over if times.find(fact.value, now)]
    key = over[0].key if len(over) == 1 and not over[0].pinned else ""
    if not key:
        return None
    # "토익 봤어. 여행은 20일" and "interview done! I start on the 19th" tell of something else.
    if _DONE_WITH.search(message) and not _THE_SAME_LATER.search(message):
        return None
    of_it = {"일정", "약속", "계획", "appointment", "plan", "schedule", "event", key}
    days = [p for p, _ in kept if keys.spelling(p.key) in of_it and not times.without(p.value).strip()]
    new = times.find(days[0].value, now) if days and gate.refusal(days[0], message) is None else None
    old = times.find(over[0].value, now)
    if new is None or old is None or (len(old.date) < len("2026-05-03") and key not in keys.WITH_A_DAY):
        return None
    moved = corrections.on_the_day(over[0], old, days[0].value, new.date)
    return moved if key in keys.ON_A_DAY else replace(moved, date=None)


def _in_its_place(proposal: Proposal, over: Sequence[Fact], new: Sequence[Proposal], message: str) -> Proposal:
    """Under the key of the one fact that is over, where the message says that it takes the place of something ("올해부터 LG로 갈아탔어" of the
    team one is for, "he's called Bruno now" of a dog), whatever key a small model gave it."""
    if proposal.sure or proposal.act != "keep" or len(over) != 1 or over[0].pinned:
        return proposal
    if proposal.seconded and over[0].key in keys.ON_A_DAY:
        return proposal  # "switched to viola" is no concert
    key, value = over[0].key, re.escape(proposal.value)
    told = any(keys.spelling(p.key) == key for p in new)
    # "폰도 아이폰으로 바꿨어" says itself of what; another company is no trade; "헤어지고 머리 단발로" tells two things.
    named = {keys.spelling(re.sub(r"[은는을를이가도]$", "", word)) for word in message.split()}
    if proposal.key in named or {key, proposal.key} <= keys.WORK or _TWO_EVENTS.search(message):
        return proposal
    instead = rf"{value}(?:으로|로)\s*(?:갈아[탔타탐]|바[꿨꾸꿈]|넘어[갔왔]|전향|교체)|\b(?:switched|changed|gone over) to {value}\b|\b(?:s?he|it|they)(?:['’]?s| is|['’]?re| are) (?:called|named) {value} now\b|\bs?he(?:['’]?s| is) (?:going to be|gonna be) {value}\b"
    if re.search(rf"\bto {value}\b", message, re.IGNORECASE) and (
        key in _NO_SWITCH or keys.one_at_a_time(proposal.key) or proposal.key in keys.PASTIMES - {key}
    ):
        return proposal  # "no more steak, switched to vegan" is a diet, "off sertraline, switched to running" a sport
    if told or not re.search(instead, message, re.IGNORECASE) or not gate.fits(key, proposal.value):
        return proposal
    return replace(proposal, key=key)


_OPENED = r"(?:을|를|에|도|로|으로)?\s+(?:\S*[을를에]\s|새로\s|하나\s|드디어\s|직접\s)?(?:차[렸림려]|개업|열었(?!던)|오픈|장사|창업)"
"""After what is opened: not "창업은 망했어"."""


def _at_the_same_trade(proposal: Proposal, known: Iterable[Fact], message: str) -> Proposal:
    """What somebody has opened, or has been given to do, takes no place of the trade he is in ("내 센터 차림" of a trainer, "2학년 담임 맡았어")."""
    if proposal.key != "직업" or any(map(changing.is_trade, proposal.value.split())) or changing.gives_up(message):
        return proposal
    if not any(fact.key == "직업" and any(map(changing.is_trade, fact.value.split())) for fact in known):
        return proposal
    if re.search(re.escape(proposal.value) + _OPENED, message):
        return replace(proposal, key="가게")
    given = re.search(r"담임|담당", proposal.value) or re.search(
        rf"{re.escape(proposal.value)}\S{{0,2}}\s+(?:\S+\s)?(?:담임|담당|맡)", message
    )
    return replace(proposal, key="담당") if given else proposal


def _beside_work(proposal: Proposal, known: Iterable[Fact], message: str) -> Proposal:
    """Work that is told to have begun beside the work there is ("주말에는 번역도 시작했어") takes no place."""
    begun = rf"{re.escape(proposal.value)}도\s+(?:같이 |함께 |새로 )?(?:시작|병행|하고 있|뛰)"
    if (
        proposal.key in keys.WORK
        and re.search(begun, message)
        and not changing.new_work(message)
        and "새 직장" not in message
        and any(fact.key in keys.WORK and not re.search(r"백수|취준|무직|구직", fact.value) for fact in known)
    ):
        return replace(proposal, key="부업")
    return proposal


def _put_right(
    known: Sequence[Fact], new: Sequence[Proposal], message: str, now: datetime, *, alone: bool
) -> corrections.Correction | None:
    """What the message puts on another day, or says anew of what was told last; nothing where a proposal tells of the same day.

    `alone`: no pattern found anything in it.
    """
    moved = corrections.moved(known, message, now)
    if moved is not None:
        about = wording.bigrams(f"{moved.fact.key} {times.without(moved.fact.value)}")
        told = any(
            corrections.tells_of(moved, p.key, p.value)
            and (about & wording.bigrams(f"{p.key} {times.without(p.value)}") or _only_a_day(p))
            and not gate.refusal(p, message)
            for p in new
        )
        return None if told else moved
    right = corrections.culprit(known, message)
    if right is None and alone:
        right = corrections.put_right(_newest(known, now), known, message, now)
    # What another proposer tells under a key of its own is news, and no correction ("사실 간호사예요").
    if (
        right is not None
        and not message.startswith("*")
        and not english.name_put_right(message)
        and corrections.day_put_right(message, now) is None
        and any(
            right.said in p.value
            and keys.spelling(p.key) not in (right.fact.key, "age", "나이")
            and not gate.refusal(p, message)
            for p in new
        )
    ):
        return None
    return right


def _with_their_days(kept: Sequence[tuple[Proposal, str]], message: str, now: datetime) -> list[tuple[Proposal, str]]:
    """One thing told with its day apart ("[일정: 상담] [약속: 다음 주 화요일 2시]") is one fact."""
    ahead = [(p, times.find(p.value, now)) for p, _ in kept if keys.spelling(p.key) in keys.WITH_A_DAY]
    days = [p for p, day in ahead if day and _AT_A_TIME.fullmatch(times.without(p.value))]
    things = [p for p, day in ahead if not day and p.value.strip()]
    if len(days) != 1 or len(things) != 1:
        return list(kept)
    thing, day = things[0], days[0].value
    parts = [wording.folded(part) for part in patterns.clauses(message)]
    both = [wording.folded(day), wording.folded(thing.value.split()[-1])]
    if not any(all(word in part for word in both) for part in parts):
        return list(kept)
    value = f"{thing.value} {day}" if english.is_english(message) else f"{day} {thing.value}"
    if len(value) > gate.MAX_VALUE:
        return list(kept)
    return [(replace(p, value=value) if p is thing else p, by) for p, by in kept if p is not days[0]]


def _told_as_new(ended: Proposal, said: Sequence[Proposal], known: Iterable[Fact], message: str) -> bool:
    """Is what a memo calls over told by it as a fact too, though nothing is known of it and no word ends it ("moved to york")?"""
    value = wording.folded(ended.value)
    twice = any(p.key not in keys.OVER and wording.folded(p.value) == value for p in said)
    return (
        twice
        and not any(value in wording.folded(fact.value) for fact in known)
        and not any(changing.says_over(ended.value, clause) for clause in [*patterns.clauses(message), message])
    )


def _might_be_a_name(proposal: Proposal, known: Sequence[Fact]) -> bool:
    """Is it a name only because somebody says to be here ("Evening! Chaos here"), and a name is known?"""
    said = proposal.key == "name" and proposal.clause.rstrip(" .!,").endswith(" here")
    # Nor is a home read off the place of one's work news where a home is known ("I'm a teacher in Leeds").
    at_work = proposal.key == "home" and proposal.act == "keep" and not proposal.sure
    return (said and any(fact.key == "name" for fact in known)) or (
        at_work and any(fact.key == "home" for fact in known)
    )


def _tells_more(proposal: Proposal, said: str) -> bool:
    """Does it name one who is new beside how many there are now ("길냥이 후추 세마리")?"""
    return proposal.key in ("반려동물", "pet") and len(wording.content(proposal.value.replace(said, ""))) > 1


def _only_a_day(proposal: Proposal) -> bool:
    """Does it say when, and by its key what ("[면접: 다음 주 목요일]")?"""
    return not times.without(proposal.value).strip() and proposal.key not in _ANY_DAY


def _is_nothing_new(proposal: Proposal, moved: Sequence[Fact], message: str) -> bool:
    """Is it a day on which nothing is that anybody knows of?"""
    day = proposal.key in _ANY_DAY and not (times.without(proposal.value).strip() or times.is_repeated(proposal.value))
    told = re.search(rf"{re.escape(proposal.key)}[이가은도]?\s*(?:하나\s*)?(?:있|잡)", message)
    return day and not told and proposal.act == "keep" and not proposal.sure and not moved


def _newest(known: Iterable[Fact], now: datetime) -> list[Fact]:
    """What the last message that taught anything taught, within the hour."""
    lately = [fact for fact in known if fact.turn is not None and changing.lately(fact, now)]
    newest = max((fact.turn or 0 for fact in lately), default=0)
    return [fact for fact in lately if fact.turn == newest]


def _corrected(
    facts: Facts, told: corrections.Correction, message: str, now: datetime, turn: int | None
) -> list[Change]:
    """Takes the place of the fact whose number, day or name the message puts right."""
    return facts.learn(
        told.fact.key, told.value, words=message, extractor=PATTERNS, turn=turn, time=now, date=told.date,
        replaces=lambda fact: fact.id == told.fact.id,
    )  # fmt: skip


def _moved(facts: Facts, proposal: Proposal, message: str, date: str | None, turn: int | None) -> list[Fact]:
    """Facts it takes the place of under other keys too: the same of another day ("약속: 수요일 건강검진", now "일정: 금요일 건강검진"), the
    former work where there is a new one, another way of doing the same ("매일 소주 한 병" and "술 끊은 지 두 달")."""
    on_a_day, manner = proposal.key in keys.WITH_A_DAY, changing.of_manner(proposal.value, message)
    if not (on_a_day or manner or proposal.key == "직급" or proposal.key in keys.WORK):
        return []
    earlier = [old for old in facts.all() if not old.pinned and (turn is None or old.turn != turn)]
    otherwise = [old for old in earlier if manner and changing.other_manner(proposal.value, old)]
    if proposal.key == "직급":
        return [*otherwise, *(old for old in earlier if old.key in keys.WORK and gate.names_a_rank(old.value))]
    if not on_a_day and proposal.key not in keys.WORK:
        return otherwise
    family = (keys.WITH_A_DAY if on_a_day else keys.WORK) - {proposal.key}
    elsewhere = changing.new_work(message)

    def succeeded(old: Fact) -> bool:
        if on_a_day:
            return corrections.succeeds(proposal.value, date, old)
        if old.words == message:
            return False
        # A new company leaves the trade as it was ("백엔드 개발자"), unless that named the old one.
        if proposal.key == "직장" and any(
            len(word) > 1 and proposal.value.endswith(word) for word in old.value.split()
        ):
            return False  # "도서관 사서" at "마포중앙도서관"
        return changing.at_a_place(old) if proposal.key == "직장" else elsewhere

    return [*otherwise, *(old for old in earlier if old.key in family and old not in otherwise and succeeded(old))]


def _replacing(
    proposal: Proposal,
    date: str | None,
    turn: int | None,
    message: str,
    *,
    always: bool,
    slip: int | None = None,
    of_slip: Collection[int] = (),
    added: bool = False,
    alone: bool = True,
) -> Callable[[Fact], bool]:
    """Which facts of its key a proposal takes the place of. `slip`: the turn whose word it takes back; `added`: it says itself that it
    comes beside what there is ("차 한 대 더"); `alone`: there is one fact of its key at most, so "바꿨어" can mean no other."""
    mine = set(wording.words(proposal.value))
    by_form = proposal.act == "replace"

    def replaces(old: Fact) -> bool:
        earlier = turn is None or old.turn != turn
        if earlier and not keys.one_at_a_time(old.key) and goes_on(old, message):
            return False  # "밴드는 계속해. 보컬로 바꿨어"
        if not earlier and keys.one_at_a_time(old.key) and _THEN_AND_NOW.search(message) and _NOW.search(message):
            return True
        if (
            always
            and not by_form
            and old.key in keys.WITH_A_DAY
            and not (mine & set(wording.words(old.value)) or _only_a_day(proposal))
            # "여행지 바꿨어 오사카로", "changed our trip, …": the plan itself
            and not re.search(rf"{_PLAN_CHANGED}|{re.escape(proposal.value)} instead\b", message, re.IGNORECASE)
        ):
            return False  # "병원 옮긴다, 3일부터 출근" moves no dinner
        if always and not (earlier or by_form):
            return False  # otherwise one message does not change what it tells itself
        if always and old.key in keys.PEOPLE and re.search(r"살|개월", proposal.value) and not gate.counted(old.value):
            return False  # "여섯 살" puts no kindergarten right
        if always and old.key in keys.PEOPLE and gate.counted(old.value) and not gate.counted(proposal.value):
            return False  # "지우 유치원 옮겼어요" leaves how old she is
        if always and (
            alone
            or keys.one_at_a_time(old.key)
            or mine & set(wording.words(old.value))
            or any(len(word) >= wording.SHORTEST and word in message for word in wording.words(old.value))
            or re.search(r"(?<!\S)다 바[꿨꾸]", message)
        ):
            return True
        if slip is not None and old.turn == slip and not old.pinned:
            return not of_slip or old.id in of_slip
        if not earlier or old.pinned:
            return False
        same = _ONE_EVENT.search(message)
        return (
            (bool(_NEW_LOVE.search(message)) if old.key in keys.FACETED else keys.one_at_a_time(old.key) and not added)
            or corrections.succeeds(proposal.value, date, old)
            or (same is not None and old.key in keys.WITH_A_DAY and same[0] in old.words)
        )

    return replaces


def _over(known: Sequence[Fact], message: str, proposed: Sequence[Proposal], turn: int | None) -> list[Fact]:
    """What the message says is over or done, and what a proposer read as over."""
    over = (*changing.over(known, message), *changing.finished(known, message), *changing.undone(known, message))
    told = {fact.id for fact in over}
    for proposal in proposed:
        named = [
            fact for fact in _matching(known, proposal.value)
            if not fact.pinned and not _AVERSE.search(fact.key)
            # "여행 취소했어.. 은채가 발목 부러져서" ends no friend, "목발 없이 걷는다, 어제 자전거도 탐" no bicycle shop
            and (fact.key not in keys.PEOPLE | keys.WORK or (fact.key in keys.WORK and wording.folded(proposal.value) == wording.folded(fact.value)) or can_be_over(fact, message) or changing.takes_back(message) or _FELL_OUT.search(message))
        ]  # fmt: skip
        told |= {fact.id for fact in named if turn is None or fact.turn != turn}
    return sorted((fact for fact in known if fact.id in told and not goes_on(fact, message)), key=lambda fact: fact.id)


def _judged(
    known: Sequence[Fact],
    judged: Collection[int],
    said: Sequence[Proposal],
    again: Collection[str],
    message: str,
    turn: int | None,
) -> list[Fact]:
    """What a judge read as over, but for what another of its kind only comes beside, what is said again, pinned, of this very turn, never over without another in its
    place (a name, an age), or a workplace where all the news is a rank and it names none."""
    beside = changing.adds(message)

    def another(fact: Fact) -> bool:
        """Is what is new of the fact's kind about something else of it ("들깨" beside "고양이 깨순")?"""
        new = [set(wording.words(p.value)) for p in said if keys.spelling(p.key) == fact.key]
        # "둘째 고양이 만두" and "고양이 호떡이" are both cats, and two of them.
        kinds = _KINDS_OF_LIVING if fact.key in ("반려동물", "pet") else frozenset()
        apart = all(not (words - kinds) & set(wording.words(fact.value)) for words in new)
        if (
            new
            and beside
            and fact.key in keys.PEOPLE
            and not (changing.given_away(message) or (_LOST.search(message) and not _ONE_MORE.search(message)))
        ):
            return True  # "고슴도치 한마리 더 데려왔어" beside another hedgehog
        who = _WHO.search(fact.value)
        other = [_WHO.search(p.value) for p in said if keys.spelling(p.key) == fact.key]
        if who and any(each and each[0] == who[0] for each in other):  # no "작은아들" for a "큰아들"
            apart = False  # "아들 농사" is of the son who worked in town
        if (
            not new
            or not apart
            or fact.key in keys.FACETED
            or (fact.key in ("자녀", "임신") and _UNBORN.search(fact.value))
        ):
            return False
        came = fact.key in keys.PEOPLE and _CAME.search(message) and not changing.given_away(message)
        if beside and fact.key in keys.OF_SEVERAL:
            return True  # "passed my exam, so I can say I speak Norwegian as well"
        return bool(came) or ((beside or fact.key in keys.PEOPLE) and not _LOST.search(message))

    told = {keys.spelling(proposal.key) for proposal in said if gate.fits(proposal.key, proposal.value)}
    kept = keys.STAYS - told
    if "직급" in told and not told & keys.WORK:
        kept |= keys.WORK | {"부서"}
    # A new company leaves the trade as it was, another major the school.
    trade, school = "직장" in told and "직업" not in told, "전공" in told and "학교" not in told
    return [
        fact
        for fact in known
        if fact.id in judged and not fact.pinned and (turn is None or fact.turn != turn)
        and wording.folded(fact.value) not in again
        and not another(fact)
        and not (trade and fact.key == "직업" and not changing.at_a_place(fact)) and not (school and fact.key == "학교")
        and (fact.key not in kept or (fact.key in keys.WORK | {"부서"} and gate.names_a_rank(fact.value)))
    ]  # fmt: skip


def _its_times(facts: Facts, ended: Iterable[Fact], turn: int | None, now: datetime, message: str) -> list[Change]:
    """Ends what only says when or how often something was, with the one thing it was told with ("화요일하고 목요일마다" and "필라테스"), what the
    same message told of the same thing in other words ("lactose" beside "lactose intolerant"), and an animal's medicine with the animal."""
    changes = []
    for over in ended:
        left = facts.of_turn(over.turn) if over.turn is not None else []
        twins = [fact for fact in left if _twins(fact, over) and not _apart(fact, over, message)]
        changes += [facts.end(fact.id, turn=turn, time=now) for fact in twins if not fact.pinned]
        left = [fact for fact in left if fact not in twins]
        one = over.key in ("반려동물", "pet") and not _SEVERAL.search(over.words)
        if one:  # "푸들이 14살" of "강아지 이름 초코야 푸들이고 14살"
            of_it = [fact for fact in left if fact.key == over.key and fact.words == over.words and not fact.pinned]
            changes += [facts.end(fact.id, turn=turn, time=now) for fact in of_it]
            left = [fact for fact in left if fact not in of_it]
        pets = over.key == "반려동물" and all(fact.key.startswith("반려동물 ") for fact in left)
        times = all(_ONLY_WHEN.fullmatch(fact.value) and _side_by_side(fact.value, over) for fact in left)
        if pets or times:
            changes += [facts.end(fact.id, turn=turn, time=now) for fact in left if not fact.pinned]
    return changes


def _its_twins(facts: Facts, ended: Iterable[Fact], turn: int | None, now: datetime) -> list[Change]:
    """Ends what the same message told of the same thing ("계획: 9월 베트남 다낭" beside "여행: 9월 다낭") where that is now another."""
    told = [(over, fact) for over in ended if over.turn is not None for fact in facts.of_turn(over.turn)]
    twins = {fact.id: fact for over, fact in told if not fact.pinned and _twins(fact, over)}
    return [facts.end(fact, turn=turn, time=now) for fact in twins]


_SEVERAL = re.compile(
    r"[가-힣](?:이랑|랑|하고|와|과)\s|[가-힣]도\s|마리|그리고|,|\b(?:and|two|three|both|another|also|dogs|cats|\d)\b|&",
    re.IGNORECASE,
)
"""More than one animal may be told of."""


def _twins(one: Fact, other: Fact) -> bool:
    """Do two facts of one message tell the same under keys of one kind?"""
    kinds = [kind for kind in _KINDS if one.key in kind and other.key in kind]
    mine, others = set(wording.content(one.value)), set(wording.content(other.value))
    if one.key.startswith(("좋아하는", "favorite")) and mine != others:
        return False  # no wine on weekends any more, and it is liked as before
    if not (kinds and mine and others) or one.id == other.id:
        return False
    # "marathon training" beside "Rotterdam marathon 12 April"
    ahead = {one.key, other.key} <= keys.ON_A_DAY and not one.date and any(len(word) > 4 for word in mine & others)
    return mine <= others or others <= mine or ahead


def _apart(fact: Fact, over: Fact, message: str) -> bool:
    """Does the message name what is over, and of that something that the fact is not about ("수영은 이제 안 다녀" of "수영 스페인어")?"""
    mine, others = set(wording.content(fact.value)), set(wording.content(over.value))
    text = message.lower()
    return any(len(w) > 1 and w in text for w in others - mine) and not any(len(w) > 1 and w in text for w in mine)


def _side_by_side(when: str, told: Fact) -> bool:
    """Does a time stand next to what a fact tells in its message ("수요일마다 필라테스"), but for a particle?"""
    thing = told.value.split()[-1]
    at, there = told.words.find(when), told.words.find(thing)
    between = there - at - len(when) if there > at else at - there - len(thing)
    return min(at, there) >= 0 and between <= _A_PARTICLE


def may_tell(message: str, known: Iterable[Fact]) -> bool:
    """May the message state something lasting about the user, or take back what is known? Else a proposer that has not learnt
    memos alone (`tasks.reads_alone`) is not asked."""
    return lasting.is_lasting(message) or changing.replaces(message) or any(changing.over(known, message))


def _better_told(proposal: Proposal, others: Sequence[Proposal]) -> bool:
    """Does another proposer tell the value as a part of something else, or the core of it under the same key?"""
    mine, key = wording.folded(proposal.value), keys.spelling(proposal.key)
    with_it = [other for other in others if mine in wording.folded(other.value)]
    if key in keys.PEOPLE and with_it and all(keys.spelling(other.key) in keys.WITH_A_DAY for other in with_it):
        return False  # "my gf Noor and i are flying to lisbon"
    if with_it:
        return key in keys.WORK or all(keys.spelling(other.key) != key for other in with_it)
    if key == "습관":  # of "화요일하고 목요일마다 퇴근하고 필라테스를 다녀" a pattern reads half
        words = {word for word in wording.words(proposal.value) if word.endswith("마다")}
        return any(words & set(wording.words(other.value)) for other in others)
    return any(keys.spelling(other.key) == key and wording.folded(other.value) in mine for other in others)


def _better_read(proposal: Proposal, others: Sequence[Proposal]) -> bool:
    """Do two readers see other words of the same thing ("투이" where a pattern that looks for an ending saw "투"), or any a part of what
    runs on over the end of a sentence ("학습지 교사예요 애들 가르치는거")?"""
    mine, words = wording.folded(proposal.value), set(wording.words(proposal.value))
    if _RUNS_ON.search(proposal.value) and any(
        wording.folded(other.value) in mine or words & set(wording.words(other.value)) for other in others
    ):
        return True
    if _VAGUE.search(proposal.value) and any(o.seconded and o.key == proposal.key in keys.EXCLUSIVE for o in others):
        return True  # "보호소 근처로 이사했어 파주로"
    return proposal.act == "keep" and any(
        other.seconded
        and keys.spelling(other.key) == keys.spelling(proposal.key)
        and wording.folded(other.value) != mine
        and (mine in wording.folded(other.value) or words & set(wording.words(other.value)))
        for other in others
    )


def _only_begins(proposal: Proposal, others: Sequence[Proposal]) -> bool:
    """Is it a plan that tells since when what another proposer tells by its name ("이번 주부터 모아페이로 출근" and [직장: 모아페이])?"""
    if proposal.key not in keys.WITH_A_DAY or "부터" not in proposal.value:
        return False
    told = [wording.folded(o.value) for o in others if keys.spelling(o.key) in keys.SINGLE]
    return any(value in wording.folded(proposal.value) for value in told)


def _in_full(proposal: Proposal, others: Sequence[Proposal]) -> Proposal:
    """With what another proposer tells of the same besides: "누나 지연 은행" for "누나 지연"."""
    if proposal.key not in keys.PEOPLE or proposal.act != "keep":
        return proposal
    mine = set(wording.words(proposal.value))
    fuller = [o.value for o in others if mine < set(wording.words(o.value)) and keys.spelling(o.key) in keys.PEOPLE]
    return replace(proposal, value=fuller[0]) if fuller else proposal


def _exchanged(
    known: Sequence[Fact], found: Iterable[Proposal], message: str, now: datetime
) -> Iterator[corrections.Correction]:
    """What a message says stands instead of something known, under the key of that ("서울 말고 부산이야")."""
    for proposal in found:
        if proposal.key or not proposal.instead or _BESIDES.search(message) or _TO_HER.search(proposal.value):
            continue
        told = known if proposal.sure else [fact for fact in known if not _of_one_person(fact)]
        told = [fact for fact in told if fact.key in keys.PEOPLE] if gate.others(message) else told
        # One may like another telephone better than one's own.
        if patterns.changed.RATHER.search(proposal.clause):
            told = [fact for fact in told if not keys.one_at_a_time(fact.key)]
        # "땅콩은 위험해서 아몬드로 바꿨어" tells what is eaten instead, and of no other allergy
        if patterns.changed.TURNED_TO.search(proposal.clause):
            told = [fact for fact in told if fact.key not in _SUFFERED and not _AVERSE.search(fact.key)]
        # First of all what was just told: "아니다, 울산이 아니고 포항이에요" of a brother's town.
        if corrections.is_mistaken(message):
            told = [*(fact for fact in _newest(known, now) if fact.key in keys.PEOPLE), *told]
        last = proposal.instead.split()[-1]  # of "이름 지연 아니고" the value
        named = (
            (fact, old)
            for old in dict.fromkeys((proposal.instead, last, re.sub(r"[이가]$", "", last)))
            for fact in told
            if not fact.pinned and wording.words(old) and set(wording.words(old)) <= _words_of(fact, message)
        )
        fact, old = next(named, (None, ""))
        if fact and not gate.refusal(gate.tidy(replace(proposal, key=fact.key), message), message):
            value = _swapped(fact.value, old, proposal.value)
            when = times.find(value, now) if fact.date or fact.key in keys.WITH_A_DAY else None
            yield corrections.Correction(fact, value, proposal.value, when.date if when else None)


def _words_of(fact: Fact, message: str) -> set[str]:
    """The words of a fact's value; of what is on a day and is changed also without the particle of a place: "벡스코" of "벡스코에서"."""
    words = set(wording.words(fact.value))
    if fact.key not in keys.WITH_A_DAY or not changing.replaces(message):
        return words
    return words | {re.sub(r"(?<=[가-힣]{2})(?:에서|으로|에|로)$", "", word) for word in words}


def _of_one_person(fact: Fact) -> bool:
    """Who somebody is or with whom, which takes more than "X 말고 Y" to change."""
    return fact.key in keys.SINGLE or fact.key in keys.PEOPLE


def _swapped(value: str, old: str, new: str) -> str:
    """A fact's value with what is old in it made new; a value that is little more than the old one is the new one."""
    if len(value) <= len(old) + 2:
        return new
    # "5월에서 9월 19일로" of "결혼식 5월 16일": the old day goes with its month.
    day = r"(?:\s*\d{1,2}일)?" if re.search(r"\d월$", old) and "일" in new else ""
    swapped = re.sub(re.escape(old) + day, lambda _: new, value)
    return swapped if swapped != value else new


def _told_by(right: corrections.Correction, proposal: Proposal) -> bool:
    """Says a proposal what a correction says, or what that has just taken back ("떡볶이" of "떡볶이에서 마라탕으로 바뀜")?"""
    old, mine = wording.folded(right.fact.value), wording.folded(proposal.value)
    return wording.folded(right.said) in mine or (mine in old and keys.spelling(proposal.key) == right.fact.key)


_SAYS_NOTHING = re.compile(r"(?:in|on|at|to|of|off|up|out|the|an?|my|it|is|no|so|by)", re.IGNORECASE)
"""A small model's slip for what is over: it would be found in every other word."""


def _matching(known: Iterable[Fact], named: str) -> list[Fact]:
    """The facts a few words name: by value, by key, by both."""
    mine = wording.folded(named)
    if _SAYS_NOTHING.fullmatch(named.strip()):
        word = re.compile(rf"\b{re.escape(named.strip())}\b")  # "quit IT" of work in IT
        return [fact for fact in known if named.strip().isupper() and word.search(fact.value)]
    if re.fullmatch(r"[a-z]{1,3}|[가-힣]", mine):
        # "ex" is no Alex, "차" no 기차
        return [
            fact
            for fact in known
            if mine in f"{fact.key} {fact.value}".lower().split() or keys.spelling(named) == fact.key
        ]
    parts = list(wording.content(named))
    exact: list[Fact] = []
    loose: list[Fact] = []
    for fact in known:
        key, value = wording.folded(fact.key), wording.folded(fact.value)
        if mine and (mine in value or value in mine or mine == key or keys.spelling(named) == fact.key):
            exact.append(fact)
        elif parts and all(part in key + value for part in parts):
            loose.append(fact)
    return exact or loose


_EX = re.compile(
    r"전\s?(?:남편|부인|아내|와이프|남친|여친|남자친구|여자친구|애인|처)|(?:my )?ex(?:[- ](?:husband|wife|boyfriend|girlfriend|partner))?",
    re.IGNORECASE,
)


def _an_ex(named: str) -> str:
    """The former love that is named, without "my" and "'s name"; "" for none."""
    who = re.sub(r"(?:의)?\s*(?:이름|얘기|이야기)$|['’]s name$|^my ", "", named.strip(), flags=re.IGNORECASE)
    return who if _EX.fullmatch(who) else ""


def _of_an_ex(known: Iterable[Fact], named: str) -> list[Fact]:
    """The facts of a love, told of a former one in the user's own words ("전남편이 진우라는 사람인데" of [배우자: 진우])."""
    if not (who := _an_ex(named)):
        return []
    loves = [fact for fact in known if fact.key in keys.FACETED]
    return [fact for fact in loves if _told_of_an_ex(fact, who, loves)]


def _told_of_an_ex(fact: Fact, who: str, loves: Iterable[Fact]) -> bool:
    """Does the clause it stands in name the former one, or its message, where that tells of no other love ("my ex Tom cheated. My husband is Ben now")?"""
    first, rest = ("전", who[1:]) if who.startswith("전") else ("ex", who[2:])
    word = re.compile(rf"(?<![가-힣\w]){first}[\s-]?{re.escape(rest.strip(' -'))}(?![a-z]|음)", re.IGNORECASE)
    alone = sum(other.turn == fact.turn for other in loves) == 1
    return word.search(fact.words if alone else gate.clause_of(fact.value, fact.words)) is not None


def _like(known: Iterable[Fact], named: str) -> list[Fact]:
    """The facts most of whose letters a word has: "도박중독 상담" of "도박상담"."""
    mine = wording.bigrams(named)
    return [fact for fact in known if len(mine) > 2 and len(mine & wording.bigrams(fact.value)) >= 0.6 * len(mine)]


def _of_one_ailment(one: Fact, other: Fact) -> bool:
    """Are both of the user's health, told in one message and not side by side ("불면증 때문에 정신과 다녀", no "당뇨랑 고혈압")?"""
    if one.turn is None or one.turn != other.turn or not {one.key, other.key} <= _AILING:
        return False
    first, second = (re.escape(fact.value) for fact in (one, other))
    beside = r"(?:이랑|랑|하고|과|와|,| and| or|이고|고)\s*(?:also |a |an |the |my )?"
    apart = re.search(rf"{first}{beside}{second}|{second}{beside}{first}", one.words, re.IGNORECASE)
    return apart is None


_SUFFERED = frozenset(["건강", "수술", "health", "surgery"])
"""Keys of what nobody changes for another thing."""
_AILING = _SUFFERED | {"약", "medicine", "therapy"}
"""Keys of what ails somebody; an allergy stays by itself."""


def _pointed_at(facts: Facts, of: str, before: int | None) -> list[Fact]:
    """What "그 번호" is: the one of its kind that was told last, or the only one there is; of a name nothing but what was told last."""

    def fits(fact: Fact) -> bool:
        alike = {"이름": keys.PEOPLE, "주소": {"사는 곳"}, "비번": {"비밀번호"}}.get(of, ())
        return of in fact.key or fact.key in alike or (of == "날짜" and fact.date is not None)

    last = facts.of_turn(before) if before is not None else []
    if found := [fact for fact in last if fits(fact)]:
        return found
    if len(last) == 1:
        return last
    found = [fact for fact in facts.all() if fits(fact)]
    return found if len(found) == 1 and of != "이름" else []


def _forget(facts: Facts, recall: Recall, proposal: Proposal, before: int | None) -> list[Change]:
    named = proposal.value
    if _EVERYTHING.search(named):
        return facts.erase([fact.id for fact in facts.all()])
    if _LAST_ONE.search(named):
        return facts.erase([fact.id for fact in facts.of_turn(before)]) if before is not None else []
    if that := patterns.changed.THAT_ONE.fullmatch(named):
        return facts.erase([fact.id for fact in _pointed_at(facts, that["of"], before)])
    known = facts.all()
    found = _matching(known, named) or _of_an_ex(known, named)
    # "치과 예약" and "친구랑 여행 가는 거" name one thing: what a part may name is asked only where the whole names nothing.
    stripped = (
        re.sub(r"^(?:내|제|나의|우리)\s+|\s*(?:얘기|이야기|거|것)$", "", part.strip()) for part in _AND.split(named)
    )
    each = [part for part in stripped if part]
    found += [fact for part in each for fact in _of_an_ex(known, part) if fact not in found]
    parts = [_matching(known, part) or _of_an_ex(known, part) or _like(known, part) for part in each]
    if not found and all(parts):
        found = [fact for fact in known if any(fact in meant for meant in parts)]
    # "my blood pressure medicine": the pressure, and the one medicine that was told with it.
    turns, words, told_as = {f.turn for f in found} - {None}, set(wording.words(named)), {f.key for f in found}
    beside = [f for f in known if f.turn in turns and f.key not in told_as and set(wording.words(f.key)) <= words]
    found += beside if len(beside) == 1 else []
    # The whole name in other facts too: "공황장애 약" with "공황장애".
    mine = [wording.folded(f.value) for f in found if wording.folded(f.value) == wording.folded(named)]
    found += [
        f for f in known if f not in found and any(one in wording.folded(f.value) for one in mine if len(one) > 2)
    ]
    if not found and (stem := re.sub(r"(?<=[가-힣]{2})(?:한|했던|하는|하던|된|됐던)$", "", named)) != named:
        found = _matching(known, stem)
    if not found and (whose := re.fullmatch(rf"(?P<who>{patterns.KIN})(?:의)?\s이름", named)):
        # "여친 이름" of [연인: 여친 신유진]
        found = [fact for fact in known if fact.key in keys.PEOPLE and whose["who"] in fact.value.split()]
    found = found or _recalled(recall, known, named)
    if "about" in proposal.clause:
        found += _in_the_same_sentence(known, found, named)
    found += [fact for fact in known if fact not in found and any(_of_one_ailment(fact, one) for one in found)]
    return facts.erase([fact.id for fact in found])


def _recalled(recall: Recall, known: Iterable[Fact], named: str) -> list[Fact]:
    """What recall takes the words for, and what else the same message told of it ("면접 본다고 한 거")."""
    found = [hit.fact for hit in recall(named, limit=1).hits if not _asks_for_another(named, hit.fact)]
    about = wording.content(named)
    return found + [
        fact
        for fact in known
        if fact not in found
        and fact.key not in keys.PEOPLE
        and any(fact.turn == one.turn is not None and _share(about, fact, one) for one in found)
    ]


def _in_the_same_sentence(known: Iterable[Fact], found: Sequence[Fact], named: str) -> list[Fact]:
    """What ails the user and was told in one sentence with what is named: her name too of "what I told you about my therapist"."""
    turns, who = {fact.turn for fact in found} - {None}, named.lower().removeprefix("my ")
    return [
        fact
        for fact in known
        if fact not in found and fact.turn in turns and fact.key in _AILING and _in_one_sentence(who, fact)
    ]


_ATTRIBUTE = re.compile(
    r"(?P<key>e-?mail|number|address|birthday|password|salary|weight|height|age|name|번호|주소|생일|비번|비밀번호|이메일|연봉|월급|몸무게|나이|이름|키)(?:(?<=mail) address|\s주소)?(?:[은는을를이가도])?$",
    re.IGNORECASE,
)


def _asks_for_another(named: str, fact: Fact) -> bool:
    """Is something named by what it is, of which nothing is known, and the fact only stood beside it ("my phone number" of [name: Leonie]), or a former
    love, and the fact tells of the one there is now?"""
    if _an_ex(named) and fact.key in keys.FACETED:
        return True
    asked = _ATTRIBUTE.search(named.strip())
    return (
        asked is not None
        and asked["key"].lower() not in f"{fact.key} {fact.value}".lower()
        and keys.spelling(re.sub(r"^my ", "", asked[0])) != fact.key
        and not (asked["key"].lower() in ("number", "번호") and re.search(r"\d{4}", fact.value))
    )


def _only_the_named(found: Sequence[Fact], message: str) -> list[Fact]:
    """Of what a reader takes for meant somebody by his name alone, where the message names him and nothing else ("Remove Julian from your memory")."""
    if not english.is_english(message) or _MORE_THAN_THAT.search(message):
        return list(found)
    people = (fact for fact in found if fact.key in keys.PEOPLE)
    names = {word for fact in people for word in _named_in(fact, message) if _may_be_a_name(word)}
    if not names:
        return list(found)
    return [
        fact
        for fact in found
        if fact.key in keys.PEOPLE or names & set(wording.content(fact.value)) or _is_named_too(fact, message)
    ]


def _is_named_too(fact: Fact, message: str) -> bool:
    text = message.lower()
    return fact.key in text or any(len(word) > 2 and word in text for word in wording.content(fact.value))


_ONE_PLACE = [
    (re.compile(r"\bwhere i(?:['’]?m| am)? (?:work|working)\b|어디(?:서|에서)?\s(?:일하|다니)는지", re.IGNORECASE), keys.WORK | {"부서", "직급", "area"}),
    (re.compile(r"\bwhere i(?:['’]?m| am)? (?:live|living)\b|어디\s?(?:에\s)?(?:사는지|산다는)", re.IGNORECASE), frozenset(["home", "사는 곳", "area"])),
    (re.compile(r"\bwhere i(?:['’]?m| am)? (?:study|studying|go to (?:school|uni\w*|college))\b", re.IGNORECASE), frozenset(["school", "학교", "major", "전공"])),
]  # fmt: skip
_MORE_THAN_THAT = re.compile(
    r"\b(?:and|everything|anything|all|also|plus)\b|전부|다\s|모두|[와과랑]\s|하고\s", re.IGNORECASE
)


def _asks_for_one_place(message: str, fact: Fact) -> bool:
    """Does a message ask to forget where something is and nothing else, and the fact tells of another thing?"""
    asked = next((of for form, of in _ONE_PLACE if form.search(message)), None)
    return asked is not None and fact.key not in asked and not _MORE_THAN_THAT.search(message)


def _in_one_sentence(named: str, fact: Fact) -> bool:
    """Did the user name it in the sentence that told the fact?"""
    return any(named in one and fact.value.lower() in one for one in re.split(r"(?<=[.!?])\s", fact.words.lower()))


def _share(words: Iterable[str], one: Fact, other: Fact) -> bool:
    """Do two facts hold the same one of some words?"""
    return any(word in one.value and word in other.value for word in words if len(word) > 1)


def _end(facts: Facts, proposal: Proposal, turn: int | None, now: datetime) -> list[Change]:
    key = keys.spelling(proposal.key)
    found = [fact for fact in facts.all(key=key or None) if not fact.pinned]
    if proposal.value:
        mine = wording.folded(proposal.value)
        found = [fact for fact in found if mine and mine in wording.folded(fact.value)]
    elif not key:
        found = []
    return [facts.end(fact.id, turn=turn, time=now) for fact in found]
