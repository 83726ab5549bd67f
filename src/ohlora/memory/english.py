"""English messages: what their values may be, whose they are, and what surrounds them.

The gate asks it, and who looks for what is new, where a message has no Hangul. Knows nothing of stores and models.
"""

import re

from ohlora.memory import english_names, keys

_EVENTS = frozenset(
    ["exam", "test", "interview", "appointment", "wedding", "surgery", "concert", "trip", "flight", "birthday party"]
)
_NO_NOUNS = frozenset(["family", "sibling", "child", "spouse", "partner", "friend", "pet", "likes", "dislikes", "goal"])
"""Keys whose values may hold a verb ("brother is a chef")."""
_THINGS = frozenset(
    ["pet", "partner", "spouse", "child", "car", "friend", "hobby", "job", "workplace", "home", "personality", "habit"]
)
_NEAR = frozenset(["child", "sibling", "spouse", "partner", "friend", "pet", "family"])
_NO_ONES_NAME = (
    r"(?:(?:Ir|Brit|Engl|Scott|Span|Turk|Pol|Swed|Dan|Finn|Jew)ish|\w+ese|(?:Mexic|Americ|Afric|Kore|Germ)an|(?:Ind|Ital|Brazil|Canad|Austral|Austr|Russ|Ukrain|Niger|Norweg|Egypt|Iran|Colomb|As|Pers)ian|Indian|"
    r"French|Welsh|Dutch|Greek|Filipin[ao]|Kenyan|Thai|Pakistani|Catholic|Muslim|Hindu|Sikh|Buddhist|Protestant|Orthodox|Atheist|Gemini|Virgo|Libra|Leo|Pisces|Taurus|Scorpio|Aquarius|"
    r"Pregnant|Married|Engaged|Single|Divorced|Widowed|Done|Tired|Sorry|Fine|Happy|Sad|Blessed|Adopted|Gay|Straight|Batman)"
)
_SPEAKS = re.compile(
    r"\b(?:like|goes|went|shout\w*|yell\w*|scream\w*|keeps|answers|says|said|meow|woof|acts?)\b", re.IGNORECASE
)
"""Who says "I'm Elsa" there may be a child."""
_COUNTED = frozenset(["child", "grandchild", "sibling", "pet", "nephew", "niece"])
_KINDS = (
    r"(?:grand)?(?:kids?|children|sons?|daughters?)|boys?|girls?|brothers?|sisters?|siblings?|nephews?|nieces?|"
    r"dogs?|cats?|puppies|kittens|rabbits?|bunnies|hamsters?|guinea pigs?|budgies?|parrots?|birds?|chickens?|hens?|fish|snakes?|horses?"
)
"""Whom people count."""
_PLACES = frozenset(["home", "workplace", "school", "hometown"])
_OWN = frozenset(
    ["name", "job", "workplace", "home", "hometown", "school", "major", "age", "hobby", "plan", "trip", "health", "allergy"]
)  # fmt: skip
"""Whose they are goes without saying, so what "she" or "he" has of them is not the user's."""
_THEY = re.compile(
    r"\W*(?:(?:and|but|so|lol|anyway|apparently|then|well|oh)\W+)*(?:he|she|they)(?:['’]?s|['’]re|['’]ll|['’]d|['’]ve)?\s+(?!(?:died|passed)\b)(?!(?:have |just |finally |even )*(?:made|named|hired|promoted|gave|offered|put|moved|got|asked|wanted?|invited|switching|moving|promoting|making) me\b(?! (?:in touch|watch|laugh|cry|go|do|eat|feel|want|think|to tears)\b))",
    re.IGNORECASE,
)
_THEY_HAVE = re.compile(
    r"\W*(?:(?:and|but|so)\W+)*(?:he|she|they)(?:['’]?s|['’]ve)?\s+(?:has|have|got|owns?)\b", re.IGNORECASE
)
_NAMED = re.compile(
    r"\b(?:named|call(?:ed)?|calling) (?:her|him|them|it)\b|\b(?:her|his|its) name\b|"
    r"(?:^\W*|\b(?:we|i)(?:['’]?(?:re|m|ve|ll))?\b(?:(?!never|not|n['’]t|would|['’]d\b|told|they)[^.!?]){0,20}?\b)(?:named?|naming|call(?:ed)?|calling) (?:her|him|them|it|the (?:baby|puppy|pup|kitten|dog|cat))\b",
    re.IGNORECASE,
)
"""In the last form by "we" or "I": a sister names hers too."""
_ASIDE = r"(?:\W*(?i:ugh|no|oops|sorry|wait|argh|lol|haha|stupid|autocorrect|typo|it['’]?s|s?he['’]?s|she['’]?d kill me))*\W*"
_NOT_THAT = [
    re.compile(form)
    for form in (
        rf"^{_ASIDE}(?P<new>[A-Z][a-z]+)\W+(?i:not)\s+(?P<old>[A-Z][a-z]+){_ASIDE}$",
        rf"^{_ASIDE}(?i:not)\s+(?P<old>[A-Z][a-z]+)[,;.!]+\s*(?P<new>[A-Z][a-z]+){_ASIDE}$",
        r"\b(?:[Ss]?[Hh]e|[Ii]t)['’]s not (?P<old>[A-Z][a-z]+)(?: now| any ?more)?[,;.!]+\s*(?:[Ss]?[Hh]e|[Ii]t)['’]s (?P<new>[A-Z][a-z]+)\b",
    )
]
"""A name put right, with nothing else said."""
_ENGLISH_SENTENCE = re.compile(
    r"\b(?:is|are|was|were|(?<!\d )(?<!\d)am|i|she|he|they|we|gave|(?<!-)(?<!left )(?<!right )handed|came)\b|^(?:again|anymore|now|today|too)$",
    re.IGNORECASE,
)
_ONLY_A_NUMBER = re.compile(r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten)", re.IGNORECASE)

