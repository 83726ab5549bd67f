"""Who somebody is, as people put it in English on arriving, without a verb: "Rob, 41, welder up in Sunderland", "niamh from limerick here, 28".

What stands between commas is told apart by its form: an age, a trade, a year of school, a place. A name alone is not believed: an age or a place
must go with it, and beside the age something else of the user's own. Knows nothing of what is in memory.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ohlora.memory import english, english_names
from ohlora.memory.patterns.english_forms import GREETING, JOB, MOOD_OR_PLACE, NO_NAME
from ohlora.memory.proposal import Proposal

_LEAD = re.compile(
    rf"\W*(?P<greeted>(?:(?i:{GREETING}|yo|gday)[\s,.!:)]+)*)(?:(?i:sorry|ok|okay|alright)[,.!]\s+)?"
    r"(?:(?P<called>(?i:i['’]?m|i am|names?|my name(?:['’]?s| is))\s+)|(?i:it['’]?s|this is)\s+)?"
)
_PLACE = r"(?P<place>[A-Z][a-z][\w'’-]*(?: [A-Z][\w'’-]+)?|[a-z]{3,}(?= here|$))"
_NOT_FROM = r"(?!(?i:helper|greetings|postcards?|letters?|messages?|texts?|calls?|news|straight|fresh|far|apart|aside|away|live|hello|love|regards|quote|lines?|photos?|pics?|cheese|wine|beer|tea|coffee|team|direct|delivery|present|gift|flowers)\b)"
_NO_TRADE = rf"(?!(?i:{JOB}|gamer|lurker|newbie|freelancer|divorced|widow(?:er|ed)?|bachelor|lad|virgin|bookworm|hungover|cockney|immigrant|refugee|fan|proud|male|female|train|bus|parcel|email|pizza|sushi|curry|takeaway|paris|london|manchester|leeds|everton|arsenal|alexa|siri)\b)"
_NAME = re.compile(
    rf"{MOOD_OR_PLACE}{NO_NAME}{_NOT_FROM}{_NO_TRADE}(?P<name>[^\W\d_]{{2,12}})(?: (?:from|fae) {_PLACE})?(?P<here> here)?(?: (?:from|in) (?P<from>(?!(?:HR|IT|QA|PR|Accounts?|Accounting|Sales|Marketing|Finance|Engineering|Support|Security|Admin|Logistics|Legal|Procurement|Google|Amazon|Microsoft|Apple|Meta|Netflix|Reddit|Discord|Tinder)\b)[A-Z][a-z][\w'’-]+(?: [A-Z][\w'’-]+)?))?"
)
_TENS = r"twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_AGE = re.compile(
    rf"(?P<age>1[0-9]|[2-9]\d|(?:{_TENS})(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?)(?: ?(?:years? (?:old|young)|yrs?(?: old)?|y/?o))?",
    re.IGNORECASE,
)
_TRADE = re.compile(
    rf"(?:an? )?(?P<job>(?:retired |former )?(?:[\w-]+ ){{0,2}}?{JOB})(?-i: (?:(?:up |down |out )?in|at|from) (?:the |a )?[A-Z].*| at an? [a-z]+.*)?",
    re.IGNORECASE,
)
_SCHOOL = re.compile(r"(?:\w+ y(?:ea)?r|y(?:ea)?r \d+|\d+th grade|freshman|sophomore|junior|senior)\b.*", re.IGNORECASE)
_TOWN = re.compile(r"(?:(?:in|from|near) )?(?P<place>[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?)")
_SMALL_TOWN = re.compile(r"(?P<place>[a-z]{4,})")
_WORKS = re.compile(r"(?:[a-z-]+ ){1,3}(?:at|for|with|in) (?:the |a )?[A-Z].*")
_MINE = re.compile(
    r"(?:(?:just|recently|currently) \w+(?:ed|ing)|still (?:working|living|studying|at school)|live|living|work|working|based|i['’]?m an?|i (?:live|work|do|run|teach|drive|make|study|sell|own|keep|play)|(?:mum|mom|dad|mother|father) of)\b",
    re.IGNORECASE,
)
_BUSY = re.compile(r"(?:up|down|out|on|at|from|with|since|\d)\b.*\b(?:i|my|we)\b|i\b|i['’]|we\b", re.IGNORECASE)
"""How somebody goes on who has said his name and trade alone."""
_OF_ANOTHER = re.compile(
    r"(?:is|was|has|had|says?|said|told|got|left|he|she|his|her|he['’]s|she['’]s|so (?:cute|hot|good|funny))\b|my (?:\w+ )?(?:cousin|friend|mate|sister|brother|aunt|uncle|neighbou?r|boss|ex)\b",
    re.IGNORECASE,
)
_HIM = re.compile(r"\b(?:he|she|him|her|hers|match\w*|swiped|tenant|marry|dead)\b", re.IGNORECASE)
_ELSEWHERE = re.compile(r"\b(?:now|nowadays|living|live|moved|studying|doing)\b|\bin [A-Z]")
"""How a message goes on whose author comes from one place and lives in another."""
_SOMEBODY = re.compile(
    r"\b(?:man|woman|guy|girl|boy|lady|person|friend|mate|aunt|uncle|cousin|sister|brother|mother|father|mum|mom|dad|gran\w*|neighbou?r|colleague|boss|met|called|named|date|match\w*|he|she|him|her)\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"[.!] [^.!]*\b(?:i|im|i['’]m|ive|my)\b", re.IGNORECASE)
_LONGEST, _MOST = 200, 4
"""So many characters, and parts between commas, are looked at."""


@dataclass
class _Said:
    """What the parts of an introduction tell; `own`: something shows that it is of the user."""

    name: str = ""
    age: str = ""
    job: str = ""
    home: str = ""
    comes_from: bool = False
    own: bool = False


def arriving(text: str) -> Iterator[Proposal]:
    """Name, age, trade and home of somebody who introduces himself without a verb; nothing where it may be about somebody else."""
    if not english.is_english(text):
        return
    said = _read(text) or _at_the_end(text)
    if said:
        place = "hometown" if said.comes_from and _ELSEWHERE.search(text) else "home"
        told = {"name": said.name, "age": said.age, "job": said.job, place: said.home}
        yield from (Proposal(key, value, "keep", text, sure=True) for key, value in told.items() if value)


def _read(text: str) -> _Said | None:
    """An introduction at the beginning of a message."""
    lead = _LEAD.match(text)
    if lead is None:
        return None
    rest = text[lead.end() :][:_LONGEST]
    first, *parts = [part.strip() for part in re.split(r"[,.!?👋\n]+\s*", rest, maxsplit=_MOST)]
    found, small = _NAME.fullmatch(first), not re.search(r"[A-Z]", text)
    if found is None or not _may_be_a_name(found, lead, small=small):
        return None
    arrives = found["here"] or (not found["place"] and not small and (lead["greeted"] or lead["called"]))
    place = found["place"] or (found["from"] if found["here"] else "") or ""
    said = _Said(found["name"], home=place, comes_from=bool(found["place"]), own=bool(arrives))
    _take_in(said, parts, small=small, goes_on=_GOES_ON.search(rest) is not None)
    return said if _holds(said, found, parts) else None


def _may_be_a_name(found: re.Match[str], lead: re.Match[str], *, small: bool) -> bool:
    """A capital, or a message without any ("im broke, 25" gives none); a place in small letters needs its "here"."""
    if small and (lead["called"] or "").lower().startswith("i"):
        return False
    if found["place"] and found["place"][0].islower() and not (small and found["here"]):
        return False
    return (found["name"][0].isupper() or small) and english_names.may_be_called(found["name"])


def _take_in(said: _Said, parts: list[str], *, small: bool, goes_on: bool) -> None:
    """What the parts after the name tell, up to the first that is none of it; `goes_on`: a later sentence is about the user."""
    for place, part in enumerate(parts):
        if (age := _AGE.fullmatch(part)) and not said.age and place < 2:
            said.age = age["age"]
        elif (trade := _TRADE.fullmatch(part)) and not said.job:
            said.job = trade["job"]
        elif _SCHOOL.fullmatch(part) or _MINE.match(part) or _WORKS.fullmatch(part):
            said.own = True
            return
        elif not said.age or said.home:
            return
        elif town := _TOWN.fullmatch(part) or (small and (said.own or goes_on) and _SMALL_TOWN.fullmatch(part)):
            said.home, said.own = town["place"], said.own or goes_on
        else:
            return


def _holds(said: _Said, found: re.Match[str], parts: list[str]) -> bool:
    """Is it an introduction? "Luna, 14, at the vet again" and "Sarah from accounting left" are none."""
    if any(_OF_ANOTHER.match(part) or _HIM.search(part) for part in parts):
        return False
    if any(part.isdigit() and part != said.age for part in parts):
        return False
    if found["place"] or (found["here"] and found["from"]):
        return bool(said.age or said.job or said.own)
    if said.age:
        return bool(said.own or said.job)
    return bool(said.job and (said.own or (" " in said.job and any(_BUSY.match(part) for part in parts[1:2]))))


def _at_the_end(text: str) -> _Said | None:
    """ "My hearing aids came today. Rosemary, 69, Dorset": as a signature."""
    *before, last = re.split(r"(?<=[.!?])\s+", text.strip())
    signed = re.fullmatch(
        r"(?P<name>[A-Z][a-z]{2,}), (?P<age>[1-9]\d), (?P<home>[A-Z][a-z]+(?: [A-Z][a-z]+)?)[.!]*", last
    )
    mine = before and re.search(r"\b(?:I|my)\b", " ".join(before)) and not _SOMEBODY.search(" ".join(before))
    if not (mine and signed) or not english_names.may_be_called(signed["name"]):
        return None
    return _Said(signed["name"], signed["age"], home=signed["home"], own=True)
