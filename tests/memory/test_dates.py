"""Days by the clock of the turn, and which day a fact is about."""

from datetime import datetime

import pytest

from ohlora.memory import times
from ohlora.memory.dates import dated
from ohlora.memory.proposal import Proposal

NOW = datetime(2026, 3, 5, 14, 10).astimezone()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("내일 치과", "2026-03-06"), ("다음 주 금요일", "2026-03-13"), ("담주 토욜 공연", "2026-03-14"), ("이번주 일욜", "2026-03-08"), ("3월에 입대", "2026-03"), ("주말에 캠핑", "2026-03-07/2026-03-08"),
        ("사흘 뒤", "2026-03-08"), ("2주 뒤", "2026-03-19"), ("지난주에", "2026-02-23/2026-03-01"), ("작년 여름", "2025-06-01/2025-08-31"), ("내년 겨울에", "2027-12-01/2028-02-29"), ("여름이 좋아", None),
        ("내년 4월", "2027-04"), ("다음 달 5일", "2026-04-05"), ("2월 30일", None), ("일을 해", None), ("next Friday", "2026-03-13"),
        ("in June", "2026-06"), ("I may go", None), ("2026년 12월 25일", "2026-12-25"), ("한 달 전에", "2026-02"),
        ("크리스마스이브에 아빠 환갑잔치 해요", "2026-12-24"),
        ("크리스마스 이브 파티", "2026-12-24"),
        ("지난 크리스마스", "2025-12-25"),
        ("내년 어린이날", "2027-05-05"),
        ("스승의 날에 편지 썼어", "2026-05-15"),
        ("a party on New Year's Eve", "2026-12-31"),
        ("11월 첫째 주 목요일", "2026-11-05"),
        ("다음 달 마지막 금요일", "2026-04-24"),
        ("내년 3월 둘째주 토요일", "2027-03-13"),
        ("the first Friday of September", "2026-09-04"),
        ("exam on Tuesday the 10th.", "2026-03-10"),
        ("knee operation on 12th of this month", "2026-03-12"),
        ("got changed to 28th", "2026-03-28"),
        ("check-up a week from Monday", "2026-03-16"),
        ("operation a fortnight today", "2026-03-19"),
        ("on 5th floor", None),
        ("Dentist is Monday the 23rd at 9", "2026-03-23"),
        ("Friday the 28th of August", "2026-08-28"),
        ("on Friday, March 27th", "2026-03-27"),
        ("목요일(4월 2일)", "2026-04-02"),
        ("my viva is on the 4th and I am scared", "2026-04-04"),
        ("operation on the 21st of this month", "2026-03-21"),
        ("i start tmrw", "2026-03-06"),
        ("I saw her on Tuesday the 3rd and", "2026-03-03"),
        ("my dad's party is on Saturday, 60th birthday!", "2026-03-07"),
        ("dinner on Friday, 25th anniversary", "2026-03-06"),
        ("my exams are on the 14th and 15th of June", "2026-06-15"),
        ("my exam is on the 20th next month", "2026-04-20"),
        ("on the 2nd floor", None),
        ("for the 3rd time", None),
        ("on the 9th grade team", None),
        ("My driving test is in ten days.", "2026-03-15"),
        ("the marathon is in exactly three weeks!!", "2026-03-26"),
        ("my lease ends in a couple of months", "2026-05"),
        ("back in a fortnight", "2026-03-19"),
        ("12 days to go", "2026-03-17"),
        ("next month, on the 14th", "2026-04-14"),
        ("dentist moved to next week wednesday", "2026-03-11"),
        ("off to the neurologist on Wednesday week", "2026-03-18"),
        ("a week on Thursday", "2026-03-12"),
        ("this coming Thursday", "2026-03-12"),
        ("september next year", "2027-09"),
        ("in June last year", "2025-06"),
        ("last june", "2025-06"),
        ("graduates next june", "2026-06"),
        ("due in early May", "2026-05"),
        ("starting august", "2026-08"),
        ("in spring 2027", "2027-03-01/2027-05-31"),
        ("last summer", "2025-06-01/2025-08-31"),
        ("this winter", "2026-12-01/2027-02-28"),
        ("married in 2019", "2019"),
        ("the second week of July", "2026-07-06/2026-07-12"),
        ("camping, 15 to 18 May", "2026-05-15/2026-05-18"),
        ("May 15-18", "2026-05-15/2026-05-18"),
        ("May 15-10", "2026-05-15"),
        ("since the first of June", "2026-06-01"),
        ("booked for the 30th, about time", "2026-03-30"),
        ("on the 31st", "2026-03-31"),
        ("christmas concert is on the 19th", "2026-12-19"),
        ("christmas dinner at mum's", "2026-12-25"),
        ("내달 8일에 손녀 온대", "2026-04-08"),
        ("아내 달래느라", None),
        ("다담주 월욜 면접", "2026-03-16"),
        ("4월 둘째주에 학회", "2026-04-06/2026-04-12"),
        ("11월 26일부터 29일까지", "2026-11-26/2026-11-29"),
        ("12월 30일부터 1월 2일까지", "2026-12-30/2027-01-02"),
        ("수능 17일 남았어", "2026-03-22"),
        ("D-30", "2026-04-04"),
        ("정년퇴직이 2031년이에요", "2031"),
        ("1990년생", None),
        ("2015년식 모닝", None),
        ("석 달 뒤", "2026-06"),
        ("주말부부예요", None),
    ],
)  # fmt: skip
def test_days_are_told_by_the_clock(text: str, told: str | None) -> None:
    when = times.find(text, NOW)
    assert (when and when.date) == told


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("sport", "badminton every Tuesday", None), ("운동", "매주 화요일 필라테스", None), ("수업", "화요일마다 피아노", None),
        ("choir", "Tuesdays in the hall", None), ("appointment", "dentist Tuesday", "2026-03-10"), ("약속", "화요일 필라테스 상담", "2026-03-10"),
        ("면접", "매일유업 면접 화요일", "2026-03-10"), ("plan", "everything packed by Tuesday", "2026-03-10"),
    ],
)  # fmt: skip
def test_what_is_repeated_has_no_day(key: str, value: str, told: str | None) -> None:
    assert dated(Proposal(key, value), value, NOW)[1] == told