_STRANGER = (
    r"(?:actor|actress|singer|rapper|footballer|celeb\w*|character|hero|heroine|detective|protagonist|villain|wizard|woman|man|guy|lady|bloke|"
    r"dude|fella|stranger|somebody|someone|customer|client|passenger|driver|tourist|neighbou?r|co-?worker|colleague|boss|influencer|youtuber)"
)
_OF_A_STRANGER = re.compile(
    rf"(?:\b(?:an?|the|this|that|some|one|another)\s(?:[\w'’-]+\s){{0,2}}?{_STRANGER}|my\sneighbou?r\b|(?-i:[A-Z][a-z]+)\s(?:from|in)\s(?:accounts|sales|hr|it|work|marketing|finance|payroll|reception|the\soffice|next\sdoor)\b|^(?:woman|man|guy|lady|bloke|dude)\s(?:next|in front|behind|opposite|at|on))"
    r"\b[^.!?]*?\b(?:has|had|owns?|lives?|keeps?|drives?|wears?|works?|plays?|loves?|hates?|is|was|named|called|got)\b",
    re.IGNORECASE,
)
_BY_MYSELF = re.compile(
    r"\b(?:i|i['’](?:m|ve|d|ll)|im|ive|we|we['’](?:re|ve)|my|our|mine|ours|us|married)\b", re.IGNORECASE
)
_WITH_ME = re.compile(
    r"(?<!next to )(?<!front of )(?<!behind )(?<!beside )(?<!opposite )(?<!told )\bme\b", re.IGNORECASE
)
_ONES_OWN = (_OWN - {"health"}) | _THINGS | frozenset(
    ["father", "mother", "sibling", "family", "child", "shift", "likes", "dislikes", "birthday", "diet", "age", "language"]
)  # fmt: skip
IS_HISTORY = r"(?:(?: has)? (?:went|gone) (?:in|into|to) the (?:bin|recycling|skip|trash|tip|dump|scrapyard)\b|(?:['’]s| is| are) (?:history|no more|a thing of the past)(?=\s*(?:[.!;:)]|$)|,? (?:now|for me|and|since|but|so)\b))"
"""After what is over; not after a subject or a town: "Rome is history everywhere you look"."""
SWAPPED = re.compile(
    r"\b(?:swapped|swapping|switched|traded(?: in)?|exchanged)\s+(?:(?:my|the|our|his|her)\s+)?(?P<old>(?!(?:places?|seats?|numbers?|to|from|jobs?|shifts?)\b)[\w'’-]+(?: [\w'’-]+)?)\s+"
    r"for\s+(?:(?:an?|the|some|my)\s+)?(?P<v>(?!(?:me|you|him|them|us|now|a while|\d)\b)[\w'’-]+(?: (?!(?:too|now|instead|because|so|and|but|this|last|as|on|in|at|which)\b)[\w'’-]+)?)",
    re.IGNORECASE,
)
"""One thing for another ("They've swapped my metformin for Ozempic")."""
_NAME_PUT_RIGHT = re.compile(
    r"\b(?i:autocorrect|typo|misspelt|misspelled)\b.{0,80}?"
    r"\b(?i:(?:her|his|its|their|the|my \w+['’]s) name(?:['’]s| is)|(?:is|she['’]?s|he['’]?s) called)\s+(?P<v>[A-Z][A-Za-z]+)|"
    r"\b(?i:autocorrect|typo|misspelt|misspelled)\b[.!,:]*\s+(?P<w>[A-Z][a-z]+),? (?i:with an?) [A-Z]\b"
)
_WORD_PUT_RIGHT = re.compile(
    r"\b(?i:autocorrect|typo)\b[.!,:]*\s+(?i:it['’]?s |i meant |that['’]?s )?(?P<v>(?!(?i:sorry|hello|hey|thanks|thank|oops|yes|nope|yeah|haha|hehe|lol|damn|wow|ugh|argh|god|omg|again|anyway|well)\b)[A-Z][A-Za-z]{2,})(?=\s*(?:[.,!]|$))"
)
_ANIMAL_RENAMED = re.compile(
    r"\b(?i:(?:his|her|its) (?:new )?name(?:['’]?s| is)|s?he['’]?s called|it['’]?s called|call (?:him|her|it)) (?P<v>[A-Z][a-z]+)(?i: (?:now|from now on|instead))\b|"
    r"\b(?i:renam(?:ed|ing) (?:him|her|it|(?:the|our|my) \w+)(?: to| as)?) (?P<w>[A-Z][a-z]+)\b"
)
_SOMEBODY_BORN = re.compile(
    r"\b(?:she|he|baby|little one|girl|boy|twins)\b[^.!?]{0,40}\bborn on\b|\bs?he['’]s here\b|\bborn on\b[^.!?]*\bwe (?:named|called)\b",
    re.IGNORECASE,
)
_MY_BIRTHDAY = re.compile(r"\bb(?:irth)?day\b|\bi was born\b|\bi['’]?m (?:a )?\w+ baby\b|\bi turn", re.IGNORECASE)
_OF_ANOTHERS = re.compile(
    r"\bmy (?i:co-?worker|colleague|boss|manager|neighbou?r|friend|best friend|mate|flatmate|roommate|cousin|sister|brother|teacher) (?P<who>[A-Z][a-z]+)"
)
"""Whom the message names as somebody else: no partner of the user's."""
_IN_LOVE = re.compile(
    r"\b(?:boyfriend|girlfriend|partner|husband|wife|fianc\w+|dating|seeing|married|engaged|together|in love)\b",
    re.IGNORECASE,
)
_LOVED = re.compile(
    r"\b(?:boyfriend|girlfriend|bf|gf|partner|husband|wife|fianc\w+|dating|married|engaged|in love)\b", re.IGNORECASE
)
_CARES = r"(?:therapist|counsell?or|psychologist|psychiatrist|physio(?:therapist)?|doctor|dr\.?|dentist|consultant|specialist)"
"""Whom one is seeing, and not as people in love are."""
_SAYS_NOTHING = re.compile(
    r"major|name|age|grade|birthday|hometown|workplace|hobby|(?:the |my )?(?:youngest|eldest|oldest|middle one|little one|better half|other half|lmf?ao+|lo+l|omg|(?:ha){2,}|tbh)"
)
_STATUS = re.compile(
    r"(?:single|engaged|married|divorced|widowed|separated)(?=\W*(?:$|[,.\d]|\b(?:for|since|now|again|from|after|with|in|last|this|and|mum|mom|dad|parent|mother|father|woman|man)\b))",
    re.IGNORECASE,
)
_LASTS_NOT = frozenset(["job", "workplace", "school", "home", "major", "hobby"])
_ONLY_HOW_LONG = re.compile(
    r"(?:for |since |over |about )?\d+\+? ?(?:years?|yrs?|months?|mos|weeks?|hours?|hrs?|days?|s)(?: (?:ago|now|already))?",
    re.IGNORECASE,
)
_ABOVE = (
    r"\b(?:my|our)(?: \w+)? (?P<who>boss|manager|supervisor|co-?worker|colleague|teacher|coach|landlord|landlady|neighbou?r)"
    r"(?: is|['’]s| was)?(?: now)?(?: called| named)? "
)
"""Whose name follows, and no company's."""
_NO_TRADE = re.compile(
    r"(?:smoker|non-?smoker|drinker|insomniac|graduated|professional|pro|boss|queen|king|legend|genius|hero|icon|disaster|mess|expert|overtime|busy|hungover)",
    re.IGNORECASE,
)
"""What people call themselves for a moment, and no company: "I work at King"."""
_AT_SCHOOL = re.compile(
    r"\b(?:team|club|band|choir|play|trip|run|bus|fees?|project|council|orchestra|magazine|newspaper|holidays?|dinners?|uniform)$",
    re.IGNORECASE,
)
_AN_EVENT = re.compile(
    r"(?:first |next |last |my |our |big )*(?:gig|concert|show|meeting|interview|appointment|exam|trip|flight|party|wedding|match|game|race|recital|audition|try-?outs?|deadline)(?:,? (?:is|on|at|in|for|with|this|next|the|coming|my|first|our)\b(?: [\w'’]+){0,3}?){0,3},? "
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|tonight|next week|\d{1,2}(?:st|nd|rd|th)|\d{1,2}$)\b",
    re.IGNORECASE,
)
_DREAM = re.compile(
    r"\b(?:had|having) (?:an?|the|this|that|such an?|another|some|my|one)\b[^.!?]{0,24}\b(?:dream|nightmare)s?\b(?=\s*(?:[.,!?:;]|$)|\s+(?:last|that|where|about|again|in which|i|we|and)\b)|"
    r"\bi dream(?:t|ed) (?:that|about|i|we|last)\b(?! (?:this|it|the day|being|becoming))|\bin (?:my|the|a) dream\b(?=\s*[,.!?]|\s+(?:last|i|we|he|she|you|there)\b)",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"\b(?:i|we|it|there) (?:was|were|had|lived|worked|owned|married|could)\b", re.IGNORECASE)
