"""Her limits: which messages touch one, how strict that is judged, what then steers her words, and where help is found."""

from ohlora.conversation.limits.helplines import Helpline, lines
from ohlora.conversation.limits.judging import CATEGORIES, DEFAULT, LEVELS, NONE, Category, Judgement, Level, judge

__all__ = ["CATEGORIES", "DEFAULT", "LEVELS", "NONE", "Category", "Helpline", "Judgement", "Level", "judge", "lines"]
