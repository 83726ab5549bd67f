"""Numbers, days and names that a message says anew of something known: "이제 네 마리", "면접이 화요일로 밀렸대", "앗 자몽이야".

Reads the message and the facts there are, and says which fact has which value now.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ohlora.memory import english, gate, keys, patterns, times, wording
from ohlora.memory.facts import Fact

_COUNTED = re.compile(
    r"(?P<n>\d+|하나|둘|셋|넷|한|두|세|네|다섯|여섯|일곱|여덟|아홉|열\S{0,2}|스무|스물\S{0,2}|서른\S{0,2}|마흔\S{0,2}|"
    r"one|two|three|four|five|six|seven|eight|nine|ten)\s*"
    r"(?P<unit>살|세|마리|명|개월|개|년|학년|반(?![응찬지대려장정나납품복박성])|층|평|번|점|권|갑|잔|병(?![원문실동가])|만 ?원|만|천 ?원|등급|급|단(?![계어지체위독순골백짝])|호선|밀리|미리|mm|mg|kg|킬로|키로|km|cm|센티|대|years?|cats?|dogs?|kids?|months?)(?![가-힣]*동)"
)
_OF_MANY_THINGS = frozenset(["만", "만원", "만 원", "천원", "천 원", "반", "단", "병", "급", "등급"])
_SLIP = re.compile(
    r"아니[다야요에,. ]|아니$|미안|아차|잘못|오타|정정|수정|뻥|실수|손이 미끄러|손가락이 미끄러|착각|헷갈|만으로|말고|거짓말이|(?:음력|양력)이고|(?:주민등록|호적)상|"
    r"\b(?:wrong|typo|mistake|i mean|correction|actually|sorry|fat fingers?|oops|whoops)\b",
    re.IGNORECASE,
)
_MIXED_UP = re.compile(
    r"\b(?:i (?:got |have )?mixed (?:it |them |the (?:days?|dates?|months?)(?: and (?:the )?\w+)? )?up|i (?:said|gave|told you|wrote|typed|put) the wrong (?:day|date|month)|wrong (?:day|date|month)[.!]|i meant\b(?! to\b))",
    re.IGNORECASE,
)
_PAST = 20
"""The final consonant ㅆ, in which verbs of the past end."""
_MISTAKEN = re.compile(
    r"(?<!장난 )(?<!별거 )(?<!일 )아니[다야에]|^(?:아|어|음|앗)?\s*아니\s(?!근데|진짜|왜|뭐|글쎄|어떻게|그게)|아냐|앗|아차|잘못 (?:말|썼|봤|알|쳤|적|눌)|오타(?!\s*(?:작렬|대박|투성|많|났|나[네는]|천지))|손이 미끄러|손가락이 미끄러|정정|다시 (?:보니|봤|확인|생각)|헷갈|착각|실수|"
    r"^\*[A-Z가-힣](?![^*]*\*[^*]*\*)|^(?i:sorry|oops|whoops|typo|correction|i mean(?:t)?|(?:no,? )?(?:hang|hold) on|no,? wait|wait,? no)[,!.:\s]|\b(?i:fat fingers?)\b|"
    r"^아\s\S+다\s|생각해\s?보니"
)
_NAME = r"(?P<v>[가-힣A-Za-z0-9]{2,8}?)"
_BARE = [
    re.compile(each)
    for each in (
        rf"(?:^|[\s.,!~]){_NAME}(?:이네|네|이야|야|이에요|예요|이요|요(?=\s+(?P=v))|임|입니다|이었|였|이다)(?:요|어요|어|네|네요|구나)?(?:\s+(?P=v))?[\s.!~ㅋㅎㅠㅜ]*$",
        rf"^(?:아|어|음|앗)?\s*아니\s+{_NAME}(?=ㅋ|ㅎ|이야|야|임|이에요|예요|[!.~]|$)",
        rf"^아\s+{_NAME}(?:이다|다)\s+(?P=v)(?=\s|$|[ㅋㅎ!.~])",
        r"^\*(?P<v>[A-Z가-힣][\w'-]{1,19})(?=[\s.!]|$)(?![^*]*\*)",
        r"^(?i:(?:sorry|oops|whoops|typo|correction|i mean(?:t)?)[,!.:\s]+|(?:no|wait)[,!.]\s*(?=\w+[!.,\s]))(?i:no[, ]+)?(?i:it'?s |he'?s |she'?s |i mean(?:t)? |make that )?(?P<v>[A-Za-z0-9'-]{2,20})(?=[!.,\s]*$|[!.]\s)",
        rf"^사실\s+{_NAME}(?:이에요|예요|이야|야|임|입니다)(?=\s|$|[.!~])",
    )
]
"""What is said instead of a slip: the thing alone."""
_NO_NAME = re.compile(
    r"(?:아니|진짜|정말|대박|최고|최악|농담|장난|거짓말|뻥|그거|이거|그게|이게|맞|괜찮|그래|뭐|너|나|우리|오늘|내일|사실|비밀|처음|혼자|그냥|별로|바로|다음|이번|문제|때문|생각|기분|실화|레알|정도|당연|완전|너무|"
    r"(?i:no|wait|just|the|that|my|it|not|kidding|forgot|never|nevermind|but|if|this|what|i|am|okay|ok|yes|yeah|really|again|late|bad|about|for|why|what|who|how|where|when|thanks|thank|sure|please|wow|lol|god|busy|(?:mon|tues|wednes|thurs|fri|satur|sun)days?)$|미안|죄송|고마|안녕|네|응|그런|이런|저런|어제|지금|아직|벌써|다행|정답|반대|비슷|똑같)"
)
_NUMBER_WORD = re.compile(
    r"\b(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)\b",
    re.IGNORECASE,
)
_KOREAN_NUMBER = r"(?:\d+|(?:열|스물|서른|마흔|쉰|예순|일흔|여든)(?:하나|둘|셋|넷|다섯|여섯|일곱|여덟|아홉)?|하나|둘|셋|넷|다섯|여섯|일곱|여덟|아홉)"
_AMAZED = re.compile(r"(?:헷갈리|잘못 알|착각하|틀리)다니")
"""Says of a slip what it was like, and puts nothing right: "이런 걸 헷갈리다니 불효자네"."""
_SLIPPED_NUMBER = re.compile(
    r"(?:(?:아|앗|어|헉|참)[\s,]+)?(?:잘못 (?:말|썼|적|쳤|눌렀)\S*|오타\S*|정정\S*|헷갈렸\S*)[\s,.!]+"
    rf"{_KOREAN_NUMBER}(?:이야|야|이에요|예요|임|입니다)[.!~ㅋㅎ]*(?=\s)"
)
"""A number put right, with its reason after it: "아 잘못 말했다 스물다섯이야. 걔 생일이 빨라서"."""
_NOT_THAT_MANY = re.compile(r"(?i:no|wait)[,!.]\s")
_CULPRIT = re.compile(r"범인은\s*(?P<v>[가-힣]{1,8}?)(?:이래|래|이었대|였대|이었|였|이야|야|이에요|예요)")
_BY_NOW = re.compile(
    r"(?:으로|로)\s*(?:하자|할래|할게|잡[을자]|낮[출췄추]|줄[일이였]|늘[릴리렸]|올[릴리렸]|바꿀|바꾸)|이제|이젠|벌써|늘어|늘었|줄었|바뀌|바꼈|바뀜|올라|됐|\bnow\b",
    re.IGNORECASE,
)
_MORE = re.compile(r"\s*(?:더|추가|전|뒤|후|만에|째|동안|more|ago|later|(?:이|가)?\s?(?:아니[고라]|말고))")
_SHAPES = (
    ("day", re.compile(r"\d{1,2}월\s*\d{1,2}일")),
    ("date", re.compile(r"(?<![\d월])(?<!월 )\d{1,2}일(?!\s*(?:뒤|후|전|동안|째|만))")),
    ("counted", _COUNTED),
    ("bare", re.compile(r"(?<![\d.])\d{2,3}(?![\d.]|\s*(?:월|일|시|분|번|원|년|층|호|%))")),
)
_WEEKDAY = re.compile(times.WEEKDAY)
_A_WEEKDAY = re.compile(rf"{times.WEEKDAY}|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b", re.IGNORECASE)
_DATE = re.compile(r"\d{1,2}일")
_MEASURED = frozenset(["키", "몸무게", "height", "weight"])
_ANNUAL = frozenset(["생일", "기념일", "birthday", "anniversary"])
_ANOTHER_DAY = re.compile(
    r"(?:으로|로)\s*(?:\S+\s+)?(?:미[뤄뤘루]|밀[려렸]|물[려렸]|당[겨겼]|앞당|연기|변경|바[꾸꿨뀌뀐뀜꼈]|옮[겼겨기김]|조정|늦[춰췄])|\b(?:postponed|moved|rescheduled|pushed|(?:has|have|['’]s|is|are|got) (?:been )?(?:switched|changed|shifted))\b.*",
    re.IGNORECASE,
)
"""What is put off or brought forward: the day stands before it, in English after it."""
_IS_ON = re.compile(
    r"(?:은|는)\s.*?(?:요일|욜|\d일|내일|모레)(?:이래|이라|래요|로 정|이에요|예요|이야|입니다|이네)|다시 (?:보니|봤|확인).*?(?:요일|욜|\d일|내일|모레)(?:이네|네|이야|이에요|예요|이래)"
)
_FROM_NUMBER = re.compile(
    r"(?<![\d.])(?P<old>\d{1,4})\s*(?P<unit>[가-힣%A-Za-z]{0,3}?)\s*에서\s*(?P<new>\d{1,4})(?P<after>[가-힣%A-Za-z]{0,3}?)\s*(?:으로|로|까지|이 됐|가 됐)"
)


_SETTLED = re.compile(
    r"(?:에|로|으로|쯤)?\s*(?:(?:하|보|치르|가)기로\s*|다시\s*|새로\s*)*(?:(?<=기로)\s*했|됐|되었|정했|정해|잡았|잡혔|잡힘|확정|바뀌|바꼈|변경|연기|미뤄|밀[려렸])[가-힣]*[\s.!~…ㅋㅎㅠㅜ]*"
)
"""What is left of a message that only says on which day something is ("9월 12일에 하기로 했답니다")."""
_OPENING = re.compile(r"(?:(?:그래서|결국|다시|일단|새로|근데|그럼|날짜[는은]?)\s*)?")
"""What may stand before such a day."""


_TO_NUMBER = re.compile(
    r"\b(?:bumped|raised|lowered|upped|increased|reduced|dropped|cut)\b[^.!?,]*?\bto\s+(?P<to>\d[\d,.]*\s?[a-z%]*)",
    re.IGNORECASE,
)
_TO_NUMBER_KOREAN = re.compile(
    r"(?P<to>\d[\d,.]*\s?[가-힣A-Za-z%]{0,4}?)(?:으로|로)\s*(?:올[렸리]|늘[렸리]|줄[였이]|낮[췄추]|내[렸리]|증량|감량|조정)(?:셨|했|했어|었|어)?"
)
"""A number that something is set to."""
_NOT_SET = re.compile(
    r"달라|줘|려고|려면|싶|좋겠|까였|면\s|[래대]요?\W*$|\b(?:if|want|wants|would|might|may|will|'ll|should|not|no|said|ask(?:ed)?|starts?|starting|going into|next|soon|my (?:sister|brother|friend|son|daughter|mum|mom|dad|wife|husband|cat|dog))\b|n['’]t\b",
    re.IGNORECASE,
)
"""It is not so yet, or not the user's."""
_QUANTITY = re.compile(r"(?P<n>\d[\d,.]*\d|\d)\s?(?P<unit>[가-힣A-Za-z%]*)")
_OFTEN = frozenset(["하루", "매일", "일주일", "한달", "매주", "회", "주"])
_YEAR = re.compile(r"\b(?P<unit>year|grade)\s+(?P<n>\d{1,2})\b", re.IGNORECASE)
_ALIKE = 0.5
"""So much alike are a name and its slip (Ratcliff and Obershelp)."""


