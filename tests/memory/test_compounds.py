"""What is several things told as one value of work."""

import pytest

from ohlora.memory.compounds import parted
from ohlora.memory.proposal import Proposal


def read(*told: tuple[str, str], message: str = "I'm one of these people", has_a_home: bool = False) -> list[str]:
    return [f"{p.key}: {p.value}" for p in parted([Proposal(*one) for one in told], message, has_a_home)]


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("sous chef at Bistro Lark in Portland", ["home: Portland", "job: sous chef", "workplace: Bistro Lark"]),
        ("welder at Hartmann Steel", ["job: welder", "workplace: Hartmann Steel"]),
        ("electrician in Cork", ["home: Cork", "job: electrician"]),
        ("earn 61k at Siemens", ["salary: 61k", "workplace: Siemens"]),
        ("nurse in May", ["job: nurse in May"]),
        ("working part time at Lidl", ["job: working part time at Lidl"]),
        ("clean rooms in a hotel", ["job: clean rooms in a hotel"]),
        ("teacher at a school", ["job: teacher at a school"]),
        ("electrician, second year", ["job: electrician, second year"]),
    ],
)
def test_work_of_several_things_is_several_facts(value: str, parts: list[str]) -> None:
    assert read(("job", value)) == parts


def test_where_work_is_tells_no_home_where_one_is_known() -> None:
    assert read(("job", "electrician in Cork"), has_a_home=True) == ["job: electrician in Cork"]
    assert read(("job", "electrician in Cork"), ("home", "Cobh")) == ["job: electrician in Cork", "home: Cobh"]


def test_what_is_told_beside_is_not_told_twice() -> None:
    told = read(("job", "barista at Little Kea"), ("workplace", "Little Kea cafe"))
    assert told == ["job: barista", "workplace: Little Kea cafe"]


def test_only_english_work_is_parted() -> None:
    assert read(("job", "welder at Hartmann"), message="나는 용접공이야") == ["job: welder at Hartmann"]
    assert read(("hobby", "darts at The Swan")) == ["hobby: darts at The Swan"]