_PRONOUN = re.compile(
    r"(?:them|it|that|this|those|these|him|her|ones?|things?|stuff|everything|nothing|(?:this|that|the|my|our) (?:city|town|village|place|country|area|street|building|house|flat|apartment|job|one))"
)
_HELLO = re.compile(
    r"\W*(?:good )?(?P<v>morning|afternoon|evening|night|grazie|gracias|merci|danke|thanks|cheers|ta|ugh|argh|wow|lol)[.!,]+\s+\S",
    re.IGNORECASE,
)
_CALLED_OUT = re.compile(r",\s*(?P<v>gaffer|boss|chief|guv|captain|cap|coach|doc|mate|buddy|pal|champ)\s*(?=[.!?]|$)")
_NO_HOME = re.compile(
    r"(?:an? )?(?:(?:small|total|complete|right|proper|absolute|bit of a) )*(?:zoo|mess|circus|madhouse|tip|bombsite|oven|fridge|jungle|war zone)|(?i:quiet|empty|full|noisy|messy|clean|warm|cold|busy) house"
)
_NO_SUBJECT = re.compile(
    r"(?:a |my )?(?:phd|ba|bsc|ma|msc|mba|degree|masters?|doctorate|thesis|dissertation|viva)", re.IGNORECASE
)


def is_english(message: str) -> bool:
    """Has the message no Korean letter?"""
    return re.search(r"[가-힣]", message) is None


