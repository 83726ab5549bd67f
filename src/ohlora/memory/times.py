"""Words for days become dates by the clock of the turn: 내일, 지난주 금요일, 3월에, 사흘 뒤, next Friday, in June.

A date is written as exactly as it was said: "2026-03-06", "2026-03", "2026", or a closed range "2026-03-09/2026-03-15" for
a week. Weeks begin on Monday. Knows nothing of facts.
"""

import calendar
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

WEEKDAYS = "월화수목금토일"
WEEKDAY = rf"[{WEEKDAYS}](?:요일|욜)"
"""A day of the week as it is typed (pattern)."""

_DAY = {name: number for number, name in enumerate(WEEKDAYS)}
_NAMED_DAY = rf"(?P<day>[{WEEKDAYS}])(?:요일|욜)"
_ENGLISH_DAY = {
    name: number for number, names in enumerate(
        ("monday mon", "tuesday tue tues", "wednesday wed weds", "thursday thu thur thurs", "friday fri", "saturday sat", "sunday sun")
    ) for name in names.split()
}  # fmt: skip
_MONTH = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_MONTH |= {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_COUNT = {
    "하루": 1, "이틀": 2, "사흘": 3, "나흘": 4, "닷새": 5, "엿새": 6, "이레": 7, "열흘": 10, "보름": 15,
    "한": 1, "두": 2, "세": 3, "석": 3, "네": 4, "넉": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9, "열": 10,
    "일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "육": 6,
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "couple": 2,
}  # fmt: skip
_NEAR = {
    "그끄저께": -3, "그저께": -2, "그제": -2, "엊그제": -2, "어제": -1, "어젯밤": -1, "오늘": 0, "이따": 0, "내일모레": 2,
    "낼모레": 2, "내일": 1, "낼": 1, "모레": 2, "글피": 3,
    "day before yesterday": -2, "yesterday": -1, "last night": -1, "today": 0, "tonight": 0, "day after tomorrow": 2,
    "tomorrow": 1, "tmrw": 1, "tmr": 1, "tomoz": 1,
}  # fmt: skip
_WEEK = {
    "저저번": -2, "지지난": -2, "지난": -1, "저번": -1, "이번": 0, "금": 0, "이": 0, "다음": 1, "담": 1, "내": 1, "다다음": 2, "다담": 2, "담담": 2,
}  # fmt: skip
_YEAR = {"재작년": -2, "작년": -1, "지난해": -1, "올해": 0, "금년": 0, "내년": 1, "내후년": 2, "last year": -1, "this year": 0, "next year": 1}  # fmt: skip

_FEAST = {
    "크리스마스이브": (12, 24), "크리스마스": (12, 25), "성탄절": (12, 25), "어린이날": (5, 5), "어버이날": (5, 8), "스승의날": (5, 15),
    "삼일절": (3, 1), "현충일": (6, 6), "광복절": (8, 15), "개천절": (10, 3), "한글날": (10, 9), "밸런타인데이": (2, 14), "발렌타인데이": (2, 14),
    "화이트데이": (3, 14), "빼빼로데이": (11, 11), "핼러윈": (10, 31), "할로윈": (10, 31), "만우절": (4, 1), "식목일": (4, 5),
    "christmaseve": (12, 24), "christmas": (12, 25), "valentine'sday": (2, 14), "halloween": (10, 31), "newyear'seve": (12, 31),
    "newyear'sday": (1, 1),
}  # fmt: skip
"""Days of the same date every year: month, day. (설날 and 추석 go by the moon.)"""

_SEASON = {"봄": 3, "여름": 6, "가을": 9, "겨울": 12, "spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
"""Its first month."""

_NTH = {"첫": 1, "첫째": 1, "첫번째": 1, "둘째": 2, "두번째": 2, "셋째": 3, "세번째": 3, "넷째": 4, "네번째": 4, "마지막": -1,
        "first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}  # fmt: skip
_NTHS = "|".join(re.sub(r"(?<=.)(?=번째)", r"\\s*", name) for name in sorted(_NTH, key=len, reverse=True))
# What may follow "the 17th" where it is a day: not "the 17th floor".
_DAY_ENDS = r"(?=\s*(?:[.,;:!?)\n]|$)|\s+(?:at|and|tho|though|btw|haha|yay|ugh|which|when|for|in|with|because|cos|so|but|i|we|if|to|till|until|from|now|instead|this|next|then|again|after|before|im|i'm|lol|pls|please)\b|\s*[-–])"

_PUT = r"(?:postponed|moved|changed|shifted|pushed|pulled|brought forward|rescheduled|preponed)"
_NUMBER = r"\d+|한|두|세|석|네|넉|다섯|여섯|일곱|여덟|아홉|열|일|이|삼|사|오|육"
_ENGLISH_NUMBER = r"\d+|an?(?! couple)|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:a )?couple of"
_UNIT = r"(?:days?|weeks?|fortnights?|months?|years?)"
_ABOUT = r"(?:(?:exactly|about|around|roughly|just|like|only|under|less than) )?"
_DAYS = "|".join(sorted(_ENGLISH_DAY, key=len, reverse=True))
_MONTHS = "|".join(sorted(_MONTH, key=len, reverse=True))
# Written with a space or without: 크리스마스 이브, 스승의 날.
_FEASTS = "|".join(
    re.sub(r"(?<=.)(?=이브|날|eve$|day$|'s|year)", r"\\s*", name) for name in sorted(_FEAST, key=len, reverse=True)
)
_YEARS = "|".join(sorted(_YEAR, key=len, reverse=True))
# After a weekday: the day itself follows, and says it ("Friday, March 20th"; "목요일(4월 2일)").
_NOT_DATED = rf"(?!,?\s+(?:the\s+)?(?:(?:{_MONTHS})\.?\s+\d|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:{_MONTHS})\b))"
_NOT_DATED_KO = r"(?!\s*[,(]?\s*\d{1,2}\s*월\s*\d{1,2}\s*일)"
_SHORT = r"(?<![가-힣])(?:이|내)(?=달(?:[\s에의초말중부까,.]|$))"
"""내달 and 이달, not "아내 달래" (pattern of what comes before 달)."""
_SEASONS = "spring|summer|autumn|fall|winter"
_ORDINAL = r"(?:st|nd|rd|th)"
_TO = r"\s*(?:to|until|till|through|[-–])\s*"
# In this order: the more exact comes before what is a part of it.
_FORMS = [
    (
        "nth",
        rf"(?:(?:(?P<year>{_YEARS})\s*)?(?P<m>\d{{1,2}})\s*월|(?P<which>다다음|다담|다음|담|이번|{_SHORT})\s*달)\s*(?P<nth>{_NTHS})\s*주?\s*{_NAMED_DAY}",
    ),
    (
        "span",
        r"(?:(?P<y>\d{4})\s*년\s*)?(?P<m>\d{1,2})\s*월\s*(?P<d>\d{1,2})\s*일?\s*(?:부터|에서|[~-])\s*(?:(?P<m2>\d{1,2})\s*월\s*)?(?P<d2>\d{1,2})\s*일",
    ),
    (
        "nth_week",
        rf"(?:(?:(?P<year>{_YEARS})\s*)?(?P<m>\d{{1,2}})\s*월|(?P<which>다다음|다담|다음|담|이번|{_SHORT})\s*달)\s*(?P<nth>{_NTHS})\s*주(?![가-힣]*말)",
    ),
    ("ymd", r"(?P<y>\d{4})\s*년\s*(?P<m>\d{1,2})\s*월\s*(?P<d>\d{1,2})\s*일"),
    ("iso", r"(?P<y>\d{4})[-./](?P<m>\d{1,2})[-./](?P<d>\d{1,2})"),
    ("ym", r"(?P<y>\d{4})\s*년\s*(?P<m>\d{1,2})\s*월"),
    ("rel_ymd", rf"(?P<year>{_YEARS})\s*(?P<m>\d{{1,2}})\s*월\s*(?P<d>\d{{1,2}})\s*일"),
    ("rel_ym", rf"(?P<year>{_YEARS})\s*(?P<m>\d{{1,2}})\s*월"),
    ("rel_season", rf"(?P<year>{_YEARS}|다음\s?해)\s*(?P<season>봄|여름|가을|겨울)"),
    ("feast", rf"(?:(?P<year>{_YEARS})\s*|(?P<gone>지난|저번|last)\s*)?(?P<feast>{_FEASTS})"),
    ("rel_month_day", rf"(?P<which>다다음|다담|다음|담|이번|지난|저번|{_SHORT})\s*달\s*(?P<d>\d{{1,2}})\s*일"),
    ("md", r"(?P<m>\d{1,2})\s*월\s*(?P<d>\d{1,2})\s*일"),
    ("rel_week_day", rf"(?P<which>다다음|다담|담담|다음|담|이번|금|지난|저번)\s*주\s*{_NAMED_DAY}"),
    ("ahead_week_day", rf"(?P<n>{_NUMBER})\s*주일?\s*(?:뒤|후)\s*{_NAMED_DAY}"),
    ("rel_weekend", r"(?P<which>다다음|다음|담|이번|지난|저번)\s*주?\s*주말"),
    ("rel_day", rf"(?P<which>다음|이번|지난|저번)\s*{_NAMED_DAY}"),
    ("rel_week", r"(?P<which>다다음|다담|담담|다음|담|이번|금|지난|저번)\s*주(?![가-힣]*말)"),
    ("rel_month", rf"(?P<which>다다음|다담|다음|담|이번|지난|저번|{_SHORT})\s*달"),
    ("ahead_days", r"(?P<n>하루|이틀|사흘|나흘|닷새|엿새|이레|열흘|보름)\s*(?P<way>뒤|후|있다가|전)"),
    ("ahead", rf"(?<!\d)(?P<n>{_NUMBER})\s*(?P<unit>일|주일?|달|개월|년)\s*(?P<way>뒤|후|있다가|전)"),
    (
        "left",
        r"(?:(?<![A-Za-z])[Dd]-(?P<n>\d{1,3})(?!\d)|(?P<left>\d{1,3})\s*(?P<unit>일|주|달|개월)\s*(?:밖에\s*안\s*)?남[았은])",
    ),
    ("near", r"(?P<near>그끄저께|엊그제|그저께|그제|어젯밤|어제|내일모레|낼모레|내일|낼(?![가-힣])|모레|글피|오늘)"),
    ("m", r"(?<!\d)(?P<m>1[0-2]|[1-9])\s*월(?!\s*\d)(?!요일|욜)"),
    ("year", rf"(?P<year>{_YEARS})"),
    ("y", r"(?<!\d)(?P<y>(?:19|20)\d\d)\s*년(?:도)?(?!\s*(?:생|식|형|산|대|전|동안|째|차|\d))"),
    ("weekend", r"주말(?![가-힣])|주말(?=[에엔은이날쯤]|까지|부터)"),
    ("day", _NAMED_DAY + _NOT_DATED_KO),
    ("d", r"(?<!월 )(?<![\d월])(?P<d>[12]?\d|3[01])일(?:에|날|\s|$)"),
    (
        "e_near",
        r"\b(?P<near>day before yesterday|day after tomorrow|yesterday|last night|today|tonight|tomorrow|tmrw|tmr|tomoz)\b",
    ),
    (
        "e_after",
        rf"(?<!been )(?<!off )(?<!for )(?<!it['’]s )(?<!its )\b(?P<long>(?:an?|one|two)\s+(?:weeks?|fortnight))\s+(?:(?:from|on)\s+)?(?P<from>today|tomorrow|{_DAYS})\b(?!\s+(?:since|to|till|until|through)\b|\s*-)",
    ),
    (
        "e_week_day",
        rf"\b(?:(?P<which>next|this)\s+week,?\s+(?:on\s+)?(?P<eday>{_DAYS})|(?:on\s+)?(?P<eday_>{_DAYS})\s+(?P<which_>next|this)\s+week)\b",
    ),
    ("e_day_week", rf"(?<!every )(?<!last )\b(?:on\s+)?(?P<eday>{_DAYS})\s+week\b(?!\s+\d)"),
    ("e_coming", rf"\b(?:this\s+)?coming\s+(?P<eday>{_DAYS})\b{_NOT_DATED}"),
    (
        "span",
        rf"\b(?:the\s+)?(?P<d>\d{{1,2}}){_ORDINAL}?{_TO}(?:the\s+)?(?P<d2>\d{{1,2}}){_ORDINAL}?\s+(?:of\s+)?(?P<month>{_MONTHS})\b(?:,?\s*(?P<y>\d{{4}}))?",
    ),
    (
        "span",
        rf"\b(?P<month>{_MONTHS})\.?\s+(?:the\s+)?(?P<d>\d{{1,2}}){_ORDINAL}?{_TO}(?:the\s+)?(?P<d2>\d{{1,2}}){_ORDINAL}?\b(?!\s*(?:[ap]m\b|:|%))",
    ),
    ("nth_week", rf"\b(?:the\s+)?(?P<nth>first|second|third|fourth|last)\s+week\s+(?:of|in)\s+(?P<month>{_MONTHS})\b"),
    ("e_md", rf"\b(?P<month>{_MONTHS})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s*(?P<y>\d{{4}}))?"),
    (
        "e_dm",
        rf"\b(?:the\s+)?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{_MONTHS})\b(?:,?\s*(?P<y>\d{{4}}))?",
    ),
    (
        "e_nth",
        rf"\b(?:the\s+)?(?P<nth>first|second|third|fourth|last)\s+(?P<eday>{_DAYS})\s+(?:of|in)\s+(?P<month>{_MONTHS})\b",
    ),
    (
        "e_day_d",
        rf"\b(?:on\s+)?(?P<eday>{_DAYS}),?\s+(?:the\s+)?(?P<d>3[01]|[12]\d|[1-9])(?:st|nd|rd|th)\b(?!,?\s+(?:of\s+)?(?:{_MONTHS})\b){_DAY_ENDS}",
    ),
    ("e_d_month", rf"\b(?:(?:the|on)\s+)?(?P<d>\d{{1,2}}){_ORDINAL}\s+(?:of\s+)?(?P<which>this|next)\s+month\b"),
    ("e_d_month", rf"\b(?P<which>this|next)\s+month,?\s+(?:on\s+)?(?:the\s+)?(?P<d>\d{{1,2}}){_ORDINAL}\b"),
    ("e_ord", rf"\bthe\s+(?P<nth>first|second|third|fourth)\s+of\s+(?P<month>{_MONTHS})\b"),
    (
        "e_d",
        rf"\b(?:(?:on|by|from|for|until|till|to|is|it's|its|due)\s+the|till|until|on(?!\s+\d+(?:st|nd|rd|th)\s+(?:and|with|in|now|again|instead|then)\b)|{_PUT}\s+to(?!\s+\d(?:st|nd|rd|th)))\s+(?P<d>3[01]|[12]\d|[1-9])(?:st|nd|rd|th)\b{_DAY_ENDS}(?![^.!?\n]{{0,24}}\b(?:{_MONTHS}|(?:this|next|last)\s+month)\b)",
    ),
    ("e_rel_day", rf"\b(?P<which>next|this|last)\s+(?P<eday>{_DAYS})\b{_NOT_DATED}"),
    ("e_rel", r"\b(?P<which>next|this|last)\s+(?P<unit>week|weekend|month|year)\b"),
    ("e_ahead", rf"\bin\s+{_ABOUT}(?P<n>{_ENGLISH_NUMBER})\s+(?P<unit>{_UNIT})\b"),
    ("e_ahead", rf"\b(?P<n>{_ENGLISH_NUMBER})\s+(?P<unit>{_UNIT})\s+(?:from\s+now|to\s+go)\b"),
    ("e_ago", rf"\b(?P<n>{_ENGLISH_NUMBER})\s+(?P<unit>{_UNIT})\s+(?P<way>ago)\b"),
    ("e_my", rf"\b(?:in\s+|since\s+)?(?P<month>{_MONTHS})\s+(?:of\s+)?(?P<rel>this|next|last)\s+year\b"),
    ("e_m", rf"\b(?P<rel>this|next|last)\s+(?P<month>{_MONTHS})\b"),
    (
        "e_m",
        rf"\b(?:(?:in|for|since|by|due|starting|starts|from|until|till)\s+(?:(?:early|late|mid)[\s-])?|(?:early|late|mid)[\s-])(?P<month>{_MONTHS})\b(?!\s+\d{{1,2}}\b)(?:,?\s+(?P<y>\d{{4}}))?",
    ),
    (
        "e_season",
        rf"\b(?:(?P<rel>this|next|last)\s+(?P<season>{_SEASONS})|(?:in\s+(?:the\s+)?)?(?P<season_>{_SEASONS})\s+(?:of\s+)?(?P<y>20\d\d))\b",
    ),
    ("y", r"\b(?:in|since)\s+(?P<y>(?:19|20)\d\d)\b(?![-./]\d)"),
    ("e_day", rf"\b(?:on\s+)?(?P<eday>{_DAYS})s?\b{_NOT_DATED}"),
    ("e_weekend", r"\bweekend\b"),
]
_COMPILED = [(name, re.compile(form, re.IGNORECASE)) for name, form in _FORMS]


_WHOLE_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_EVERY = re.compile(
    rf"(?:매일|매주|매달|매월|매년|격주)(?=\s|$)|마다|주\s?\d회|\b(?:every|each) (?:other )?(?:day|week|month|year|morning|evening|night|weekend|{_WHOLE_DAY})s?\b|"
    rf"\b{_WHOLE_DAY}s\b|\bof an? {_WHOLE_DAY}\b|\b(?:{_DAYS}) (?:mornings|afternoons|evenings|nights)\b|\bof (?:the|each|every) month\b|\b(?:weekly|daily|weekends)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class When:
    """A day, month, year or range said in a text, and where: `text[start:end]`."""

    date: str
    start: int
    end: int


def find(text: str, now: datetime, *, past: bool = False) -> When | None:
    """The first day named in a text, by the clock of the turn; None where there is none or it does not exist.

    Args:
        past: of what was: "in March" and "on Saturday" are the last ones and not the next.
    """
    best, best_name = None, ""
    for name, form in _COMPILED:
        for match in form.finditer(text):
            if best and match.start() >= best.start:
                break
            groups = {k: v for k, v in match.groupdict().items() if v}
            try:
                told = _date(name, groups, now.date())
            except (ValueError, OverflowError):  # the 31st of February
                continue
            # Of "moving in may 3" the day, though "in may" begins before it.
            coarser = best and told and match.end() > best.start and len(told) < len(best.date)
            if told and not coarser:
                if past and not groups.keys() & {"y", "rel"}:
                    told = _passed(name, told, now.date())
                best = When(told, match.start(), match.end())
                best_name = name
                break
    if best and best_name == "feast" and _A_THING.match(text, best.end):
        day = find(text[best.end : best.end + _NEAR_BY], now, past=past)
        bare = day and _BARE_DAY.fullmatch(text[best.end + day.start : best.end + day.end])
        if day and bare and len(best.date) == _WHOLE:  # "halloween party on the 30th", of October
            try:
                day = replace(day, date=date.fromisoformat(best.date).replace(day=int(bare["d"])).isoformat())
            except ValueError:
                return best
        if day and len(day.date) == _WHOLE:
            return When(day.date, best.end + day.start, best.end + day.end)
    return best


_WHOLE = len("2026-03-06")
_NEAR_BY = 60
"""Characters behind a feast in which its own day is told."""
_BARE_DAY = re.compile(
    r"(?:(?:on|by|from|for|until|till|to|the)\s+)*(?P<d>\d{1,2})(?:st|nd|rd|th|일)\S?\s*", re.IGNORECASE
)
_A_THING = re.compile(r"\s+(?!on\b|at\b|in\b|and\b|is\b|with\b|we\b|i\b|this\b|next\b)[a-z가-힣]", re.IGNORECASE)


def _passed(name: str, told: str, today: date) -> str:
    """The same day, month or day of the week before today, where it was found ahead: of "moved in on saturday"."""
    if told[:_WHOLE] <= today.isoformat()[: len(told)]:
        return told
    if name in ("m", "e_m", "md", "e_md", "e_dm", "e_ord") and not told.endswith("02-29"):
        return f"{int(told[:4]) - 1}{told[4:]}"
    if name in ("day", "e_day"):
        return (date.fromisoformat(told) - timedelta(weeks=1)).isoformat()
    if name in ("weekend", "e_weekend"):
        return _weekend(today, -1)
    if name in ("d", "e_d"):
        return _on_the(int(told[-2:]), (_months(today, -step) for step in range(4)), lambda day: day <= today)
    return told


def is_repeated(text: str) -> bool:
    """Is it something of every day, week or month, and so of no one day ("every Tuesday", "매주 화요일")?"""
    return _EVERY.search(text) is not None


def last(text: str, now: datetime) -> When | None:
    """The last day named in a text: of "목요일에서 금요일로" the Friday."""
    told, start = None, 0
    while found := find(text[start:], now):
        told = When(found.date, start + found.start, start + found.end)
        start = told.end
    return told


def _date(name: str, g: dict[str, str], today: date) -> str | None:
    if name in ("ymd", "iso"):
        return date(int(g["y"]), int(g["m"]), int(g["d"])).isoformat()
    if name == "ym":
        return _month(int(g["y"]), int(g["m"]))
    if name == "rel_ymd":
        return date(today.year + _YEAR[g["year"]], int(g["m"]), int(g["d"])).isoformat()
    if name == "rel_ym":
        return _month(today.year + _YEAR[g["year"]], int(g["m"]))
    if name == "rel_season":
        return _season(today.year + _YEAR.get(g["year"], 1), _SEASON[g["season"]])
    if name == "feast":
        month, day = _FEAST["".join(g["feast"].lower().split())]
        year = today.year + _YEAR[g["year"].lower()] if "year" in g else None
        if "gone" in g:
            year = today.year - (date(today.year, month, day) >= today)
        return _next(today, month, day, year)
    if name == "rel_month_day":
        first = _months(today, _WEEK[g["which"]])
        return date(first.year, first.month, int(g["d"])).isoformat()
    if name in ("nth", "e_nth"):
        return _nth(g, today)
    if name == "nth_week":
        return _nth_week(g, today)
    if name == "span":
        return _span(g, today)
    if name == "y":
        return g["y"]
    if name in ("md", "e_md", "e_dm"):
        month = _month_of(g)
        return _next(today, month, int(g["d"]), int(g["y"]) if "y" in g else None)
    if name == "rel_week_day":
        return (_monday(today) + timedelta(weeks=_WEEK[g["which"]], days=_DAY[g["day"]])).isoformat()
    if name == "ahead_week_day":
        return (_monday(today) + timedelta(weeks=_count(g["n"]), days=_DAY[g["day"]])).isoformat()
    if name == "rel_weekend":
        return _weekend(today, _WEEK[g["which"]])
    if name == "rel_day":
        return (_monday(today) + timedelta(weeks=_WEEK[g["which"]], days=_DAY[g["day"]])).isoformat()
    if name == "rel_week":
        return _week(today, _WEEK[g["which"]])
    if name == "rel_month":
        first = _months(today, _WEEK[g["which"]])
        return _month(first.year, first.month)
    if name in ("ahead_days", "ahead", "e_ahead", "e_ago", "left"):
        return _ahead(g, today)
    if name in ("near", "e_near"):
        return (today + timedelta(days=_NEAR[g["near"].lower()])).isoformat()
    if name in ("e_m", "e_my") and "rel" in g:
        return _related_month(g, today, of_year=name == "e_my")
    if name == "e_season":
        return _related_season(g, today)
    if name in ("m", "e_m"):
        month = _month_of(g)
        return _month(int(g["y"]) if "y" in g else today.year + (month < today.month), month)
    if name == "year":
        return str(today.year + _YEAR[g["year"].lower()])
    if name in ("weekend", "e_weekend"):
        return _weekend(today, 0)
    if name in ("day", "e_day"):
        number = _DAY[g["day"]] if "day" in g else _ENGLISH_DAY[g["eday"].lower()]
        return (today + timedelta(days=(number - today.weekday()) % 7)).isoformat()
    if name == "e_day_d":
        return _that_day(today, int(g["d"]), _ENGLISH_DAY[g["eday"].lower()])
    if name == "e_after":
        return _after(g, today)
    if name in ("e_week_day", "e_day_week", "e_coming"):
        return _day_of_week(name, g, today)
    if name == "e_ord":
        return _next(today, _MONTH[g["month"].lower()], _NTH[g["nth"].lower()], None)
    if name == "e_d_month":
        first = _months(today, int(g["which"].lower() == "next"))
        return date(first.year, first.month, int(g["d"])).isoformat()
    if name in ("d", "e_d"):
        return _on_the(int(g["d"]), (_months(today, step) for step in range(4)), lambda day: day >= today)
    return _english(name, g, today)


def _english(name: str, g: dict[str, str], today: date) -> str | None:
    step = {"next": 1, "this": 0, "last": -1}[g["which"].lower()]
    if name == "e_rel_day":
        number = _ENGLISH_DAY[g["eday"].lower()]
        if step < 0:
            return (today - timedelta(days=(today.weekday() - number) % 7 or 7)).isoformat()
        return (_monday(today) + timedelta(weeks=step, days=number)).isoformat()
    unit = g["unit"].lower()
    if unit == "week":
        return _week(today, step)
    if unit == "weekend":
        return _weekend(today, step)
    if unit == "month":
        first = _months(today, step)
        return _month(first.year, first.month)
    return str(today.year + step)


def _after(g: dict[str, str], today: date) -> str:
    """A week from Thursday; a fortnight today."""
    weeks = 2 if re.search("two|fortnight", g["long"], re.IGNORECASE) else 1
    start = g["from"].lower()
    if start in ("today", "tomorrow"):
        return (today + timedelta(weeks=weeks, days=int(start == "tomorrow"))).isoformat()
    return (today + timedelta(weeks=weeks, days=(_ENGLISH_DAY[start] - today.weekday()) % 7)).isoformat()


def _month_of(g: dict[str, str]) -> int:
    return int(g["m"]) if "m" in g else _MONTH[g["month"].lower()]


def _first_of(g: dict[str, str], today: date) -> date:
    """The first of a month that is named or next; of one that is over, of next year's."""
    if "which" in g:
        return _months(today, _WEEK[g["which"]])
    month = _month_of(g)
    return date(today.year + (_YEAR[g["year"]] if "year" in g else month < today.month), month, 1)


def _nth(g: dict[str, str], today: date) -> str:
    """The first Thursday of November; of a month that is over, of next year's."""
    weekday = _DAY[g["day"]] if "day" in g else _ENGLISH_DAY[g["eday"].lower()]
    nth = _NTH["".join(g["nth"].lower().split())]
    first = _first_of(g, today)
    length = calendar.monthrange(first.year, first.month)[1]
    days = [day for day in range(1, length + 1) if first.replace(day=day).weekday() == weekday]
    return first.replace(day=days[nth - 1 if nth > 0 else nth]).isoformat()


def _nth_week(g: dict[str, str], today: date) -> str:
    """The second week of July, from its Monday on; the first has the first of the month."""
    first = _first_of(g, today)
    nth = _NTH["".join(g["nth"].lower().split())]
    day = first if nth > 0 else first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return _week(day, max(nth - 1, 0))


def _span(g: dict[str, str], today: date) -> str:
    """The days from one to another: "15 to 18 May", "11월 26일부터 29일까지"."""
    month = _month_of(g)
    later = int(g.get("m2", month))
    year = int(g["y"]) if "y" in g else None
    if year is None and date(today.year + (later < month), later, int(g["d2"])) >= today:
        year = today.year  # they may have begun already
    first = _next(today, month, int(g["d"]), year)
    last = date(int(first[:4]) + (later < month), later, int(g["d2"])).isoformat()
    if last <= first:
        raise ValueError(f"{last} is not after {first}")
    return f"{first}/{last}"


def _day_of_week(name: str, g: dict[str, str], today: date) -> str:
    """Wednesday of next week; Wednesday week; this coming Wednesday."""
    number = _ENGLISH_DAY[(g.get("eday") or g["eday_"]).lower()]
    if name == "e_week_day":
        weeks = int((g.get("which") or g["which_"]).lower() == "next")
        return (_monday(today) + timedelta(weeks=weeks, days=number)).isoformat()
    ahead = (number - today.weekday()) % 7
    return (today + timedelta(days=ahead + 7 if name == "e_day_week" else ahead or 7)).isoformat()


def _related_month(g: dict[str, str], today: date, of_year: bool) -> str:
    """June of last year; last June, the one before this month; this and next June."""
    month, rel = _MONTH[g["month"].lower()], g["rel"].lower()
    if of_year:
        return _month(today.year + {"last": -1, "this": 0, "next": 1}[rel], month)
    if rel == "this":
        return _month(today.year, month)
    return _month(today.year - (month >= today.month) if rel == "last" else today.year + (month <= today.month), month)


def _related_season(g: dict[str, str], today: date) -> str:
    """Spring 2027; this, next and last summer."""
    first = _SEASON[(g.get("season") or g["season_"]).lower()]
    if "y" in g:
        return _season(int(g["y"]), first)
    rel = g["rel"].lower()
    if rel == "last":
        return _season(today.year - (first + 2 >= today.month), first)
    return _season(today.year + (rel == "next" and first <= today.month), first)


def _on_the(number: int, months: Iterable[date], fits: Callable[[date], bool]) -> str:
    """The first 30th that fits, of months that have one."""
    days = (first.replace(day=number) for first in months if number <= calendar.monthrange(first.year, first.month)[1])
    return next(day for day in days if fits(day)).isoformat()


def _that_day(today: date, day: int, weekday: int) -> str:
    """The next 17th that is a Tuesday; the one just past, where the next is far off; else the next 17th."""
    near = (_months(today, step) for step in range(-1, 7))
    days = [first.replace(day=day) for first in near if day <= calendar.monthrange(first.year, first.month)[1]]
    named = [told for told in days if told.weekday() == weekday and told >= today - timedelta(days=14)]
    ahead = [told for told in named if told >= today]
    if named and (not ahead or ahead[0] - today > timedelta(days=45)):
        return named[0].isoformat()
    return (ahead or [told for told in days if told >= today])[0].isoformat()


def _count(n: str) -> int:
    return int(n) if n.isdigit() else _COUNT["couple" if "couple" in n else n]


def _ahead(g: dict[str, str], today: date) -> str | None:
    count = _count((g.get("n") or g["left"]).lower())
    if count > 1200:
        return None
    back = g.get("way") in ("전", "ago")
    unit = g.get("unit", "일").lower().rstrip("s")
    sign = -count if back else count
    if unit in ("일", "day"):
        return (today + timedelta(days=sign)).isoformat()
    if unit in ("주", "주일", "week", "fortnight"):
        return (today + timedelta(weeks=sign * (2 if unit == "fortnight" else 1))).isoformat()
    if unit in ("달", "개월", "month"):
        first = _months(today, sign)
        return _month(first.year, first.month)
    return str(today.year + sign)


def _next(today: date, month: int, day: int, year: int | None) -> str:
    if year:
        return date(year, month, day).isoformat()
    told = date(today.year if (month, day) != (2, 29) else _leap(today.year), month, day)
    return (told if told >= today or (month, day) == (2, 29) else told.replace(year=today.year + 1)).isoformat()


def _leap(year: int) -> int:
    return next(y for y in range(year, year + 9) if calendar.isleap(y))


def _month(year: int, month: int) -> str:
    return date(year, month, 1).isoformat()[:7]


def _months(today: date, step: int) -> date:
    count = today.year * 12 + today.month - 1 + step
    return date(count // 12, count % 12 + 1, 1)


def _monday(today: date) -> date:
    return today - timedelta(days=today.weekday())


def _week(today: date, step: int) -> str:
    first = _monday(today) + timedelta(weeks=step)
    return f"{first}/{first + timedelta(days=6)}"


def _weekend(today: date, step: int) -> str:
    first = _monday(today) + timedelta(weeks=step, days=5)
    return f"{first}/{first + timedelta(days=1)}"


def _season(year: int, month: int) -> str:
    """Three months from this one on; a winter ends in the year after."""
    end = date(year + (month == 12), (month + 2) % 12 or 12, 1)
    return f"{date(year, month, 1)}/{end.replace(day=calendar.monthrange(end.year, end.month)[1])}"


def without(text: str) -> str:
    """A text with the days it names left out."""
    while told := find(text, _ANY_DAY):
        text = f"{text[: told.start]} {text[told.end :]}"
    return text


_ANY_DAY = datetime(2000, 1, 1)


def holds(told: str, day: date) -> bool:
    """Is the day the one told, or inside what was told?"""
    if "/" in told:
        first, last = told.split("/")
        return first <= day.isoformat() <= last
    return day.isoformat().startswith(told)
