"""What the user likes, does and hopes for, in Korean. Knows clauses and nothing of what is in memory."""

import re
from collections.abc import Iterator

from ohlora.memory import times
from ohlora.memory.patterns.clauses import Clause
from ohlora.memory.patterns.words import ALWAYS, FIRST, FOODS, TAIL, WHOM, trim
from ohlora.memory.proposal import Proposal

_KINDS = [
    ("좋아하는 음식", re.compile(rf"{FOODS}$")),
    ("좋아하는 계절", re.compile(r"(?:봄|여름|가을|겨울)$")),
    ("좋아하는 색", re.compile(r"(?:색|색깔)$")),
    ("좋아하는 운동", re.compile(r"(?:축구|야구|농구|배구|테니스|배드민턴|탁구|수영|골프|볼링|러닝|달리기|등산|요가|필라테스|클라이밍|복싱|주짓수)$")),
    ("좋아하는 음악", re.compile(r"(?:음악|노래|재즈|힙합|발라드|락|록|클래식|트로트|케이팝|인디|메탈|랩|OST|뉴에이지)$")),
    ("좋아하는 영화", re.compile(r"영화$")),
    ("좋아하는 날씨", re.compile(r"(?:날|비|눈|안개)$")),
]  # fmt: skip
_NOT_LIKED = re.compile(
    r"^(?:너|네가|니가|당신|오로라|그거|이거|저거|그게|이게|그것|이것|기분|날씨|오늘|여기|거기|그때|지금|말|그|것|거|사람|컨디션|사이|이런 거|"
    r"그런 거|뭐|무엇|누구|어디|다|더|참|정말|진짜|그냥|같이 있는 게|이야기하는 게|우리|다들|모두|애들|친구들|남들|사람들|걔|그 사람)(?:\s|$)"
)


def hobbies(said: Clause) -> Iterator[Proposal]:
    """Hobbies."""
    clause, mine = said.text, said.mine
    if (
        mine
        and (
            m := re.search(
                rf"(?:{WHOM}\s*)?취미(?:는|가)\s*(?P<v>[^,.!?]{{2,24}}?)\s*(?:하는 거|하는 것|하기)?{TAIL}", clause
            )
        )
        and not re.search(r"취미(?:가|는)?\s*(?:없|뭐|있)|취미로", clause)
    ):
        yield from said.keep("취미", m["v"])
    elif mine and (
        m := re.search(
            r"(?P<v>[^,.!?]{2,24}?)(?:이|가)\s*(?:내\s*|제\s*|유일한\s*)?취미(?:야|예요|에요|입니다|거든|고|라)", clause
        )
    ):
        yield from said.keep("취미", re.sub(rf"^{FIRST}\s+", "", m["v"]))
    elif mine and (
        m := re.search(
            r"취미로\s*(?P<v>[^,.!?]{1,20}?)(?:을|를)?\s*(?:하고|해|한다|합니다|배우|쳐|치고|그려|그리|찍|다녀|만들|즐)",
            clause,
        )
    ):
        yield from said.keep("취미", m["v"])
    elif mine and (
        m := re.search(r"(?:요즘\s*)(?P<v>[^,.!?]{2,16}?)에\s*(?:푹\s*)?(?:빠졌|빠져|꽂혔|꽂혀|미쳐)", clause)
    ):
        yield from said.keep("취미", re.sub(rf"^{FIRST}\s+", "", m["v"]))
    elif mine and (
        m := re.search(r"도\s계속\s?(?:하면서|하고)\s(?P<v>[가-힣]{2,8})도\s(?:새로\s)?시작(?:했|함|해)", clause)
    ):
        yield from said.keep("취미", m["v"])


def learning(said: Clause) -> Iterator[Proposal]:
    """What is learnt and prepared for."""
    clause, mine = said.text, said.mine
    if mine and (
        m := re.search(
            r"(?P<v>[가-힣A-Za-z]+(?:\s[가-힣A-Za-z]+)?)(?:을|를|도)?\s*(?:배우고 있|배우는 중|배워|배운다|배우기 시작|배운 지|공부하고 있|공부하는 중|공부 중이)(?!\s*싶)",
            clause,
        )
    ):
        value = re.sub(rf"^(?:{FIRST}|요즘|지금|이제|취미로|새로|혼자|열심히)\s+", "", m["v"])
        if value not in ("많이", "새로", "뭐", "뭘", "요즘", "열심히", "혼자", "나", "저"):
            yield from said.keep("배우는 것", value)
    if mine and (
        m := re.search(
            r"(?P<v>[가-힣A-Za-z0-9]+(?:\s[가-힣A-Za-z0-9]+)?)(?:을|를)?\s*(?:준비하고 있|준비 ?중이|준비해(?:요)?$|준비하는 중|준비한 지)",
            clause,
        )
    ):
        value = re.sub(rf"^(?:{FIRST}|요즘|지금|열심히)\s+", "", m["v"])
        if not re.search(r"^(?:저녁|아침|점심|밥|나갈|마음|선물)", value):
            yield from said.keep(
                "시험" if re.search(r"시험|고시|공무원|기사|자격증|토익|수능|임용|면허", value) else "계획",
                f"{value} 준비",
            )