def renamed(message: str) -> tuple[str, str] | None:
    """The name that is right and the one that was wrong ("Ronan!! not Rowan", "not Rowan, Ronan")."""
    found = next((told for form in _NOT_THAT if (told := form.search(message))), None)
    return (found["new"], found["old"]) if found else None


def name_put_right(message: str) -> str:
    """The name that a message gives after saying that the one before was a slip ("no sorry, autocorrect. her name is Mira"); "" for none."""
    found = _NAME_PUT_RIGHT.search(message)
    return (found["v"] or found["w"]) if found else ""


def word_put_right(message: str) -> str:
    """A name of anything, spelt out after a slip ("no sorry autocorrect, BERGAMO. in Italy"); "" for none."""
    found = _WORD_PUT_RIGHT.search(message)
    return found["v"] if found else ""


def animal_renamed(message: str) -> str:
    """The name an animal of an English message goes by from now on ("we renamed him. he's called Waffles now", "his name is Noodle now"); "" for none."""
    found = _ANIMAL_RENAMED.search(message)
    return (found["v"] or found["w"]) if found else ""


def is_none_of(key: str, value: str, message: str) -> bool:
    """Is a value of an English message a sentence, a bare number where something has a name, what somebody is doing where a place is asked
    for, the number of a house, a name that nothing calls one, or no dislike of anything?"""
    if key not in _NO_NOUNS and not key.startswith("favorite") and _ENGLISH_SENTENCE.search(value):
        return True
    if key in _THINGS and _ONLY_A_NUMBER.fullmatch(value):
        return True
    if key == "age" and _of_a_street(value, message):
        return True
    if key in ("job", "workplace") and (
        re.match(
            r"(?:a )?new job\b|(?:an? )?(?:little|small|nice|lovely|local) place$|(?:new )?(?:branch|place|office|boss|team|role|one)$",
            value,
            re.IGNORECASE,
        )
        or (_NO_TRADE.fullmatch(value) and (key == "job" or value.islower()))
    ):
        return True
    if key in _PLACES and re.match(r"[a-z]\w{2,}ing\b", value):
        return True
    if (_PRONOUN.fullmatch(value) and not key.startswith("favorite")) or (key == "home" and _NO_HOME.fullmatch(value)):
        return True
    core = re.escape(re.sub(r"^not ", "", value, flags=re.IGNORECASE))
    denied = (
        rf"\b(?:isn['’]?t|is not|wasn['’]?t|not|no longer) (?:actually |really )?{core}(?= at all\b| any ?more\b| after all\b)"
        rf"|{core}(?:\s+\w+)?\s+(?:is|are|isn|aren)['’]?(?:t| not| no longer)\b[^.!?]*\b(?:any ?more|my fav\w*)\b"
    )
    if re.search(denied, message, re.IGNORECASE):
        return True
    if re.search(
        rf"\b(?:hopeless|useless|terrible|rubbish|bad) at {re.escape(value)}\b(?!.*\b(?:but|though|tho|every|learning|love|enjoy|lessons)\b)",
        message,
        re.IGNORECASE,
    ):
        return key in ("hobby", "sport", "skill", "instrument")
    if key in _LASTS_NOT and _ONLY_HOW_LONG.fullmatch(value):
        return True
    if _SAYS_NOTHING.fullmatch(value) or (key == "age" and _no_age(value, message)):
        return True
    if _of_something_else(key, value, message) or (key in _CHANGED and _left_behind(key, value, message)):
        return True
    if key == "birthday" and _of_a_newborn(message):
        return True
    if key == "major" and _NO_SUBJECT.fullmatch(value):
        return True
    if key not in ("name", "nickname") and (greeted := _HELLO.match(message)) and value.lower() == greeted["v"].lower():
        return len(re.findall(rf"\b{re.escape(value)}\b", message, re.IGNORECASE)) == 1
    if key in ("job", "name", "nickname") and (called := _CALLED_OUT.search(message)) and value == called["v"]:
        return True
    if key in ("name", "nickname"):
        return not english_names.is_given(value, message)
    return key.startswith("dislike") and re.search(rf"^no {re.escape(value)}\b", message, re.IGNORECASE) is not None


