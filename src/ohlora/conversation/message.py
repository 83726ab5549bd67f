"""What counts as a message: normalising and bounding what a user typed. Knows nothing of models."""

import re
import unicodedata

from ohlora.errors import InputError

MAX_CHARACTERS = 4000
"""The longest message taken. Far above anything said in conversation, far below what would fill the model's context."""

# Characters of these categories carry no words: controls, lone surrogates, private use, unassigned. Format characters
# (Cf) are dropped too, except the joiner that holds emoji families together.
_DROPPED = {"Cc", "Cs", "Co", "Cn", "Cf"}
_KEPT = {"\n", "\t", "\u200d"}
_COLOUR = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")  # what a terminal's colours leave in text that was copied or piped


def clean(text: str) -> str:
    """Returns the message in NFC, without control and invisible characters, stripped.

    NFC matters for Korean: a syllable typed on a Mac may arrive as separate letters (NFD), which tokenizers split.

    Raises:
        InputError: nothing is left, or more than MAX_CHARACTERS characters.
    """
    text = unicodedata.normalize("NFC", _COLOUR.sub("", text))  # first: decomposed, a syllable would count two or three
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"the message has {len(text):,} characters; at most {MAX_CHARACTERS:,} are taken: send a shorter one",
            f"메시지가 {len(text):,}자입니다. {MAX_CHARACTERS:,}자까지 보낼 수 있으니 줄여서 보내 주세요",
        )
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in text if c in _KEPT or unicodedata.category(c) not in _DROPPED)
    kept = unicodedata.normalize("NFC", kept).strip()
    if not kept.strip("\u200d \n\t"):
        raise InputError(
            "the message is empty: write something first", "메시지가 비어 있습니다. 먼저 내용을 적어 주세요"
        )
    return kept