def turns_round(message: str) -> bool:
    """Does the message say that something just said was wrong, or is otherwise by now?"""
    return (_SLIP.search(message) or _BY_NOW.search(message)) is not None


@dataclass(frozen=True)
class Correction:
    """A fact with another number, day or name: its new value, what is new as said, the new day, and whether the old one was a slip of the tongue."""

    fact: Fact
    value: str
    said: str
    date: str | None = None
    slip: bool = False


def _newest_first(facts: Sequence[Fact]) -> list[Fact]:
    return sorted(facts, key=lambda fact: fact.id, reverse=True)


def on_the_day(fact: Fact, old: times.When, said: str, date: str) -> Correction:
    """The fact with another day in the place of its old one."""
    return Correction(fact, f"{fact.value[: old.start]}{said}{fact.value[old.end :]}", said, date)


def moved(facts: Sequence[Fact], message: str, now: datetime) -> Correction | None:
    """What a message puts on another day, naming it: "면접이 다음 주 화요일로 밀렸대" after "9월 10일 면접"; the newest, where several are named."""
    if patterns.asks(message) or patterns.is_unreal(message) or patterns.is_order(message):
        return None
    alone = times.find(message, now)
    if alone and _SETTLED.fullmatch(message[alone.end :]) and _OPENING.fullmatch(message[: alone.start]):
        said = message[alone.start : alone.end]
        return _the_one_dated(facts, said, alone.date, now) if _is_ahead(alone.date, now) else None
    cue = _ANOTHER_DAY.search(message) or _IS_ON.search(message)
    if cue is None:
        return None
    day = times.last(message[: cue.end()], now)
    if day is None:  # "switched to Fridays" is no date
        weekdays = _A_WEEKDAY.findall(message[: cue.end()])
        return _on_another_weekday(facts, weekdays[-1], message) if weekdays else None
    said = message[day.start : day.end]
    for fact in _newest_first(facts):
        if fact.pinned or fact.date is None or fact.date == day.date or fact.key in _ANNUAL:
            continue
        old = times.find(fact.value, now)
        if old is not None and _names(times.without(fact.value), message):
            return on_the_day(fact, old, said, day.date)
    return _on_another_weekday(facts, said, message)