def goals(said: Clause) -> Iterator[Proposal]:
    """Goals and dreams."""
    clause, mine = said.text, said.mine
    if (
        mine
        and (
            m := re.search(
                rf"(?:{WHOM}\s*|올해\s*|내년\s*|새해\s*|이번 달\s*|평생\s*|최종\s*)?(?P<k>목표|꿈|장래 ?희망|소원)(?:은|는|가)\s*(?P<v>[^,.!?]{{2,30}}?)\s*(?:하는 거|하는 것|되는 거|되는 것|는 거|는 것|기)?{TAIL}",
                clause,
            )
        )
        and not re.search(r"꿈(?:을|에서|이었|꿨|이 뭐)|목표(?:가|는)?\s*(?:없|뭐)", clause)
    ):
        yield from said.keep("꿈" if "꿈" in m["k"] or "희망" in m["k"] else "목표", m["v"])
    elif mine and (
        m := re.search(
            r"(?P<v>[가-힣A-Za-z]+(?:\s[가-힣A-Za-z]+)?)(?:이|가)\s*되(?:고 싶|는 게 (?:내 |제 )?(?:꿈|목표)|려고 (?:공부|준비|노력))",
            clause,
        )
    ):
        yield from said.keep("꿈", re.sub(rf"^(?:{FIRST}|나중에|커서|꼭|언젠가|훌륭한|멋진)\s+", "", m["v"]))


def habits(said: Clause) -> Iterator[Proposal]:
    """What is done every so often."""
    clause, mine = said.text, said.mine
    if mine and (
        m := re.search(
            rf"(?P<v>(?:매일|매주|매달|날마다|아침마다|저녁마다|밤마다|주말마다|{times.WEEKDAY}마다|주 ?\d회|일주일에 \S+ ?번)\s*[^,.!?]{{2,24}}?)(?:을|를)?\s*(?:해|하고|한다|합니다|해요|하거든|가|간다|다녀|다니|뛰어|뛰|걸어|마셔|먹어|써|읽어)(?:요|고|거든|는데)?\s*[.!~ㅋㅎ]*$",
            clause,
        )
    ):
        yield from said.keep("습관", m["v"])


_ONE_OF_THOSE = re.compile(
    r"(?:^|\s)(?:(?P<of>[가-힣]{1,6}?)(?:은|는)\s+|[가-힣]{2,6}보다\s+)(?:무조건\s|역시\s|그래도\s)?(?P<v>[가-힣]{1,6})파"
    r"(?:다|야|이야|예요|에요|입니다|임|고|라서?|인데|이에요)?(?=[\s.!~,ㅋㅎ]|$)"
)
_PARTIES = re.compile(r"[우좌]|보수|진보|[친반]\S|강경|온건|대|쪽|실|양|노|전|한|늦|중도|초?음|전자|뇌|충격")
"""What ends so and is no taste: politics, an onion, a wave."""


def sides(said: Clause) -> Iterator[Proposal]:
    """What one is for of two that people part over: "닭갈비는 숯불파입니다"."""
    m = _ONE_OF_THOSE.search(said.text) if said.mine else None
    if m and not _PARTIES.fullmatch(m["v"]) and not re.search(r"정치|정당|선거|투표", said.message):
        of = m["of"] if m["of"] and m["of"] not in ("나", "저", "난", "전", "우리") else ""
        yield from said.keep("취향", f"{of} {m['v']}파".strip())


