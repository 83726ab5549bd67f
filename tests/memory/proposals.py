"""Proposals as tests write them: (key, value)."""

from collections.abc import Iterable

from ohlora.memory.proposal import Proposal


def proposals(pairs: Iterable[tuple[str, str]]) -> list[Proposal]:
    return [Proposal(*pair) for pair in pairs]


def pairs(told: Iterable[Proposal]) -> list[tuple[str, str]]:
    return [(proposal.key, proposal.value) for proposal in told]