_TO_THE_DAY = r"\b(?:to|for|till|until|onto) (?:\d[\d:]*(?: ?[ap]m)? (?:on )?)?(?:every |next |the |this |a |a new )?{0}|(?<=[가-힣\s]){0}(?:\s?반)?\S{{0,4}}로"
"""It is the day that changes: not "my yoga friend moved to Leeds on Friday"."""


def _on_another_weekday(facts: Sequence[Fact], said: str, message: str) -> Correction | None:
    """What is done every week and has no date, on another day ("물리치료 받는 날이 금요일로 바뀌었습니다" after "수요일마다 물리치료")."""
    new = _A_WEEKDAY.search(said)
    for fact in _newest_first(facts) if new else ():
        days = _A_WEEKDAY.findall(fact.value)
        if (
            not fact.pinned
            and not fact.date
            and len(days) == 1
            and new
            and days[0].rstrip("s") != new[0].rstrip("s")
            and re.search(_TO_THE_DAY.format(re.escape(new[0])), message, re.IGNORECASE)
            and _names(times.without(fact.value), message)
        ):
            day = new[0] if days[0].endswith("s") else new[0].removesuffix("s")
            return Correction(fact, fact.value.replace(days[0], day), new[0])
    return None


def _is_ahead(date: str, now: datetime) -> bool:
    """Is a day, month or year not over yet?"""
    return date >= now.date().isoformat()[: len(date)]


