"""The key a value belongs under, where a small model gave it another that the message itself belies: a laptop under the phone, a telephone number under
a love, a place of work under school.

Knows a proposal's key and value and the message they were read in; what is known already and what may be kept it does not know.
"""

import re
from collections.abc import Callable

from ohlora.memory import english, keys, patterns
from ohlora.memory.patterns.words import JOB

_A_TELEPHONE = re.compile(r"\+?\d[\d\s-]{7,14}\d|01\d-?\d{3,4}-?\d{4}")
_A_PASSWORD = (
    r"(?:비번|비밀번호|패스워드|password|passcode|\bpin|door code)(?:은|는|이|가|도)?(?: is|['’]s|\s?[:=])?\s*"
)
_NO_NUMBER = keys.PEOPLE | keys.WORK | {"이름", "name", "사는 곳", "home", "학교", "school", "휴대폰", "phone"}
"""Keys of what is never a row of digits."""
_OF_WORK_ITSELF = re.compile(r"(?:노선\s*)?(?P<v>\d{1,4}번)(?:\s(?:버스|노선|몹|몰|운행)\S*)?")
_KOREAN_DEVICES = ("노트북", "태블릿", "아이패드", "이어폰", "모니터", "키보드")
DEVICES = frozenset(["laptop", "tablet", "monitor", "headphones", *_KOREAN_DEVICES])
"""Keys of things that one has beside a phone."""
_OTHER_DEVICE = re.compile(rf"(?P<key>{'|'.join(_KOREAN_DEVICES)})\s(?P<v>\S.*)")
_FREELANCE = re.compile(r"(?:freelanc\w+|self[- ]employed|프리랜서|프리)", re.IGNORECASE)
_OUT_OF_THE_TRADE = re.compile(r"\bquit(?:ting)? (?!working\b|freelancing\b)\w+ing\b", re.IGNORECASE)
_AT_SCHOOL = re.compile(r"휴학(?:\s?중)?|복학|자퇴|휴직|복직")
_A_CURE = re.compile(r"재활(?:\s?치료)?|물리\s?치료|도수\s?치료|통원\s?치료|치료")
_A_TYPE = re.compile(r"[EI][NS][FT][JP]", re.IGNORECASE)
_AT_THE_GYM = r"pole|yoga|pilates|crossfit|boxing|karate|judo|spinning|climbing|ballet|zumba|weights"
_HAS_A_NAME = r"찻집|카페|가게|식당|공방|학원|책방|서점|미용실|꽃집|빵집|횟집|술집|분식집|펜션|스튜디오|밴드|동아리|채널|매장|농장|작업실"
_AND_ITS_NAME = (
    r"(?:을|를|도)?\s*(?:\S+\s)?(?:하|해|합니다|운영|차[렸려]|열|냈)\S*(?:\s있\S+)?[,.!]?\s+이름[은이]?\s+['\"‘“「]?"
)
"""What has a name of its own, told right after it: "찻집 해요 이름은 '달인물'"."""
_RENAMED = re.compile(
    rf"(?P<of>{_HAS_A_NAME})\s*이름\S*\s+(?:\S+\s)?바[꿨꾸꿈뀌뀐꼈]\S*\s+(?:.{{0,12}}\s)?이름은\s+(?P<v>\S+?)(?:이에요|예요|입니다|이야|야|임|으로|로)?(?=[\s.!~]|$)"
)
_NAMED_BY_ITSELF = frozenset(["학원", "밴드", "동아리", "채널", "팀"])
"""What is its own key; of all the others the name is a shop's."""


def placed(key: str, value: str, message: str) -> tuple[str, str]:
    """(key, value) under the key that the message gives the value; as they are where it gives none.

    Args:
        key: in its one spelling.
    """
    for mend in _MENDS:
        key, value = mend(key, value, message)
    return key, value