def _of_something_else(key: str, value: str, message: str) -> bool:
    """The grade that one teaches, the shift that one has off, a coworker under the key of a spouse."""
    if key == "grade":
        taught = rf"\b{re.escape(value)}\b(?: grade)? (?:\w+ ){{0,2}}(?:teacher|class|kids|students|parents)\b"
        return re.search(taught, message, re.IGNORECASE) is not None
    if key == "school":
        # "Lincoln High band" names a school all the same
        return _AT_SCHOOL.search(value) is not None and not re.search(r"\b(?!School\b)[A-Z]\w", value)
    if key == "shift":
        closed = rf"\b(?:they|he|she|it|shops?) (?:don|doesn)['’]?t (?:do|open|work)(?: on)? {re.escape(value)}"
        if re.search(closed, message, re.IGNORECASE):
            return True
        # "2 weeks on 1 off" is a rota, and no day off
        return " on " not in value and re.search(rf"\b{re.escape(value)} off\b", message, re.IGNORECASE) is not None
    if key not in ("partner", "spouse") or _IN_LOVE.search(message):
        return False
    told = _OF_ANOTHERS.search(message)
    return told is not None and told["who"] in value


_CHANGED = frozenset(["home", "job", "workplace", "school", "major", "name", "phone", "car", "hair", "weight", "shift"])


def _left_behind(key: str, value: str, message: str) -> bool:
    """Is it what the user has just changed for something else ("moved from Leeds to York", "left Tesco and started at Aldi")?"""
    was = re.escape(value)
    # People also go from home to somewhere on a trip.
    did = r"moved" if key == "home" else r"moved|switched|changed|transferred|promoted|went|gone|going|dyed"
    return (
        re.search(
            rf"\b(?:{did})\b(?!.{{0,200}}\b(?:next|soon|back (?:to|in) {was})\b)[^.!?,]{{0,24}}\bfrom {was} to\b(?! and from)|"
            rf"\bleft {was} (?:for|and (?:started|joined|now|went)|to (?:join|start|work))\b",
            message,
            re.IGNORECASE,
        )
        is not None
    )