def _the_one_dated(facts: Sequence[Fact], said: str, date: str, now: datetime) -> Correction | None:
    """The only thing that has a day, on another one, where a message says nothing but the day."""
    dated = [
        fact
        for fact in facts
        if fact.date and _is_ahead(fact.date, now) and not fact.pinned and fact.key in keys.WITH_A_DAY
    ]
    if len(dated) != 1 or dated[0].date == date or (old := times.find(dated[0].value, now)) is None:
        return None
    return on_the_day(dated[0], old, said, date)


def tells_of(event: Correction, key: str, value: str) -> bool:
    """Does a fact tell of the same event by its name, so that its day is the one to keep?"""
    return key in keys.WITH_A_DAY and _names(times.without(event.fact.value), value)


def _names(words: str, message: str) -> bool:
    """Do the words of a fact, but for those of one letter, stand in the message?"""
    named = [word for word in wording.content(words) if len(word) >= wording.SHORTEST]
    return bool(named) and any(word in message for word in named)


def corrected(facts: Sequence[Fact], message: str) -> Correction | None:
    """The fact whose number or day the message puts right without naming it.

    "앗 아니다 만으로 하면 여섯 살이죠" after "딸 일곱 살"; "이제 네 마리 집사" after "고양이 세 마리"; "뻥이고 169임" after "키: 172". Where several facts have
    such a number, the newest; but only for a slip of the tongue, which is of what was just said.
    """
    if (step := _FROM_NUMBER.search(message)) and not patterns.asks(message):
        grown = _with_number(facts, step)
        if grown is not None:
            return grown
    if (right := _taken_back(facts, message) or _set_to(facts, message)) is not None:
        return right
    cue = _SLIP.search(message)
    if (cue or _BY_NOW.search(message)) is None or patterns.asks(message) or patterns.is_order(message):
        return None
    if cue is None and patterns.is_unreal(message):  # a joke taken back ("뻥이고 169임") is none
        return None
    found = [(shape, m) for shape, told in _SHAPES for m in told.finditer(message) if not _MORE.match(message, m.end())]
    if not found:
        return None
    shape, new = max(found, key=lambda each: each[1].start())
    told = dict(_SHAPES)[shape]
    fitting = []
    for fact in _newest_first(facts):
        among = (_DATE if shape == "date" else told).finditer(fact.value)
        old = next((number for number in among if _unit(number) == _unit(new)), None)
        if not old or fact.pinned or not _named_too(new, fact, message):
            continue
        if shape != "bare" or fact.key in _MEASURED or _a_year_older(fact, old, new):
            fitting.append((fact, old[0]))
    if not fitting or (len(fitting) > 1 and cue is None):
        return None
    fact, old_words = fitting[0]
    if wording.squash(old_words) == wording.squash(new[0]) or (shape in ("day", "date") and fact.key not in _ANNUAL):
        return None
    number = new[0].strip()
    return Correction(fact, fact.value.replace(old_words, number), number, slip=cue is not None)


_NO_ANIMAL = re.compile(
    r"\b(?:boss|manager|sister|brother|son|daughter|mum|mom|dad|mother|father|friend|husband|wife|boyfriend|girlfriend|cousin|nephew|niece|baby|teacher|trans\w*|company|band|team|app|boat|car|street|they renam\w+|if i|would|i['’]d|it['’]s called)\b",
    re.IGNORECASE,
)


def _new_name(facts: Sequence[Fact], told_before: Sequence[Fact], name: str, message: str) -> Correction | None:
    """The animal told last, under its new name."""
    if _NO_ANIMAL.search(message) or patterns.asks(message) or patterns.is_unreal(message):
        return None
    animals = [fact for fact in facts if fact.key == "pet" and not fact.pinned]
    said = set(wording.words(message))
    named = [fact for fact in animals if said & set(wording.words(fact.value))]
    near = re.search(r"\brenam(?:ed|ing) (?:him|her|(?:the|our|my) (?:pet|puppy|pup|kitten))\b", message, re.IGNORECASE)
    animals = named or [fact for fact in animals if near or fact in told_before]
    old = re.findall(r"\b[A-Z][a-z]+\b", animals[-1].value)[-1:] if animals else []
    return Correction(animals[-1], animals[-1].value.replace(old[0], name), name) if old and old != [name] else None


