"""One turn of a conversation: the only place where language, memory and the labels for the face meet."""

from ohlora.conversation.message import MAX_CHARACTERS, clean
from ohlora.conversation.store import Store, StoredConversation, StoredTurn
from ohlora.conversation.turn import (
    Conversation,
    Event,
    Expressed,
    Finished,
    Limited,
    Recalled,
    Remembered,
    Replied,
    Token,
)

__all__ = [
    "MAX_CHARACTERS",
    "Conversation",
    "Event",
    "Expressed",
    "Finished",
    "Limited",
    "Recalled",
    "Remembered",
    "Replied",
    "Store",
    "StoredConversation",
    "StoredTurn",
    "Token",
    "clean",
]
