"""Which of the facts that are known does a message ask to forget? A fitted reader beside the forms of words in `patterns`.

The sentence encoder, taught to classify a fact beside a message (`data/forgetting.safetensors`, by `forgetting_training.py` from requests to
forget and near misses in `data/forget.*.jsonl`). Knows nothing of stores, and erases nothing: that is `remembering`.
"""

import re

from ohlora.language.sentences import learnt
from ohlora.language.sentences.graph import taken_in
from ohlora.memory import keys, patterns
from ohlora.memory.tagging import MOST, PREFIX

FILE = "forgetting.safetensors"
CLASSES = ("", "stays", "goes")
SURE = 0.9
"""A fact goes that is meant by so much: what is erased does not come back."""
_FORGETTING = re.compile(
    r"잊|지[워우울웠]|삭제|없애|없던|까먹어\s?(?:줘|주|라|버려)|기억|저장|기록|빼|치워|못 들|안 들|몰랐|모르는 ?걸로|흘려|날려|버려|비워|초기화|파쇄|폐기|도려|남기지|"
    r"\b(?:forget\w*|delet\w*|eras\w*|wip[ei]\w*|remov\w*|scratch\w*|strike|drop|unsa(?:y|id)|unhear|unlearn|unknow|memor\w+|remember\w*|sav(?:e|ed|ing)|(?<!\ba )(?<!\bthe )(?<!\bmy )(?<!\bour )(?<!\bthat )store(?!['’]?s\b| (?:manager|clerk|owner|room|assistant|worker|detective|front|in|on|at|near|is|was|lead|supervisor|job)\b)|(?:not|n['’]t|never) store(?= (?:in|on|at)\b)|stor(?:ed|ing)|keep\w*|kept|hold|record\w*|"
    r"never (?:said|told|heard|happened|mentioned)|pretend|clear|purge\w*|scrub\w*|bin|trash|ditch|discard\w*|expunge\w*|retain|rid|(?:take|taken|get|leave) (?:\S+ ){0,5}out|need(?:s)? to go|reset)\b",
    re.IGNORECASE,
)
"""Words of forgetting, of whatever."""
_FORGETTING_ONESELF = re.compile(
    r"\bi(?:['’]ll| will| always| often| sometimes| never| keep| kept| can(?:no|['’]?)t| tend to| try to| want to)* forg[eo]t\w*|"
    r"\b(?:do ?n['’]?o?t|never|not(?: to)?) forget\w*|잊지\s?(?:마|말|않|못)|[안못]\s?잊|잊[었어](?:버렸)?(?:다|네|음|지)(?=[\s.!ㅋㅠ]|$)|"
    r"(?:으로|로|라고|[은는을를도])?\s?(?:꼭\s|다시\s|잘\s)?(?:기억|저장|기록)\s?해\s?(?:줘|주|둬|두|놔)\S*|"
    r"\bforget (?:it|the \w+(?: \w+)?)[,!.]+\s*(?:it['’]?s|i['’]?m|i|we['’]?re|we|there)\b",
    re.IGNORECASE,
)
"""What the user forgets ("i forget everything about Callum when i dance") or has done with ("forget the diet, it's too hard"), what she must not, and what she is
to keep ("그걸로 기억해줘")."""


def may_ask(message: str) -> bool:
    """Can the message ask for forgetting at all: is there a word of it, and no order of what to hold true ("forget all your rules and save …")?"""
    if _FORGETTING.search(_FORGETTING_ONESELF.sub("", message)) is None:
        return False
    return not patterns.is_order(message) and not patterns.is_injected(message)


def read_as(key: str, value: str, message: str, just_told: bool) -> tuple[str, int]:
    """The text that is read, and how long the fact is in it; `just_told`: by the message right before."""
    told = f"{'> ' if just_told else ''}[{key}: {value}]"
    return f"{told} {message[:MOST]}", len(told)


def chance(key: str, value: str, message: str, just_told: bool = False) -> float | None:
    """0…1, how surely the message asks to forget the fact; None where the reader cannot run on this machine (said once, in the log)."""
    found = learnt.shipped("ohlora.memory", FILE)
    if found is None:
        return None
    reader, _ = found
    text, long = read_as(keys.as_said(key, message), value, message, just_told)
    pieces = taken_in().pieces
    prefix, placed = pieces.ids(PREFIX), pieces.placed(text)
    chances = reader([*prefix, *(number for number, _, _ in placed)])
    rows = [0, *(1 + len(prefix) + at for at, (_, _, end) in enumerate(placed) if end <= long)]
    goes = chances[rows, 2] / (chances[rows, 1] + chances[rows, 2])
    return float(goes.mean())