def _renamed(told_before: Sequence[Fact], facts: Sequence[Fact], message: str) -> Correction | None:
    """The fact just told, with the name that an English message says is right ("Ronan!! not Rowan")."""
    if not english.is_english(message):
        return None
    names = english.renamed(message)
    if names is None and (called := english.animal_renamed(message)):
        return _new_name(facts, told_before, called, message)
    if names is None:
        name = english.name_put_right(message)
        if name:
            return _nearest_name(told_before, name)
        word = english.word_put_right(message)
        return _nearest_name(told_before, word, of_places=True) if word else None
    new, old = names
    for fact in told_before if not any(new in fact.value.split() for fact in told_before) else ():
        alike = wording.likeness(new, old) >= _ALIKE
        if not fact.pinned and old in fact.value.split() and alike:
            return Correction(fact, fact.value.replace(old, new), new)
    return None


_NEARLY = 0.7
_SPELT_OUT = 0.6
"""Enough where nothing but the word is told: "autocorrect, BERGAMO" of Bergen."""
_PLACES = frozenset(["home", "hometown", "workplace", "school", "job", "trip", "plan"])


def _nearest_name(told_before: Sequence[Fact], name: str, *, of_places: bool = False) -> Correction | None:
    """The fact just told with the name in it that is spelt most nearly so: "autocorrect. her name is Mira" of "niece Mina"."""
    least = _SPELT_OUT if of_places else _NEARLY
    words = [
        (wording.likeness(word, name), fact, word)
        for fact in told_before
        for word in fact.value.split()
        if word[:1].isupper() and word != name and not fact.pinned and (of_places or fact.key not in _PLACES)
    ]
    alike, fact, word = max(words, key=lambda each: each[0], default=(0.0, None, ""))
    if fact is None or alike < least:
        return None
    return Correction(fact, fact.value.replace(word, name.capitalize()), name)


_NO_WORD = (
    r"(?!(?i:no|nope|nah|wait|sorry|oops|oh|ah|hmm|it|its|it['’]s|that|this|these|the|an?|and|but|so|or|if|is|isn['’]t|was|am|are|i['’]?m|he|she|they|we|you|me|my|lol|haha|actually|why|what|"
    r"please|do|does|did|could|would|should|can|will|just|really|maybe|probably|definitely|honey|hon|love|babe|baby|dear|mate|dude|bro|darling|sweetie|guys|ok|okay|thanks|yes|yeah|still|only|also|too|as|of|in|at|on|to|for|with|now|then|there|here)\b)"
)
"""Nothing that stands in the place of anything."""
_STANDS_BARE = (
    r"(?:^|[.!?,;:]\s*)(?:(?:(?:no|it|that|i|he|she|they|we)(?:['’]?(?:s|m|re))?|it is|i am|i meant|should be|but),? )?"
)
"""What a word that puts right may stand behind; "I ate cashews, not peanuts" puts nothing right."""
_NOT_THIS = re.compile(
    rf"{_STANDS_BARE}{_NO_WORD}(?P<new>[\w'’-]{{2,}}|\d+),? not (?P<old>[\w'’-]{{2,}}|\d+)(?=\s*[.!;]|\s*$)|"
    rf"{_STANDS_BARE}not (?P<old_>[\w'’-]{{2,}}|\d+)(?:,| but) (?:(?:it['’]?s|it is) {_NO_WORD}(?P<its>[\w'’-]{{2,}}|\d+)\b|(?:(?:but|i meant) )?{_NO_WORD}(?P<new_>[\w'’-]{{2,}}|\d+)(?=\s*[.,!;]|\s*$))",
    re.IGNORECASE,
)
_I_MEANT = re.compile(
    r"(?:\b(?i:i meant)|(?:^|\b(?i:sorry|oops|whoops|wait|no|typo|correction)[,.!]? )(?i:i mean|make that|should (?:be|say)|it['’]?s actually))(?: (?i:to (?:say|write|type)))? (?:(?i:size|number|no\.?) )?(?P<new>(?-i:[A-Z])[^\W\d_]+|\d+)(?=\s*[.,!;]|\s*$)"
)
_OOPS = re.compile(
    r"\b(?:sorry|oops|whoops|wait|ach|argh|gah|typo|autocorrect|correction|mistake|wrong|fib\w*|lied|lying|chang\w+|my bad|(?:fat )?fingers?|typing|brain|i mean(?:t)?|actually)\b",
    re.IGNORECASE,
)
"""Says that what was written was a slip."""


