"""Is a word of an English message the name by which its author goes? "evening. Sanjay, I drive a cab" gives one, "Mum, guess what" none.

Knows nothing of what is in memory, nor of whose name a sentence about somebody else tells (`english`).
"""

import re

_CALLS = re.compile(
    r"\bnames?\b|call(?:s|ed|ing)? me|\bi['’]?m\b|\bi am\b|\bgo by\b|\bthis is\b|known as|introduce myself|this side\b|^\*|\bit['’]?s\b|\bhere\b",
    re.IGNORECASE,
)
_NOT_CALLED = re.compile(
    r"aurora|mum|mummy|mom|mommy|dad|daddy|gran|granny|grandma|grandad|grandpa|nan|nana|auntie|aunt|uncle|mother|father|sister|brother|son|daughter|nephew"
    r"|niece|cousin|wife|husband|boyfriend|girlfriend|fiance|ex|boss|mate|bro|dude|lads|guys|folks|everyone|kids|twins|cat|dog|doc"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|mondays|today|tomorrow|yesterday|tonight"
    r"|so|well|anyway|apparently|actually|besides|only|just|maybe|perhaps|probably|exactly|right|yes|yeah|no|nope|thanks|cheers|congrats|nice|great|wow|gosh"
    r"|lol|ugh|god|christ|goodness|imagine|happy|tired|home|work|school|coffee|tea|breakfast|lunch|dinner|alarm|birthday|anniversary|vegan"
    r"|bell[ao]|car[ao]|amore|mama|mami|papi|madame|mademoiselle|monsieur|señor\w*|guap[ao]|chic[ao]s?|amig[ao]s?|bonita|hermos[ao]|bhai|didi|ji|machan|machi|habibi|akhi|partner|cowboy|yall"
    r"|eid|ramadan|diwali|holi|christmas|tacos|pizza|one|two|three|four|five|six|seven|eight|nine|ten|number|score|page|pages|table|route|bus|flight|gate|platform",
    re.IGNORECASE,
)
"""Words that begin a message and are nobody's name."""
_SPOKEN_TO = r"(?!\s*(?i:you\w*|my|our|the|his|her|their|what|why|how|when|where|who|is|was|has|had|says?|said|told|stop|come|look|listen|wait|guess|tell|give|let|please|again|baby)\b)"
"""What follows a name that is called out, or of whom something is told."""


def is_given(name: str, message: str) -> bool:
    """Does the message call its author so: after "I'm", "my name is" and the like, or first of all, as on arriving?"""
    shouted = name[:1].islower() and any(word[:1].isupper() and not re.match(r"I\b", word) for word in message.split())
    return _begins_with(name, message) or not (shouted or _CALLS.search(message) is None)


def may_be_called(word: str) -> bool:
    """May a word at the beginning of a message be a name: no relation, exclamation, weekday or other word of every day?"""
    return _NOT_CALLED.fullmatch(word) is None


def _begins_with(name: str, message: str) -> bool:
    """ "evening. Sanjay, I drive a cab": a name first of all, as people give it on arriving, and nobody who is spoken to or of."""
    if not may_be_called(name):
        return False
    greeted = r"(?:(?:hi|hey|hello|hiya|howdy|yo|namaste|hola|(?:a?s)?salaa?m(?: alaikum)?|vanakkam|ciao|bonjour|g'day|sorry|ok|okay|alright|(?:good )?(?:morning|afternoon|evening))\b[\w ]{0,10}?[,.!]*\s+){0,3}"
    first = re.match(
        rf"\W*(?i:{greeted}{re.escape(name)})(?P<end>[,.]{_SPOKEN_TO}(?=\s*\w)| (?:from|fae) [\w' ]{{2,30}}?(?: here\b|[,.!👋\s]+(?:\d\d|I|i['’]?m)\b)| (?:btw|by the way)\b(?! (?:is|was|has|had|said|says|got|left)\b))",
        message,
    )
    small = name[0].islower() or not re.search(rf"\b{re.escape(name)}\b", message)
    if first and (
        not small
        or re.match(
            r"[\s,.]*(?:\d\d\b|from|btw|i\b|i['’]|im\b|ive\b|got\b)", message[first.start("end") :], re.IGNORECASE
        )
    ):
        return True
    called = rf"^\W*(?i:{greeted})(?:i['’]?m|i am) {re.escape(name)}(?= i['’]?m\b|[,.]? \d\d\b)|(?:^|[.!?]\s+){re.escape(name)}, \d\d,"
    if name[0].islower() and re.search(r"[A-Z]", message.replace("I", "")):
        return False
    return re.search(called, message) is not None