_NEVER_MY = frozenset(["job", "workplace", "home", "hometown", "school", "name", "age"])
"""Keys of which "my teacher" and "my dad" tell nothing."""
_SAID_BY_ANOTHER = re.compile(
    r"\b(?:sa(?:id|ys?|ying)|told|tells?|telling|thinks?|thought|believes?|reckons?|claims?|ask(?:s|ed)?|pretend\w*|imagine\w*|wish|if|assum\w+|calls?|called)\b",
    re.IGNORECASE,
)


def said_of_oneself(key: str, value: str, message: str) -> bool:
    """Does an English message say in so many words that it is the user's: "im a dental hygienist so yes i WILL ask if you floss"?"""
    if not is_english(message) or re.search(r"\byou", value, re.IGNORECASE):
        return False
    so = rf"\b(?:i['’]?m|i am)(?: (?:an?|also|actually|now|really|officially|only))* (?:allergic to )?{re.escape(value)}\b(?! ?(?:kilos?|kg|lbs?|pounds|stone|percent|weeks?|minutes?|hours?)\b)"
    if key not in _NEVER_MY:
        so += rf"|\bmy {re.escape(value)}\b"
    said = (message[max(0, found.start() - 60) : found.start()] for found in re.finditer(so, message, re.IGNORECASE))
    return any(_SAID_BY_ANOTHER.search(re.split(r"[.!?]\s", before)[-1]) is None for before in said)


def of_others(key: str, value: str, clause: str, message: str) -> bool:
    """Is "she", "he" or "they" the subject of a clause that tells something of one's own, or what somebody has; or is the
    sentence about a stranger ("that actor owns eleven Porsches")?"""
    if key in _OWN and _THEY.match(clause):
        return True
    if key in _NO_NOUNS and _THEY_HAVE.match(clause):
        return True
    if key in _NEAR_BY and re.match(r"favou?rite\b", value, re.IGNORECASE):
        return True  # what a roommate likes best
    if key in ("car", "phone", "house") and re.match(
        r"\W*my (?:boss|manager|friend|neighbou?r|landlord|co-?worker|colleague)\b(?! and i\b)", clause, re.IGNORECASE
    ):
        return True
    return key in _ONES_OWN and is_english(message) and _of_a_stranger(value, message)


def _of_a_stranger(value: str, message: str) -> bool:
    """Is the sentence with most of a value's words about a stranger, who is named before them?"""
    if re.search(
        r"\b(?:seeing|dating|going out with) (?:an?|this) (?:guy|girl|man|woman|lad|lass)\b", message, re.IGNORECASE
    ):
        return False
    words = set(re.findall(r"\w+", value.lower()))
    sentences = re.split(r"(?<=[.!?])\s+|\n", message)
    told = max(sentences, key=lambda sentence: len(words & set(re.findall(r"\w+", sentence.lower()))))
    stranger = _OF_A_STRANGER.search(told)
    first = min((at for word in words if (at := told.lower().find(word)) >= 0), default=-1)
    return stranger is not None and stranger.start() <= first and not (_BY_MYSELF.search(told) or _WITH_ME.search(told))


_NEAR_BY = frozenset(["roommate", "flatmate", "housemate", "boss", "colleague", "coworker", "neighbour", "neighbor"])
_AT_MY_AGE = re.compile(
    r"(?:^|[.!?,]\s+)(?:and )?at (?P<a>[5-9]\d) (?:you['’]?re|i['’]?m)\b|"
    r"\b(?:is it|it['’]?s) (?:normal|ok|okay|weird|hard|strange|sad|silly) (?:to be|being) [^.!?\d]{2,20} at (?P<b>[2-9]\d)(?=\s*(?:$|[?!.,]))|"
    r"\b(?:i['’]?m|i am) (?:so |still |back |now )?(?:single|alone|scared|broke|unemployed|learning|starting|out of work)\b[^.!?\d]{0,20} at (?P<c>[2-9]\d)(?=\s*(?:$|[?!.,]))|"
    r"(?:^|[.!?,]\s+)(?P<d>[3-9]\d) is too old\b(?! for (?:him|her|them|you)\b)|(?:^|[.!?,]\s+)out of work at (?P<e>[2-9]\d)(?=\s*(?:$|[?!.,]))",
    re.IGNORECASE,
)


def age_told_in_passing(message: str) -> str:
    """The age of somebody who says what it is like to be so old ("is it normal to be this scared at 41"); "" where none is told."""
    said = _AT_MY_AGE.search(message)
    return next(filter(None, said.groups()), "") if said else ""