def tastes(said: Clause) -> Iterator[Proposal]:
    """What somebody likes, dislikes, cannot eat."""
    clause, mine = said.text, said.mine
    if mine and (
        m := re.search(
            rf"^(?:{WHOM}\s*)?최애(?:는|가)\s+(?P<v>[^,.!?♡♥]{{1,20}}?){TAIL}", re.sub(r"[♡♥❤ㅋㅎㅠ]+$", "", clause)
        )
    ):
        yield Proposal("좋아하는 것", trim(m["v"]), "keep", clause)
        return
    if m := re.search(
        rf"(?:내|제|나의|내가|제가|나)\s*(?:{ALWAYS}\s*)?(?:좋아하는|최애|사랑하는)\s+(?P<k>[가-힣]{{1,6}}?(?:\s?팀)?)(?:은|는|이|가|\s)\s*(?:바로\s*|역시\s*)?(?P<v>[^,.!?]{{1,20}}?){TAIL}",
        clause,
    ):
        if not re.search(r"^(?:사람|애|거|것|건|게|아이|바[뀌꼈뀜꿨].*)$", m["k"]) and not re.search(
            r"^(?:바[뀌꼈뀜꿨]|(?:뭐|누구|있|많|없)$)", m["v"]
        ):
            yield Proposal(f"좋아하는 {m['k']}", trim(m["v"]), "keep", clause, "", True)
            return
    if m := re.search(
        rf"(?:내|제|내가|제가)\s*(?:{ALWAYS}\s*)?(?:싫어하는|무서워하는|못 먹는)\s*(?P<k>[가-힣]{{1,6}}?)(?:은|는|이|가|\s)\s*(?P<v>[^,.!?]{{1,20}}?){TAIL}",
        clause,
    ):
        kind = "것" if m["k"] in ("건", "게", "거", "것은") else m["k"]
        yield Proposal(f"싫어하는 {kind}", trim(m["v"]), "keep", clause, "", True)
        return
    if not mine:
        return
    first = bool(re.search(rf"(?:^|\s){FIRST}(?:\s|$)", clause))
    never = re.search(
        rf"(?P<v>[^,.!?]{{1,20}}?)\s*(?:{ALWAYS}\s*)*(?:별로\s*)?(?:안 좋아해|안 좋아하|좋아하지 않|싫어해|싫어하|싫어함|싫어요?$|싫다$|질색|극혐|무서워해|무서워하|무서워함|못 먹|안 먹|입에도 못|못 마)(?!게 됐)",
        clause,
    )
    if never:
        disliked = re.sub(r"^.*(?:때문에|이제는?|이젠|요즘은?|원래)\s+", "", never["v"])
        value = _taste(disliked, bool(re.search(r"싫어요?$|싫다$|무서워", never[0])))
        if (
            value
            and not re.search(r"왜|으면|(?:면|서|게|도)\s|예고편", value)
            and not re.search(
                r"^(?:밥|약|아침|점심|저녁|오늘|지금|하나도|아무것도|잘|아직|거의|그래서|공부하기|일하기|출근하기|가기|학교 가기|혼자|살기|진짜)(?:\s|$|을|도)|기$",
                value,
            )
            and not re.search(r"오늘|지금|아직|어제|아까", clause)
            and not re.search(r"[서고면]$", value)
            and not (never[0].endswith("싫다") and not first and not re.search(ALWAYS, clause))
        ):
            if re.search(r"못 먹|안 먹|입에도|못 마", never[0]) or re.search(rf"{FOODS}$", value):
                yield Proposal("싫어하는 음식", value, "keep", clause)
            elif "무서" in never[0]:
                yield Proposal("무서워하는 것", value, "keep", clause)
            else:
                yield Proposal("싫어하는 것", value, "keep", clause)
        return
    like = re.search(
        rf"(?P<v>[^,.!?]{{1,24}}?)\s*(?:{ALWAYS}\s*)*(?P<verb>좋아해|좋아하거든|좋아합니다|좋아하고|좋아하는 편|좋아하는데|좋아함|좋아한다|좋아하지만|좋아하긴|사랑해|즐겨 \S+|최고야|없인 못 ?살|없으면 못 ?살(?!겠)|없이 못 ?살(?!겠)|좋더라|좋아요?$|좋아\s*[.!~ㅋㅎ]*$|좋다\s*[.!~ㅋㅎ]*$|팬이야|팬이에요|팬입니다|덕후)",
        clause,
    )
    if like:
        verb = like["verb"]
        value = _taste(like["v"], not verb.startswith(("좋아하", "좋아해", "좋아합", "좋아한", "즐겨")))
        weak = (
            verb.startswith(("좋아요", "좋아", "좋다", "좋더라", "최고", "사랑해"))
            and not verb.startswith("좋아하")
            and verb != "좋아해"
        )
        if (
            not value
            or _NOT_LIKED.search(value)
            or (weak and not first)
            or (verb.startswith("사랑해") and len(value) < 2)
        ):
            return
        if re.search(r"(?:때|면|서|니까|데|건|냐|왜|지)$|^왜|왜\s|해도|하면|보니|어서|나를|날$|저를|우리", value):
            return
        if "팬" in verb:
            yield Proposal(
                "좋아하는 가수"
                if not re.search(
                    r"트윈스|타이거즈|베어스|자이언츠|라이온즈|이글스|위즈|랜더스|히어로즈|다이노스|FC|유나이티드|토트넘|팀",
                    value,
                )
                else "응원하는 팀",
                value,
                "keep",
                clause,
            )
            return
        kind = next((name for name, form in _KINDS if form.search(value)), "좋아하는 것")
        yield Proposal(kind, value, "keep", clause)


def _taste(value: str, subject: bool) -> str:
    value = re.sub(
        rf"^(?:{FIRST}|세상에서|사실|요즘|원래|역시|아무래도|겨울엔|여름엔|그래도|그냥|솔직히|전\s|진짜|제일|특히|개인적으로)\s+",
        "",
        value.strip(),
    )
    value = re.sub(rf"^(?:{FIRST}|{ALWAYS})\s+", "", value)
    value = re.sub(rf"\s+{ALWAYS}$", "", value)
    value = re.sub(r"(?<=[가-힣]{2})[가를]$", "", value)
    value = re.sub(
        r"\s*(?:하는 거|하는 것|는 거|는 것|는 걸|하는 걸)$",
        lambda m: m[0] if m[0].strip().startswith("는") else "",
        value,
    )
    return trim(value)