def _a_number(key: str, value: str, message: str) -> tuple[str, str]:
    """An age under a birthday ("its my birthday today, 30 at last"), a telephone number under a love, a bus route under work."""
    day = re.search(rf"{re.escape(value)}\s?(?:[일월]|st|nd|rd|th)", message)
    if key in ("birthday", "생일") and re.fullmatch(r"[1-9]\d", value) and not day:
        return ("나이" if key == "생일" else "age"), value
    if number := re.fullmatch(r"(?:제|내)?\s?(?:전화|핸드폰|휴대폰|폰)\s?번호\S*\s(?P<v>[\d -]{4,13})", value):
        return "전화번호", number["v"]
    if key in _NO_NUMBER and _A_TELEPHONE.fullmatch(value) and len(re.sub(r"\D", "", value)) >= 9:
        return ("phone number" if english.is_english(message) else "전화번호"), value
    if re.fullmatch(r"\d{4,8}", value) and re.search(rf"{_A_PASSWORD}{value}(?!\d)", message, re.IGNORECASE):
        return ("password" if english.is_english(message) else "비밀번호"), value
    if (
        key in ("직업", "직장")
        and re.search(r"버스|노선|몹|몰", message)
        and (route := _OF_WORK_ITSELF.fullmatch(value))
    ):
        return "노선", route["v"]
    return key, value


def _of_work(key: str, value: str, message: str) -> tuple[str, str]:
    """Rehabilitation, a leave and how one is employed are no trade, where one works no school ("CU에서 일함"), nor a trade ("I'm at Nationwide now")."""
    at = re.escape(value)
    if key in ("workplace", "job") and re.search(
        rf"\b(?:my(?: home)?|our home) address is (?:in |at )?{at}\b", message, re.IGNORECASE
    ):
        return "home", value
    if key == "직업" and _A_CURE.fullmatch(value):
        return "건강", value
    if key in ("학교", "직장", "직업") and _AT_SCHOOL.fullmatch(value):
        return "학적" if "학" in value or "퇴" in value else "근무", value
    if key in ("job", "직업") and _FREELANCE.fullmatch(value) and not _OUT_OF_THE_TRADE.search(message):
        return ("employment" if value.isascii() else "고용 형태"), value  # the trade goes on
    if key in ("학교", "전공", "취미") and re.search(rf"{at}에서\s*(?:일|알바|근무)(?!본|어)", message):
        return "직장", value
    if key == "학교" and re.fullmatch(r"[가-힣]{1,6}(?:학과|과)", value):
        return "전공", value
    if key in ("학교", "직장") and re.fullmatch(rf"{JOB}|[가-힣]{{1,4}}기사", value):
        return "직업", value
    if key == "전공" and re.search(rf"{at}\s?알바", message):
        return "직장", value
    if (
        key == "job"
        and value[:1].isupper()
        and re.search(rf"\b(?:i['’]?m|i am) (?:now |over |working )?at {at}\b", message, re.IGNORECASE)
    ):
        return "workplace", value
    if (
        key == "job"
        and re.search(rf"\bi (?:do|started|joined) (?:{_AT_THE_GYM})\b", message, re.IGNORECASE)
        and re.match(rf"(?:{_AT_THE_GYM})\b(?!.*(?:er|or|coach)$)", value)
    ):
        return "hobby", value
    return key, value


def _of_things(key: str, value: str, message: str) -> tuple[str, str]:
    """A laptop is no phone, a motorbike that was bought no home, and what has four letters of a kind is a type of person."""
    if key == "휴대폰" and (device := _OTHER_DEVICE.fullmatch(value)):
        return device["key"], device["v"]
    first = re.escape(value.split()[0]) if value.split() else ""
    device = re.search(rf"(?P<key>{'|'.join(_KOREAN_DEVICES)})[은는이도]?\s+{first}", message) if first else None
    if key == "휴대폰" and device and not re.search(rf"폰\S{{0,2}}\s+{re.escape(value)}", message):
        whole = re.search(rf"{re.escape(device['key'])}[은는이도]?\s+{re.escape(value)}", message)
        return device["key"], value if whole else value.split()[0]  # "맥북에어" of "노트북은 맥북에어, 태블릿은 갤탭"
    if key == "phone" and re.search(rf"\blaptop(?:['’]s| is)? (?:an? |my )?{re.escape(value)}", message, re.IGNORECASE):
        return "laptop", value
    if (
        key == "car"
        and re.search(rf"\bi (?:now )?drive an? {re.escape(value)}\b", message, re.IGNORECASE)
        and re.fullmatch(
            r"(?:school |city |night )?(?:bus|taxi|cab|lorry|truck|tram|train|forklift|ambulance)(?: for (?:a living|work))?",
            value,
            re.IGNORECASE,
        )
    ):
        return "job", f"drive {'an' if value[0] in 'aA' else 'a'} {re.sub(' for .*', '', value)}"
    house = r"\b(?:house|flat|apartment|home|cottage|condo|place)\b"
    bought = rf"\bbought (?:the|an?|my|that) {re.escape(value)}\b"
    if key == "home" and re.search(bought, message, re.IGNORECASE) and not re.search(house, message, re.IGNORECASE):
        return "possession", value
    if re.fullmatch(r"(?:A|B|O|AB)형", value):
        return "혈액형", value
    return ("MBTI", value) if _A_TYPE.fullmatch(value) else (key, value)