@pytest.mark.parametrize(
    ("text", "was", "will_be"),
    [
        ("on saturday", "2026-02-28", "2026-03-07"), ("in march", "2026-03", "2026-03"), ("in June", "2025-06", "2026-06"), ("on 12 December", "2025-12-12", "2026-12-12"),
        ("on the 19th", "2026-02-19", "2026-03-19"), ("2월 1일에", "2026-02-01", "2027-02-01"), ("토요일에", "2026-02-28", "2026-03-07"), ("next june", "2026-06", "2026-06"),
    ],
)  # fmt: skip
def test_what_was_lies_behind(text: str, was: str, will_be: str) -> None:
    assert [found.date for past in (True, False) if (found := times.find(text, NOW, past=past))] == [was, will_be]


@pytest.mark.parametrize(
    ("key", "value", "message", "told"),
    [
        ("event", "party saturday", "She was so happy: her party is on saturday!", "2026-03-07"),
        ("surgery", "surgery on friday", "Got a surgery on friday", "2026-03-06"),
        ("pet", "cat Olive", "I lost my keys today and I live with my cat Olive", None),
        ("mother", "works at Asda", "My dad died in May and my mum works at Asda", None),
        ("직장", "삼성", "오늘 삼성 출근하기 싫다", None),
        ("event", "regatta", "regatta is on the 30th, pray for wind", "2026-03-30"),
        ("event", "halloween concert 30th", "halloween concert is on the 30th and i have a SOLO", "2026-10-30"),
        ("exam", "IELTS next month", "My IELTS exam is next month, on the 14th", "2026-04-14"),
        ("event", "harvest festival saturday", "we got a spot at the harvest festival next saturday", "2026-03-14"),
        ("appointment", "dentist wednesday", "dentist moved to wednesday", "2026-03-11"),
        ("job", "receptionist", "started today as a receptionist at Halden Dental", "2026-03-05"),
        ("home", "Limerick", "moved into a tiny studio in Limerick on saturday", "2026-02-28"),
        ("home", "Leicester", "i was born in Gdansk but live in Leicester since 2014", "2014"),
        ("relationship", "widowed", "I was widowed in March last year", "2025-03"),
        ("pet", "greyhound", "adopted a greyhound yesterday!!", "2026-03-04"),
        ("pet", "greyhound", "took the greyhound to the beach yesterday", None),
        ("job", "waiter", "my boss yelled at the waiter on monday", None),
        ("habit", "Tuesday knit night", "Every Tuesday I go to a knit night", None),
        ("name", "Winston", "I am Winston and I moved here in May", None),
        ("likes", "jazz", "started to like jazz in 2019", None),
        ("school", "Westmere", "start at Westmere on Monday or on Tuesday", None),
        ("사는 곳", "용인", "지난주에 용인으로 이사왔습니다", "2026-02-23/2026-03-01"),
        ("자녀", "아기 2월 1일", "우리 아기 태어났어 2월 1일에!", "2026-02-01"),
        ("자격증", "면허", "지난달에 면허도 땄어요 ㅎㅎ", "2026-02"),
        ("직장", "보건소", "3월 20일부터 보건소로 출근해", "2026-03-20"),
        ("반려동물", "콩이", "어제 콩이 산책시켰어", None),
        ("event", "citizenship ceremony January 2", "Got my citizenship ceremony on January 2", "2027-01-02"),
        ("event", "wedding march 2nd", "wedding moved to march 2nd, venue mix up", "2027-03-02"),
        ("event", "married in May", "we got married in May", "2025-05"),
        ("health", "laser surgery", "had laser surgery on my eyes last week", "2026-02-23/2026-03-01"),
        ("trip", "Sardinia", "we've got a trip to Sardinia booked for september", "2026-09"),
        ("일정", "집들이 2주 뒤 토요일", "집들이는 2주 뒤 토요일에 하려고", "2026-03-21"),
        ("자녀", "28일에 둘째", "지난달 28일에 둘째 낳았어요", "2026-02-28"),
        ("결혼", "3월에 결혼", "3월에 결혼하기로 했어", "2026-03"),
    ],
)
def test_a_fact_is_of_the_day_beside_it(key: str, value: str, message: str, told: str | None) -> None:
    assert dated(Proposal(key, value), message, NOW)[1] == told