def _no_age(value: str, message: str) -> bool:
    """A year, or an age of another time ("vegetarian since I was 14")."""
    then = rf"\b(?:since|when|till|until|before)\b[^.!?]{{0,12}}\b{re.escape(value)}\b|\b(?:at|by|from|around) {re.escape(value)}\b(?! years?\b)"
    now = rf"\bi(?:['’]?m| am)(?: (?!at\b|by\b|from\b|since\b)[\w]+){{0,2}}? {re.escape(value)}\b|\b(?:turn(?:ed|ing)?|hit) {re.escape(value)}\b"
    if re.search(r"\d{4}|1[2-9]\d|[2-9]\d\d", value):
        return True
    if re.search(rf"\b(?:foot|feet|ft) {re.escape(value)}\b", message, re.IGNORECASE):
        return True  # "six foot five"
    likened = rf"\b(?:like|as if|as though) i(?:['’]?m| am| was| were) {re.escape(value)}\b"
    if re.search(likened, message, re.IGNORECASE):
        return re.search(now, re.sub(likened, "", message, flags=re.IGNORECASE), re.IGNORECASE) is None
    if value == age_told_in_passing(message):
        return False
    return re.search(now, message, re.IGNORECASE) is None and re.search(then, message, re.IGNORECASE) is not None


def dreamt(value: str, message: str) -> bool:
    """Does the message tell of a dream before it names the value?"""
    dream, first = _DREAM.search(message), message.find(value.split()[0])
    if dream is None or dream.start() >= first:
        return False
    between = re.split(r"[.!?]\s", message[dream.end() : first])
    return len(between) == 1 or _GOES_ON.search(between[-1]) is not None


def _of_a_newborn(message: str) -> bool:
    return _SOMEBODY_BORN.search(message) is not None and not _MY_BIRTHDAY.search(message)


def whose(key: str, value: str, message: str) -> str:
    """The key of a name or birthday that is not the user's ("we named her Saoirse", "she is called Zosia, born on 2 May"), of a name that is ("oh and
    im Colin" of a father), of an event that is no job ("first gig friday")."""
    if key in ("job", "habit") and re.match(
        r"(?:vegan|vegetarian|pescatarian)(?=$|\W*(?:for|since|now|again|diet|mostly|as|\d))", value, re.IGNORECASE
    ):
        return "diet"  # a "vegan chef" has a job
    if key in ("job", "workplace") and _AN_EVENT.match(value):
        return "plan"
    if (
        key == "sibling"
        and re.match(r"baby\b", value, re.IGNORECASE)
        and re.search(
            r"\bhe['’]?s a big brother\b|\bshe['’]?s a big sister\b|\bmy (?:son|daughter)\b", message, re.IGNORECASE
        )
    ):
        return "child"
    if key == "school" and re.search(
        rf"\bi(?:['’]?m| am)? ?(?:now )?(?:teach|work|a teacher|a teaching assistant|a \w+ teacher)\b[^.!?]*\bat (?:an? |the )?{re.escape(value)}",
        message,
        re.IGNORECASE,
    ):
        return "workplace"
    if key in ("health", "partner", "spouse", "job") and _STATUS.match(value):
        return "relationship"
    liked = (
        rf"\b{re.escape(value)} (?:is|has)(?: \w+){{0,4}} my (?:new |absolute )?(?:fave?|favou?rite) (?P<of>[a-z]+)\b"
    )
    if key not in keys.PEOPLE and (of := re.search(liked, message, re.IGNORECASE)):
        return f"favorite {of['of'].lower()}"
    seen = rf"\b{_CARES}\b,?(?: is| named| called)? {re.escape(value)}\b"
    above = re.search(rf"{_ABOVE}{re.escape(value)}", message, re.IGNORECASE)
    if above and key in ("workplace", "job", "school"):
        return above["who"].lower()
    if (
        key in ("partner", "spouse")
        and not _LOVED.search(message)
        and (re.fullmatch(_CARES, value, re.IGNORECASE) or re.search(seen, message, re.IGNORECASE))
    ):
        return "health"
    if (
        key in _NEAR
        and re.fullmatch(r"[A-Z][a-z]+", value)
        and not re.fullmatch(_NO_ONES_NAME, value)
        and (mine := re.search(rf"\b(?:[Ii]['’]?m|[Ii] am|[Mm]y name(?:['’]s| is)) {value}(?=\s*(?:[.,!]|$))", message))
        and not _SPEAKS.search(re.split(r"[.!?]\s", message[: mine.start()])[-1])
    ):
        return "name" if english_names.is_given(value, message) and english_names.may_be_called(value) else key
    if key == "birthday" and re.search(r"\d", value) and _of_a_newborn(message):
        return "child's birthday"
    if key != "name" or not re.search(
        rf"(?:{_NAMED.pattern})\s+(?:is\s+)?{re.escape(value)}\b", message, re.IGNORECASE
    ):
        return key
    return (
        "child"
        if re.search(r"baby|born|she's here|he's here|daughter|\bson\b|girl|boy", message, re.IGNORECASE)
        else "pet"
    )