def _taken_back(facts: Sequence[Fact], message: str) -> Correction | None:
    """The fact with another word, where an English message says which word was a slip ("Ach, it's 31, not 13. My fingers."), or of the newest
    message the name spelt nearly so or the only number of as many digits ("sorry, I meant Amira. typing too fast")."""
    if not _OOPS.search(message) or patterns.asks(message) or not english.is_english(message):
        return None
    newest = [fact for fact in _newest_first(facts) if not fact.pinned]
    if told := _NOT_THIS.search(message):
        latest = newest[0].turn if newest else None
        new, old = told["new"] or told["its"] or told["new_"], told["old"] or told["old_"]
        word = re.compile(rf"(?<![\w'’-]){re.escape(old)}(?![\w-])", re.IGNORECASE)
        for fact in newest if new.isdigit() == old.isdigit() else ():
            # What was told long ago is put right by more than a word: only a number of which there is one.
            near = fact.turn == latest or (new.isdigit() and fact.key in keys.SINGLE)
            if near and word.search(fact.value) and not (fact.date and new.isdigit()):
                return Correction(fact, word.sub(new, fact.value, count=1), new, slip=True)
    told = _I_MEANT.search(message)
    # Of "Ran 18 laps today. Sorry, I meant 19." it is the laps that are put right.
    if told and newest and not (told["new"].isdigit() and re.search(r"\d", message[: told.start()])):
        return _meant_instead([fact for fact in newest if fact.turn == newest[0].turn], told["new"])
    return None


def _meant_instead(just_told: Sequence[Fact], new: str) -> Correction | None:
    """Of what was just told the one that a name or number puts right."""
    if not new.isdigit():
        right = _nearest_name(just_told, new)
        return None if right is None else Correction(right.fact, right.value, new, slip=True)
    form = re.compile(rf"(?<![\w.,])\d{{{len(new)}}}(?![\w.,])")
    found = [(fact, form.findall(fact.value)) for fact in just_told if not fact.date]
    fitting = [fact for fact, numbers in found if len(numbers) == 1 and numbers != [new]]
    if len(fitting) != 1:
        return None
    return Correction(fitting[0], form.sub(new, fitting[0].value), new, slip=True)


_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = {
    name: 10 * (at + 2)
    for at, name in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"])
}
_ONES = {
    name: at + 1 for at, name in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
}
_KOREAN_TENS = {
    name: 10 * (at + 1) for at, name in enumerate(["열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔"])
}
_KOREAN_ONES = {
    name: at + 1 for at, name in enumerate(["하나", "둘", "셋", "넷", "다섯", "여섯", "일곱", "여덟", "아홉"])
} | {
    "한": 1,
    "두": 2,
    "세": 3,
    "네": 4,
}


def years(value: str) -> int | None:
    """The years of an age as it is told: "34", "thirty-four", "서른넷", "스무 살"; None for another text, or months."""
    text = value.strip().lower()
    if re.search(r"개월|months?|weeks?", text):
        return None
    if number := re.match(r"(?:만\s*)?(\d{1,3})(?!\d)", text):
        return int(number[1])
    if text.startswith("스무"):
        return 20
    for tens, of_ten in _KOREAN_TENS.items():
        if text.startswith(tens):
            rest = text.removeprefix(tens)
            return of_ten + next((n for name, n in _KOREAN_ONES.items() if rest.startswith(name)), 0)
    first, _, second = text.replace("-", " ").partition(" ")
    if first in _TEENS:
        return 10 + _TEENS.index(first)
    return _TENS[first] + _ONES.get(second.split(" ")[0], 0) if first in _TENS else None


_OF_AGE_MYSELF = re.compile(
    r"\b(?:i['’]?m|i am|i(?:['’]?ve| have)? (?:just |now |finally |officially )*(?:turn\w*|hit|reached)|my age|i was|to me|birthday|the big)\b|나이|살|생일|"
    r"^\W*(?:(?:so|well|just|finally|officially|omg|yay)\W+)*turn(?:ed|ing)\b|(?<![가-힣])(?:나|난|저|전|내가|제가|나도|저도|나는|저는)(?![가-힣])",
    re.IGNORECASE,
)


def is_anothers_age(value: str, known: Sequence[Fact], message: str, now: datetime) -> bool:
    """Is an age not the user's, who was of another when last told, without a word of a slip or of oneself ("We lost old Moss. Fourteen, a good innings.")?"""
    age = years(value)
    told = [fact for fact in known if fact.key in ("나이", "age") and years(fact.value) is not None]
    if age is None or not told or _SLIP.search(message) or _OOPS.search(message) or _OF_AGE_MYSELF.search(message):
        return False
    since = now - datetime.fromisoformat(told[-1].recorded)
    before = years(told[-1].value) or 0
    return not before <= age <= before + 2 + since.days // 365


def _set_to(facts: Sequence[Fact], message: str) -> Correction | None:
    """The one fact that the message names and whose only number it raises, lowers, or counts on ("bumped the sertraline up to 100", "Otto's in year 5 now")."""
    step = (_TO_NUMBER if english.is_english(message) else _TO_NUMBER_KOREAN).search(message)
    year = _YEAR.search(message)
    if (
        (step or year) is None
        or patterns.asks(message)
        or patterns.is_unreal(message)
        or _NOT_SET.search(message)
        or gate.others(message)
    ):
        return None
    found = [
        told
        for fact in facts
        if not fact.pinned
        and not fact.date
        and (told := _stepped(fact, step, message) or _a_year_on(fact, year, message))
    ]
    return found[0] if len(found) == 1 else None


