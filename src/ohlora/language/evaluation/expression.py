"""How well expressions are named: accuracy per attribute and of all together, with the confusion. Knows no models."""

from collections.abc import Sequence
from typing import Any

Pair = tuple[Sequence[str], Sequence[str]]
"""Labels as they are in the data, and as named, both in the order of the attributes."""


def figures(pairs: Sequence[Pair], names: Sequence[str]) -> dict[str, Any]:
    """{"accuracy": {attribute…, "all"}, "balanced": {attribute…}, "confusion": {attribute: {label: {named: count}}}}.

    "balanced" is the mean over labels of the share of their rows named rightly: it does not reward the most frequent one.
    """
    accuracy = {name: _share(pair[0][at] == pair[1][at] for pair in pairs) for at, name in enumerate(names)}
    accuracy["all"] = _share(tuple(label) == tuple(named) for label, named in pairs)
    confusion: dict[str, dict[str, dict[str, int]]] = {}
    for at, name in enumerate(names):
        table = confusion.setdefault(name, {})
        for label, named in pairs:
            row = table.setdefault(label[at], {})
            row[named[at]] = row.get(named[at], 0) + 1
    balanced = {
        name: sum(row.get(label, 0) / sum(row.values()) for label, row in table.items()) / max(1, len(table))
        for name, table in confusion.items()
    }
    return {"accuracy": accuracy, "balanced": balanced, "confusion": confusion}


def _share(right: Any) -> float:
    told = [bool(each) for each in right]
    return round(sum(told) / len(told), 4) if told else 0.0
