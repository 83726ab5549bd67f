"""Questions about date, weekday and time: what is asked, what is true, and whether a reply says so.

A small language model that is told the date still gets "모레 무슨 요일이야?" wrong now and then. So where a message asks for
nothing but the clock, her reply is checked against it, and where it is wrong she says what the clock says.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime

from ohlora.memory import times

_WEEKDAYS = "월화수목금토일"
_ENGLISH_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_FIXED_DAYS = {
    "크리스마스": (12, 25), "성탄절": (12, 25), "삼일절": (3, 1), "어린이날": (5, 5), "현충일": (6, 6), "광복절": (8, 15),
    "개천절": (10, 3), "한글날": (10, 9), "christmas": (12, 25), "new year": (1, 1), "halloween": (10, 31), "새해": (1, 1),
}  # fmt: skip
# Everything a question about the clock is made of; what is left over says that something else is asked.
_KOREAN = re.compile(
    r"그끄저께|엊그제|그저께|그제|어제|오늘|내일모레|내일|모레|글피|지금|현재|이제|이번|다다음|다음|지난|저번|올해|금년|내년|작년|재작년|내후년|"
    r"혹시|근데|그런데|그럼|그러면|아|음|저기|있잖아|오로라(?:야|씨)?|너|네가|니가|날짜|요일|무슨|어떤|어느|며칠|몇|월|일|년도|년|시간|시각|시|분|주말|주|달|"
    r"오전|오후|[월화수목금토일](?:요일|욜)|하루|사흘|나흘|이틀|열흘|보름|[한두세네]|뒤|후|전|쯤|정도|정확히|정확하게|대략|우리|나라|한국|"
    r"어떻게|어떻|뭐|맞|었|였|알아요?|아니|아세요|알려|말해|가르쳐|줄래|줘요?|주세요|줄\s*수|있어요?|있을까|궁금(?:해|한데)|기억|모르겠|헷갈려|좀|까먹었|"
    r"이야|야|이에요|예요|에요|입니까|인가요|인가|일까요?|이니|니|이지|지|죠|인지|이더라|더라|였지|였더라|이었지|되나요|돼요?|됐어요?|됐지|됐나|되지|이냐|냐|"
    r"이|가|은|는|의|로|으로|에|도|를|을|요|며|고|나|까지|부터|남았|어|까|ㅋ|ㅎ|\d|\s|[?!.,~…]"
)
_ENGLISH = re.compile(
    r"'s\b|\b(?:what's|what|whats|which|is|it|was|will|be|the|a|day|date|time|year|month|weekday|of|week|today|today's|todays|tomorrow|tomorrow's|yesterday|"
    r"yesterday's|now|right|current|currently|next|last|this|on|in|days?|weeks?|ago|after|before|from|do|you|know|tell|me|can|could|please|"
    r"hey|aurora|so|and|have|got|we|are|exact|exactly|again|monday|tuesday|wednesday|thursday|friday|saturday|sunday|i|wonder|forgot|date's|"
    r"year's|the|to|say|give|two|three|four|five|six|seven|one|an)\b|[\d\s?!.,']",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Asked:
    """What a message asks of the clock: `kinds` among date, weekday, time, year, month, left; about `day` (to `last`)."""

    kinds: frozenset[str]
    day: date
    word: str
    korean: bool
    now: datetime
    last: date

    def holds(self, reply: str) -> bool:
        """Does a reply say what is asked, and nothing about the clock that is wrong?"""
        if self.last != self.day:
            return False  # a range is better told by the clock
        ok = True
        weekday = _WEEKDAYS[self.day.weekday()]
        if "weekday" in self.kinds:
            told = set(re.findall(r"([월화수목금토일])요일", reply)) | {
                _WEEKDAYS[i] for i, name in enumerate(_ENGLISH_DAYS) if name.lower() in reply.lower()
            }
            ok &= told == {weekday}
        if "date" in self.kinds:
            ok &= bool(
                re.search(rf"(?<!\d){self.day.day}(?:일|st|nd|rd|th|\b)", reply)
                and re.search(rf"(?<!\d){self.day.month}\s?월|{_ENGLISH_MONTHS[self.day.month - 1]}", reply)
            )
            ok &= set(re.findall(r"(\d{1,2})\s?월", reply)) <= {str(self.day.month)}
            ok &= set(re.findall(r"(\d{1,2})\s?일(?!요)", reply)) <= {str(self.day.day)}
        if "time" in self.kinds:
            ok &= self._right_time(reply)
        if "year" in self.kinds:
            ok &= set(re.findall(r"(?<!\d)\d{4}(?!\d)", reply)) == {str(self.day.year)}
        if "month" in self.kinds:
            ok &= bool(re.search(rf"(?<!\d){self.day.month}\s?월|{_ENGLISH_MONTHS[self.day.month - 1]}", reply))
        if "left" in self.kinds:
            ok &= set(re.findall(r"\d+(?=\s?일|\s?days?)", reply)) == {str((self.day - self.now.date()).days)}
        years = set(re.findall(r"(?<!\d)(?:19|20)\d{2}(?=\s?년|\b)", reply))
        return ok and years <= {str(self.day.year)}

    def _right_time(self, reply: str) -> bool:
        hour, minute = self.now.hour, self.now.minute
        hours = set(map(int, re.findall(r"(\d{1,2})\s?(?:시(?!간)|:)", reply)))
        minutes = set(map(int, re.findall(r"(?:시\s?|:)(\d{1,2})", reply)))
        half = "오전" if hour < 12 else "오후"
        wrong_half = ("오후" if hour < 12 else "오전") in reply or (" pm" if hour < 12 else " am") in reply.lower()
        right_hour = hours <= {hour, hour % 12 or 12} and bool(hours)
        sure = (hour in hours and hour > 12) or half in reply or (" am" if hour < 12 else " pm") in reply.lower()
        return right_hour and sure and not wrong_half and minutes == ({minute} if minute else set())

    def said(self) -> str:
        """The answer, as she would say it."""
        return self._korean() if self.korean else self._english()

    def _korean(self) -> str:
        day, weekday = self.day, _WEEKDAYS[self.day.weekday()]
        parts = []
        if "left" in self.kinds:
            left = (day - self.now.date()).days
            return f"{self.word}까지 {left}일 남았어요." if left else f"바로 오늘이에요, {self.word}!"
        told, today = f"{self.word}{_topic(self.word)}", self.now.date()
        if self.kinds & {"date", "weekday"}:
            past = "이었어요" if day < today else "이에요"
            named = f"{day.year}년 {day.month}월 {day.day}일"
            if re.search(r"\d+월 ?\d+일", self.word):
                parts.append(f"{told} {weekday}요일{past}.")
            elif self.last != day:
                parts.append(f"{told} {day.month}월 {day.day}일부터 {self.last.month}월 {self.last.day}일까지예요.")
            else:
                parts.append(f"{told} {named}{'' if '요일' in self.word else f' {weekday}요일'}{past}.")
        elif "month" in self.kinds:
            past = "이었어요" if (day.year, day.month) < (today.year, today.month) else "이에요"
            parts.append(f"{told} {day.year}년 {day.month}월{past}.")
        elif "year" in self.kinds:
            parts.append(f"{told} {day.year}년{'이었어요' if day.year < today.year else '이에요'}.")
        if "time" in self.kinds:
            half = "오전" if self.now.hour < 12 else "오후"
            minute = f" {self.now.minute}분" if self.now.minute else ""
            parts.append(f"지금은 {half} {self.now.hour % 12 or 12}시{minute}{'이에요' if minute else '예요'}.")
        return " ".join(parts)

    def _english(self) -> str:
        day, weekday = self.day, _ENGLISH_DAYS[self.day.weekday()]
        name = self.word[:1].upper() + self.word[1:]
        verb = "was" if day < self.now.date() else "is"
        if "left" in self.kinds:
            left = (day - self.now.date()).days
            return f"{left} day{'s' if left != 1 else ''} to go until {self.word}!"
        parts = []
        if self.kinds & {"date", "weekday"}:
            if self.last != day:
                last = f"{_ENGLISH_MONTHS[self.last.month - 1]} {self.last.day}"
                parts.append(f"{name} is from {_ENGLISH_MONTHS[day.month - 1]} {day.day} to {last}.")
            else:
                parts.append(f"{name} {verb} {weekday}, {_ENGLISH_MONTHS[day.month - 1]} {day.day}, {day.year}.")
        elif "month" in self.kinds:
            parts.append(f"It's {_ENGLISH_MONTHS[day.month - 1]} {day.year}.")
        elif "year" in self.kinds:
            parts.append(f"{'It' if name == 'Today' else name} {verb} {day.year}.")
        if "time" in self.kinds:
            half = "AM" if self.now.hour < 12 else "PM"
            parts.append(f"It's {self.now.hour % 12 or 12}:{self.now.minute:02d} {half} now.")
        return " ".join(parts)


def asked(message: str, now: datetime) -> Asked | None:
    """What a message asks of the clock; None where it asks for something else, or for more than that."""
    text = " ".join(message.split())
    korean = bool(re.search("[가-힣]", text))
    if len(text) > 80:
        return None
    left = _left(text, now, korean)
    if left:
        return left
    kinds = _kinds(text, korean)
    rest = _KOREAN.sub("", text) if korean else _ENGLISH.sub("", text)
    if not kinds or rest.strip():
        return None
    return _about(text, kinds, now, korean)


def _kinds(text: str, korean: bool) -> set[str]:
    lower = text.lower()
    if korean:
        forms = {
            "weekday": r"무슨\s*요일|요일이\s*(?:뭐|어떻)|어떤\s*요일|몇\s*요일|무슨\s*날|요일\s*(?:알려|말해|뭐|좀)|요일(?:이야|이지|이에요|인가|인지)",
            "date": r"며칠|몇\s*일(?!\s*(?:남|뒤|후|전))|날짜|몇\s*월\s*몇\s*일",
            "time": r"(?:지금|현재)\s*(?:오전|오후)|몇\s*시|몇\s*분|시간이?\s*(?:어떻|몇|뭐|좀|알려)|현재\s*시[간각]|지금\s*시[간각]|시[간각]\s*(?:알려|말해)",
            "year": r"몇\s*년|몇\s*년도|무슨\s*년",
            "month": r"몇\s*월(?!\s*(?:몇|며칠))|무슨\s*달",
        }
    else:
        forms = {
            "weekday": r"what day|which day|day of the week|what weekday|\b(?:is|was) (?:it|today|tomorrow|yesterday) (?:a )?\w+day\b",
            "date": r"\bdate\b",
            "time": r"\btime\b",
            "year": r"\byear\b",
            "month": r"\bmonth\b",
        }
    return {kind for kind, form in forms.items() if re.search(form, lower)}


def _about(text: str, kinds: set[str], now: datetime, korean: bool) -> Asked:
    when = times.find(text, now)
    day, word, last = now.date(), "오늘" if korean else "today", None
    if when and len(when.date) == 10:
        day = date.fromisoformat(when.date)
        word = re.sub(r"(?:은|는|이|가|의|에)$", "", text[when.start : when.end].strip())
        if (
            not korean
            and re.search(r"\btoday\b|\bis it\b", text.lower())
            and not re.search(r"next|last|this", word.lower())
        ):
            day, word = now.date(), "today"
    elif when and "/" in when.date and kinds & {"date", "weekday"}:
        first, final = when.date.split("/")
        day, last = date.fromisoformat(first), date.fromisoformat(final)
        word = text[when.start : when.end].strip()
    elif when and len(when.date) == 7 and kinds & {"month", "year"}:
        day, word = date(int(when.date[:4]), int(when.date[5:]), 1), text[when.start : when.end].strip()
    elif when and len(when.date) == 4 and "year" in kinds:
        day, word = date(int(when.date), 1, 1), text[when.start : when.end].strip()
    if kinds == {"year"} and word in ("오늘", "today"):
        word = "올해" if korean else "today"
    if kinds == {"month"} and word == "오늘":
        word = "이번 달"
    return Asked(frozenset(kinds), day, word, korean, now, last or day)


def _left(text: str, now: datetime, korean: bool) -> Asked | None:
    """ "크리스마스까지 며칠 남았어?" """
    if not re.search(
        r"까지\s*(?:며칠|몇\s*일)(?:이나|나)?\s*(?:남|있|더)|how many days (?:until|till|to|are left)", text.lower()
    ):
        return None
    name = next((name for name in _FIXED_DAYS if name in text.lower()), None)
    when = times.find(text, now)
    if name:
        month, day = _FIXED_DAYS[name]
        target = date(now.year, month, day)
        target = target if target >= now.date() else target.replace(year=now.year + 1)
        return Asked(frozenset({"left"}), target, name if korean else name.title(), korean, now, target)
    if when and len(when.date) == 10 and date.fromisoformat(when.date) >= now.date() and when.start == 0:
        target = date.fromisoformat(when.date)
        return Asked(frozenset({"left"}), target, text[: when.end], korean, now, target)
    return None


def _topic(word: str) -> str:
    last = word[-1]
    return "은" if "가" <= last <= "힣" and (ord(last) - ord("가")) % 28 else "는"