def _stepped(fact: Fact, step: re.Match[str] | None, message: str) -> Correction | None:
    """A fact with one number, in the unit that is set anew; all its other words stand in the message."""
    numbers = list(_QUANTITY.finditer(fact.value))
    new = _QUANTITY.search(step["to"]) if step else None
    if len(numbers) != 1 or new is None or new["n"] == numbers[0]["n"]:
        return None
    old_unit, unit = numbers[0]["unit"].lower(), new["unit"].lower()
    words = [
        word
        for word in wording.content(_QUANTITY.sub(" ", fact.value))
        if len(word) >= wording.SHORTEST and word not in _OFTEN
    ]
    named = bool(words) and all(word.lower() in message.lower() for word in words)
    return _with_its(fact, numbers[0], new["n"]) if named and unit in (old_unit, "") else None


def _a_year_on(fact: Fact, year: re.Match[str] | None, message: str) -> Correction | None:
    """Somebody named who is in the next year or grade at school now."""
    old = _YEAR.search(fact.value)
    if (
        year is None
        or old is None
        or old["unit"].lower() != year["unit"].lower()
        or int(year["n"]) != int(old["n"]) + 1
    ):
        return None
    names = [
        word for word in re.findall(r"[A-Z][a-z]{2,}", _YEAR.sub(" ", fact.value)) if word.lower() in message.lower()
    ]
    return _with_its(fact, old, year["n"]) if names else None


def _with_its(fact: Fact, old: re.Match[str], number: str) -> Correction:
    """The fact with another number in the place of the one found in its value."""
    return Correction(fact, f"{fact.value[: old.start('n')]}{number}{fact.value[old.end('n') :]}", number, slip=True)


def _named_too(new: re.Match[str], fact: Fact, message: str) -> bool:
    """Where the unit is one of many things (money, bottles, classes): does the message name what the fact is about, or the unit itself?"""
    unit = _unit(new)
    if unit not in _OF_MANY_THINGS:
        return True
    named = [
        word for word in wording.content(f"{fact.key} {_COUNTED.sub(' ', fact.value)}") if len(word) >= wording.SHORTEST
    ]
    return (
        any(word in message for word in named) or re.search(rf"(?<![\d가-힣]){unit}[을은이가]\s", message) is not None
    )


def _a_year_older(fact: Fact, old: re.Match[str], new: re.Match[str]) -> bool:
    """Is a bare number the user's next age ("이제 34임" after "33살")?"""
    return fact.key in ("나이", "age") and int(new[0]) == int(old[0]) + 1


def _with_number(facts: Sequence[Fact], step: re.Match[str]) -> Correction | None:
    """The newest fact with the number that "130에서 155까지" starts from."""
    old = re.compile(rf"(?<![\d.]){step['old']}(?![\d.])")
    for fact in _newest_first(facts):
        if not fact.pinned and fact.date is None and old.search(fact.value):
            return Correction(fact, old.sub(step["new"], fact.value), step["new"], slip=True)
    return None


def _unit(number: re.Match[str]) -> str | None:
    return number.groupdict().get("unit")


def is_mistaken(message: str) -> bool:
    """Does the message take back what was just said ("음 아니다, 다시 생각해보니 …")?"""
    return _MISTAKEN.search(message) is not None


def put_right(told_before: Sequence[Fact], known: Sequence[Fact], message: str, now: datetime) -> Correction | None:
    """What "아 잘못 말했다 자몽이야" or "앗 다시 보니까 목요일이네요" puts right: the last word of the one fact just told, or the newest day.

    Args:
        told_before: facts of the message before.
        known: all facts.
    """
    known = sorted(known, key=lambda fact: fact.id)
    dated = [fact for fact in known if fact.date and times.find(fact.value, now)]
    if (renamed := _renamed(told_before, known, message)) is not None:
        return renamed
    if _MIXED_UP.search(message) and (day := times.last(message, now)):
        return _mixed_up(told_before, message[day.start : day.end], now)
    if day := day_put_right(message, now):
        said = message[day.start : day.end]
        right = _mixed_up(told_before, said, now)
        # A weekday says nothing of "June 12": "oh wait it's friday lol".
        return right if right and _is_a_date(said) == _is_a_date(_day_of(right.fact.value, now)) else None
    if _AMAZED.search(message):
        return None
    if message.rstrip().endswith("?") or not (
        _MISTAKEN.search(message) or message.startswith("사실 ") or _NOT_THAT_MANY.match(message)
    ):
        return None
    last_word = told_before[0].value.split()[-1] if len(told_before) == 1 else ""
    if (number := _SLIPPED_NUMBER.match(message)) and re.fullmatch(_KOREAN_NUMBER, last_word):
        message = number[0]
    found = (form.search(message) for form in _BARE)
    bare = next((told for told in found if told and _is_a_name(told["v"]) and not patterns.asks(told[0])), None)
    if bare is None:
        return None
    day = times.find(bare["v"], now)
    if day is not None:
        return _other_day(dated, bare["v"], day.date, now)
    fact = told_before[0] if len(told_before) == 1 else None
    if fact is None or fact.pinned or _COUNTED.search(bare["v"]) or not re.search(r"[가-힣A-Za-z0-9]{2}", bare["v"]):
        return None
    if re.match(r"(?i:no|wait)\b", message) and not _NUMBER_WORD.fullmatch(bare["v"]):
        return None
    if _NUMBER_WORD.fullmatch(bare["v"]):
        number = _NUMBER_WORD.search(fact.value)
        return Correction(fact, fact.value.replace(number[0], bare["v"], 1), bare["v"]) if number else None
    *kept, last = fact.value.split()
    if bare["v"].isascii() and not (bare["v"][0].isupper() and last[0].isupper()):  # "Sorry, busy." names nothing
        return None
    return Correction(fact, " ".join([*kept, bare["v"]]), bare["v"])


