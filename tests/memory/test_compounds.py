"""What is several things told as one value of work."""

import pytest

from ohlora.memory.compounds import engaged_to, parted
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
        ("lecturer in Physics", ["job: lecturer in Physics"]),
        ("engineer in AI", ["job: engineer in AI"]),
        ("mechanic for Formula 1 cars", ["job: mechanic for Formula 1 cars"]),
        ("applied for Google", ["job: applied for Google"]),
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


@pytest.mark.parametrize(
    ("key", "value", "message", "parts"),
    [
        ("직장", "삼성화재고 보상과", "회사는 삼성화재고 보상과야", ["직장: 삼성화재", "부서: 보상과"]),
        ("직업", "수의사고 대전", "저는 수의사고 대전에서 병원 합니다", ["직업: 수의사"]),
        ("직업", "냉동창고 직원", "저는 냉동창고 직원이에요", ["직업: 냉동창고 직원"]),
        ("직업", "교통사고 전문 변호사", "저는 교통사고 전문 변호사예요", ["직업: 교통사고 전문 변호사"]),
        ("취미", "등산이고 낚시", "취미는 등산이고 낚시도 해", ["취미: 등산이고 낚시"]),
    ],
)
def test_korean_work_told_with_and_is_parted(key: str, value: str, message: str, parts: list[str]) -> None:
    assert read((key, value), message=message) == parts


def test_the_place_of_a_trade_that_is_told_beside_is_left_to_it() -> None:
    told = (("직업", "증권사고 애널리스트"), ("직장", "여의도 증권사"))
    assert read(*told, message="회사는 여의도 증권사고 애널리스트야") == ["직업: 애널리스트", "직장: 여의도 증권사"]


def test_work_elsewhere_tells_no_home() -> None:
    told = read(("job", "nurse in Bristol"), message="I commute to my job as a nurse in Bristol")
    assert told == ["job: nurse in Bristol"]


def test_a_school_is_no_clause() -> None:
    assert read(("직업", "동탄국제고 교사"), message="저는 동탄국제고 교사예요") == ["직업: 동탄국제고 교사"]


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("Getting married on August 15th to Iñaki, in a cider house", "Iñaki"),
        ("me and Keisha are getting married on october 10th!!!", "Keisha"),
        ("Sam and I are engaged", "Sam"),
        ("약혼자 세라랑 내년 5월 22일에 식 올려요", "세라"),
        ("my sister is getting married to a dentist", ""),
        ("약혼자 없음", ""),
        ("Me and Keisha are getting married in may!", "Keisha"),
        ("My sister Amy is getting married to Ben in June", ""),
        ("I'd love to get married to Chris Evans haha", ""),
        ("If me and Tom are engaged by june I'll scream", ""),
        ("Mum and I are engaged in a battle over the remote", ""),
        ("제 약혼자 민수랑 밥 먹었어", "민수"),
        ("동생 약혼자 민수랑 밥 먹었어", ""),
    ],
)
def test_whom_one_is_to_marry(message: str, name: str) -> None:
    assert engaged_to(message) == name