_STREET = re.compile(
    r"^(?-i:[A-Z]).*\b(?:street|st|road|rd|avenue|ave|lane|drive|close|crescent|court|terrace|place|way|row|square|gardens)\.?$",
    re.IGNORECASE,
)


def with_its_last_letters(value: str, message: str) -> str:
    """A value whose last word a small model has cut ("upholster" of "I'm an upholsterer"); not the one of which there are several, nor what a verb bends."""
    whole = re.search(rf"(?<!\w){re.escape(value)}(?!\w)", message, re.IGNORECASE)
    cut = re.search(
        rf"(?<![\w'’-]){re.escape(value)}(?!(?:e?s|ed|d|ing|ings)\b)[a-z]{{1,4}}(?![\w'’-])", message, re.IGNORECASE
    )
    return cut[0] if cut and not whole and re.search(r"[a-z]{3}$", value) else value


def street(value: str, message: str) -> str:
    """A street with its number, where the message has it ("Tanner Street" of "it's 41 Tanner Street")."""
    once = _STREET.search(value) and message.count(value) == 1  # not "on Baker Street, my office is 5 Baker Street"
    told = re.search(rf"\b\d{{1,5}}[a-z]? {re.escape(value)}", message) if once else None
    return told[0] if told else value


def _of_a_street(number: str, message: str) -> bool:
    """Is it the number of a house: "41 Tanner Street"?"""
    told = re.search(rf"\b{re.escape(number)} (?P<street>[A-Z][\w'’]+(?: [A-Z][\w'’]+){{1,2}})", message)
    return told is not None and _STREET.search(told["street"]) is not None


def with_its_noun(key: str, value: str, message: str) -> str:
    """With the noun that is its key too, where the message has it beside a word of the value: "CA exam 18 june" of [exam: CA 18 june]; of a bare
    number with what is counted: "three kids" of [child: three]."""
    if key in _COUNTED and _ONLY_A_NUMBER.fullmatch(value):
        counted = re.search(rf"\b{value} (?P<of>{_KINDS})\b", message, re.IGNORECASE)
        return f"{value} {counted['of']}" if counted else value
    if key not in (*_EVENTS, "grade") or re.search(rf"\b{key}\b", value, re.IGNORECASE):
        return value
    if re.search(rf"\b{key}(?:['’]?s| is| on| was moved to)* {re.escape(value)}\b", message, re.IGNORECASE):
        return f"{key} {value}"
    for word in value.split():
        if found := re.search(rf"\b{re.escape(word)} ({key})\b", message, re.IGNORECASE):
            return re.sub(rf"\b{re.escape(word)}\b", lambda said: f"{said[0]} {found[1]}", value, count=1)
    return value


def tidy(key: str, value: str) -> str:
    """Without what goes on after the value, or came before it."""
    value = re.sub(
        r"^.*\b(?:bumped|moved|switched|changed|increased|lowered)\b.*\b(?:to|up to|down to)\s+(?=\S)", "", value
    )
    if key == "home":
        value = re.sub(
            r"(?<=\S)\s+(?:w|with|w/)\s+(?:my|two|three|\d|a (?:\w+ )?(?:flatmate|roommate|housemate|friend|mate|dog|cat))\b.*$",
            "",
            value,
        )
        value = re.sub(r"^(?:renting|living|based|staying) in (?=\S)", "", value)
    if key == "major":
        value = re.sub(r"\s+major$", "", value)
    value = re.sub(r"\s(?:so|because|since|but|until|till)\s.*$", "", value)
    if key in _NO_NOUNS:
        value = re.sub(
            r"\s(?:is|was|coming|going|who|which|that)\s(?:coming|going|here|staying|visiting|to)\b.*$|\s(?:coming|going) to\b.*$",
            "",
            value,
        )
    if key == "shift" and re.search(r"\bon\b.*\boff$", value):
        return value
    return re.sub(
        r"(?:\s+(?:the|a|an|on|up|off|of|to|in|at|for|with|and|my|so|again|now|btw|after all|anymore|any more))+$",
        "",
        value,
    )