_OOPS_BEFORE = re.compile(
    r"\W*(?:(?:no|oh|oops|whoops|sorry|wait|argh|ugh|typo|correction|hang on|hold on|my bad|i mean(?:t)?|make that|should (?:be|say)|it['’]?s|that['’]?s|on|the)\b\W*)+",
    re.IGNORECASE,
)
_A_LINE = 100
_OOPS_AFTER = re.compile(
    r"(?:\W*(?:sorry|oops|typo|lol|haha|i mean(?:t)?|fat fingers?|my bad|actually))*\W*", re.IGNORECASE
)


def day_put_right(message: str, now: datetime) -> times.When | None:
    """The day that is all an English message says beside that there was a slip ("wait typo, June 21"; not "oh wait, that's tomorrow")."""
    # Days are looked for last: that takes long in a long message.
    if len(message) >= _A_LINE or not _OOPS.search(message) or message.rstrip().endswith("?"):
        return None
    day = times.last(message, now)
    if day is None or re.search(r"\bto(?:day|night|morrow)\b|\byesterday\b", message, re.IGNORECASE):
        return None
    before, after = message[: day.start], message[day.end :]
    slip = _OOPS.search(f"{before} {after}") and _OOPS_BEFORE.fullmatch(before) and _OOPS_AFTER.fullmatch(after)
    return day if slip else None


def _day_of(value: str, now: datetime) -> str:
    day = times.find(value, now)
    return value[day.start : day.end] if day else ""


def _is_a_date(day: str) -> bool:
    return re.search(r"\d", day) is not None


def _mixed_up(told_before: Sequence[Fact], said: str, now: datetime) -> Correction | None:
    """The one fact just told that names a day, on another one ("i mixed up the day and month. its 3 august")."""
    found = [(fact, day) for fact in told_before if not fact.pinned and (day := times.find(fact.value, now))]
    if len(found) != 1:
        return None
    fact, old = found[0]
    return Correction(fact, f"{fact.value[: old.start]}{said}{fact.value[old.end :]}", said)


def _is_a_name(word: str) -> bool:
    """Not "뒤집혔" of "숫자가 뒤집혔네", not "진짜" of "아니 진짜야"."""
    past = "가" <= word[-1] <= "힣" and (ord(word[-1]) - ord("가")) % 28 == _PAST
    return not past and _NO_NAME.match(word) is None


def culprit(facts: Sequence[Fact], message: str) -> Correction | None:
    """What somebody is allergic to after all ("범인은 호두래요")."""
    told = _CULPRIT.search(message)
    known = [fact for fact in facts if fact.key in ("알레르기", "allergy") and not fact.pinned]
    if told is None or not known or patterns.asks(message):
        return None
    return Correction(known[-1], told["v"], told["v"])


def _other_day(dated: Sequence[Fact], said: str, date: str, now: datetime) -> Correction | None:
    """The newest day told, on another one; a weekday alone is one of the same week as the day that was wrong."""
    if not dated:
        return None
    fact = dated[-1]
    old = times.find(fact.value, now)
    if old is None or not fact.date or fact.pinned:
        return None
    if _WEEKDAY.fullmatch(said) and len(fact.date) == 10:
        wrong = datetime.fromisoformat(fact.date)
        date = (wrong + timedelta(days=times.WEEKDAYS.index(said[0]) - wrong.weekday())).date().isoformat()
    return on_the_day(fact, old, said, date)


def succeeds(value: str, date: str | None, old: Fact) -> bool:
    """Is a new value of the same key the old fact at a later time: the same thing with another number, or another day?

    "고양이 네 마리" after "고양이 세 마리", "여섯 살" after "딸 일곱 살", "건강검진 금요일" after "건강검진 수요일"; not "강아지 두 마리".
    """
    new_count, old_count = _COUNTED.search(value), _COUNTED.search(old.value)
    mine, theirs = (_named(text) for text in (value, old.value))
    if new_count and old_count and new_count["unit"] == old_count["unit"]:
        return new_count["n"] != old_count["n"] and (not mine or bool(mine & theirs))
    return bool(date and old.date and date != old.date and mine & theirs)


def _named(value: str) -> set[str]:
    """The words of a value that are neither its number nor its day."""
    bare = times.without(_COUNTED.sub(" ", value))
    return {word for word in wording.content(bare) if len(word) >= wording.SHORTEST}