_MONEY = ("연봉", "월급", "월세", "전세", "용돈", "보증금", "대출")


def _of_money(key: str, value: str, message: str) -> tuple[str, str]:
    """What the message itself calls a salary is no rent."""
    at = re.escape(value)
    if re.search(rf"{at}(?:만\s?원?|원)?[은는이을를]?\s+{key}(?!\S{{0,2}}\s+\S*\d)", message):
        return key, value  # "월급 받아서 60 월세 내"
    told = [word for word in _MONEY if re.search(rf"{word}\S{{0,2}}\s+(?:\S+\s)?{at}", message)]
    return (told[0], value) if key in _MONEY and len(told) == 1 else (key, value)


def _of_names(key: str, value: str, message: str) -> tuple[str, str]:
    """The name of a shop or a band is none of the user's, nor of an animal ("가게 이름 바꿨어요. 새 이름은 화로정입니다")."""
    renamed = _RENAMED.search(message)
    if renamed and value.split()[-1:] == [renamed["v"]]:
        return (renamed["of"] if renamed["of"] in _NAMED_BY_ITSELF else "가게"), renamed["v"]
    if key == "이름" and (of := re.search(rf"(?P<of>{_HAS_A_NAME}){_AND_ITS_NAME}{re.escape(value)}", message)):
        return (of["of"] if of["of"] in _NAMED_BY_ITSELF else "가게"), value
    return key, value


_MENDS: tuple[Callable[[str, str, str], tuple[str, str]], ...] = (_a_number, _of_work, _of_things, _of_money, _of_names)
_WITH_WHOM = re.compile(
    rf"^(?:(?:\S+\s)?(?:{patterns.KIN}|마누라|식구들?|가족들?)(?:\s?[가-힣]{{1,4}}?)?(?:이랑|랑|하고|와|과)\s+)?(?:(?:단둘이|둘이서?|셋이서?|넷이서?|다섯이서?|혼자서?|같이|함께)\s+(?!사|살))?(?=\S)"
)
_MOVED = re.compile(r"(?<=\S)\s+(?:이사|이사\s?[옴감함]|자취|거주)$")


def only_where(value: str) -> str:
    """Of a home only the place: not with whom one lives there ("딸 소율이랑 평택", "둘이 안양"), nor that one has moved."""
    return _WITH_WHOM.sub("", _MOVED.sub("", value))


_GOODBYE = r",?\s+(?:이제\s|그동안\s)?(?:안녕(?!하|히)|잘\s?가|빠이|바이바이|굿바이)"
_INSTEAD = re.compile(
    r"(?<![가-힣A-Za-z0-9])(?P<old>[가-힣A-Za-z0-9]{2,}) 대신(?:에)?\s+(?P<new>[가-힣A-Za-z0-9]{2,}?)(?:으로|로)(?:요)?(?=[\s.!,~]|$)"
)


def without_the_old(value: str, message: str) -> str:
    """A value without what the message parts with: "아이폰" of "아이폰 갤럭시" by "갤럭시 안녕~", "달리기" of "달리기로 요가" by "요가 대신 달리기로요"."""
    words = value.split()
    if len(words) < 2:
        return value
    if any(m["old"] in words and m["new"] in value for m in _INSTEAD.finditer(message)):
        return next(m["new"] for m in _INSTEAD.finditer(message) if m["old"] in words)
    left = [word for word in words if not re.search(rf"{re.escape(word)}[야아]?{_GOODBYE}", message)]
    return " ".join(left) or value
