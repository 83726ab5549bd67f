"""Who is around the user, in Korean: animals, family, friends, partners. Knows clauses and nothing of what is in memory."""

import re
from collections.abc import Iterator

from ohlora.memory.patterns.clauses import Clause, clauses
from ohlora.memory.patterns.words import FIRST, JOB, KEY_OF_KIN, KIN, PET, TAIL, WHOM
from ohlora.memory.proposal import Proposal

_FAREWELL = re.compile(
    r"(?<![가-힣])(?!우리|저희|어제|어젯|오늘|지난|작년|재작년|먼저|방금|올해|새벽|아침|저녁|그저께|결국|이미|벌써|[가-힣]+에\s)(?P<who>[가-힣]{2,5}?)(?:이가|이는|께서|께선|[이가은는를을])?\s+(?:[가-힣0-9]+\s+){0,3}?"
    r"(?:(?P<v>무지개\s?다리)를?\s*(?:건넜|건너|갔)|(?P<w>하늘나라)(?:로|에)?\s*(?:갔|가셨|가버|떠났|보냈|보내)|(?P<x>돌아가)(?:셨(?!으면|을|대|던|는지)|신 지|셔서))"
)
_SHOWN = re.compile(
    rf"(?:우리|저희|울)\s*(?:집\s*)?(?P<k>(?!새|개|뱀){PET})\s+(?P<v>(?!너무|진짜|같이|오늘|어제|이름|사진|간식|사료)[가-힣]{{2,3}})\s+(?:사진|영상|간식|사료|자랑|생일|생각)"
)
_WALKED = re.compile(
    rf"(?:^|\s)(?P<k>(?!새|개|뱀){PET})\s+(?P<v>(?!너무|진짜|같이|한테|오늘|어제|친구|엄마|아빠|카페|주인|유치원)[가-힣]{{2,3}}?)(?:이랑|랑|하고)\s+(?:같이\s|저녁\s|아침\s|밤\s|동네\s)?(?:산책|낮잠|놀러|공놀이|병원|누워|자고)"
)
_PARTED = re.compile(
    r"(?P<v>헤어졌(?:어|다(?![가는])|음|네|습니다))|"
    r"(?:남친|여친|[남여]자친구|애인)(?:이?랑|하고|와|과)\s*(?:완전히?\s*)?(?P<w>(?:끝났|끝냈)(?:어|다(?![가는])|음|네|습니다))"
)
_OF_STRANGERS = re.compile(r"친구|동료|옆집|지인|이웃|선배|후배|팀장|부장|사장|연예인|드라마|노래|가사|뉴스")
_KIN_AS_SUBJECT = re.compile(
    rf"(?<![가-힣]){KIN}(?:이|가|은|는|도|네)(?=\s)|(?<![가-힣])(?!남친|여친|애인|남편|아내|와이프|집사람|신랑){KIN}(?:이?랑|하고|와|과)(?=\s)"
)


def animals(said: Clause) -> Iterator[Proposal]:
    """Animals: kind, number, name, and that one has died."""
    clause, message, mine = said.text, said.message, said.mine
    if m := re.search(
        rf"(?P<v>(?:[가-힣]+\s)?{PET}(?:랑\s*{PET})?(?:를|을)?\s*(?:[한두세네]\s*마리|\d+\s*마리|다섯 마리)?)\s*(?:를|을|도|랑)?\s*(?:같이\s*)?(?:키우|키워|키운|키웁|길러|기르|기릅|데려왔|입양했|입양함|모시고 살|살아|있어|있다)",
        clause,
    ):
        if (
            not re.search(
                r"키우고 싶|키울까|기르고 싶|입양하고 싶|안 키|못 키|안키|친구|키우는 사람|길에|밖에|옆집|이웃", clause
            )
            and (mine or re.search("우리", clause))
            and not ("있다" in m[0] and not re.search(r"(?:우리|울|저희)\s?집|^나\s", clause))
        ):
            kind = re.sub(
                rf"^(?:{FIRST}|우리|저희|집에|귀여운|집에서|요즘|지금|전에|어제|이번에|새로)\s+|(?:를|을)(?=\s|$)",
                "",
                m["v"].strip(),
            ).strip()
            name = re.search(rf"이름(?:은|이)?\s*(?P<v>[가-힣A-Za-z]{{1,6}}?){TAIL}", " ".join(clauses(message)[-1:]) if "이름" in clauses(message)[-1] else "") if "이름" in message else None  # fmt: skip
            if name is None and "이름" in message:
                name = next(
                    (
                        n
                        for part in clauses(message)
                        if (n := re.search(rf"^이름(?:은|이)?\s*(?P<v>[가-힣A-Za-z]{{1,6}}?){TAIL}", part))
                    ),
                    None,
                )
            yield from said.keep("반려동물", f"{kind} {name['v']}" if name else kind, sure=True)
    if m := re.search(
        rf"(?:우리|저희|울|내|제)\s*(?:집\s*)?(?P<k>{PET})(?:의)?\s*(?:이름(?:은|이)?\s*)(?P<v>[가-힣A-Za-z]{{1,6}}?){TAIL}",
        clause,
    ):
        yield from said.keep("반려동물", f"{m['k']} {m['v']}", sure=True)
    elif m := re.match(rf"(?!새\s|개\s)(?P<k>{PET})\s*이름(?:은|이)?\s*(?P<v>[가-힣A-Za-z]{{1,6}}?){TAIL}", clause):
        yield from said.keep("반려동물", f"{m['k']} {m['v']}")
    elif m := re.search(
        rf"(?:우리|저희|울)\s*(?:집\s*)?(?P<k>{PET})\s+(?:(?P<short>[가-힣]이)(?:가|는|랑|도)?|(?P<v>[가-힣]{{1,4}}?)(?:이가|이는|이랑|가|는|이|랑))\s",
        clause,
    ):
        called = m["short"] or m["v"]  # of "콩이" the 이 is part of the name
        if not re.search(
            r"^(?:너무|진짜|오늘|어제|요즘|자꾸|또|왜|밥|산책|사료|털|안|다|잘|맨날|벌써|지금|병원|새벽|목욕|꼬리|놀이|먹이|둘이|셋이|많이|나이|사이|같이|길이|높이|깊이|종이|눈이|살이|아이|별이\s*(?:됐|되))",
            called,
        ):
            yield from said.keep("반려동물", f"{m['k']} {called}", sure=True)
    if (m := _SHOWN.search(clause)) and not _OF_STRANGERS.search(clause):
        yield from said.keep("반려동물", f"{m['k']} {m['v']}", sure=True)
    if (m := _WALKED.search(clause)) and not _OF_STRANGERS.search(clause):
        yield from said.keep("반려동물", f"{m['k']} {m['v']}", sure=True)
    if re.search(
        rf"(?:우리\s*)?(?:{PET}|[가-힣]{{1,4}})(?:이가|가|이)?\s*(?:무지개다리|하늘나라|죽었어|떠났어|세상을 떠)",
        clause,
    ) and re.search(PET, message):
        yield Proposal("반려동물", (re.search(PET, message) or [""])[0], "end", clause)


def family(said: Clause) -> Iterator[Proposal]:
    """Relatives: how many, their names, work and homes."""
    clause = said.text
    if re.match(r"(?:그|옆|앞|윗|아랫|뒷)\s?집\s", clause):
        return
    if m := re.search(
        r"(?P<v>(?:(?:쌍둥이|막내|큰|작은|초등학생|중학생|고등학생|대학생|[가-힣\d]+ 살(?: 터울)?|두 살 (?:위|아래)|결혼한)\s?)?(?P<k>여동생|남동생|동생|언니|누나|오빠|형|아들|딸|조카|손주|손녀|손자))(?P<n>(?:이|가|만)?\s*(?:[한두세네] ?명|하나|둘|셋|\d명))(?P<rest>(?:이|가|씩)?\s*(?:있|이야|이고|야|랑|인데|을|를|키|이에요|예요|고|이라|,|$))",
        clause,
    ):
        yield from said.keep(
            KEY_OF_KIN.get(m["k"], "가족"), m["v"] + " " + re.sub(r"^(?:이|가|만)", "", m["n"]).strip(), sure=True
        )
    elif m := re.search(
        rf"(?:{FIRST}|우리|저희|나한테|저한테)\s*(?P<v>(?:(?:쌍둥이|막내|[가-힣\d]+ 살(?:짜리)?|두 살 (?:위|아래)|결혼한)\s?)?(?P<k>여동생|남동생|동생|언니|누나|오빠|형|아들|딸))(?:이|가|도)?\s*있(?!잖|어서|으)",
        clause,
    ):
        yield from said.keep(KEY_OF_KIN[m["k"]], m["v"], sure=True)
    if (
        m := re.search(
            rf"(?:{WHOM}\s*)?(?P<k>{KIN})(?:의)?\s*이름(?:은|이)?\s*(?P<v>[가-힣A-Za-z]{{1,6}}?)(?:이고요?|고요?|이랑|랑|이야|야|이에요|예요|입니다|인데|거든|이거든)?(?=\s|$|[.!~])",
            clause,
        )
    ) or (
        m := re.search(
            rf"(?:{WHOM}\s*)?(?P<k>{KIN})(?:은|는|이|가|도)?\s*(?:지금\s*|현재\s*|요즘\s*|원래\s*)?(?P<v>(?:[가-힣A-Za-z0-9]+\s){{0,2}}?[가-힣]*{JOB})(?:이셔|셔|세요|이세요|이야|야|이에요|예요|입니다|이고|고|인데|이거든|거든|로 일|으로 일|였어|이었어|이라|라서)",
            clause,
        )
    ):
        yield from said.keep(KEY_OF_KIN.get(m["k"], "가족"), f"{m['k']} {m['v']}", sure=True)
    elif m := re.search(
        rf"(?:{WHOM}\s*)?(?P<k>{KIN})(?:은|는|이|가|도)\s*(?:지금\s*|현재\s*|요즘\s*)?(?P<v>[가-힣A-Za-z0-9 ]{{1,16}}?)(?:에서|에)\s*(?P<verb>살아|살고|사셔|사세요|산다|있어|계셔|일해|일하|다녀|다니|근무|유학)",
        clause,
    ):
        if not re.search(r"집|방|여기|거기|병원|오늘|화장실|옆", m["v"]):
            yield from said.keep(
                KEY_OF_KIN.get(m["k"], "가족"),
                f"{m['k']} {m['v']} {'일함' if m['verb'][0] in '일근' else '거주'}",
                sure=True,
            )


def partners_and_friends(said: Clause) -> Iterator[Proposal]:
    """Partners, friends, marriage."""
    clause, message, mine = said.text, said.message, said.mine
    if re.search(
        r"(?:남자친구|남친|여자친구|여친|애인)(?:이|가)?\s*(?:생겼|있어|있거든|있는데)", clause
    ) and not re.search(r"생겼으면|있었|없", clause):
        name = re.search(r"이름은?\s*(?P<v>[가-힣]{2,4}?)(?:이야|야|이에요|예요|입니다|이고)", message)
        who = (re.search(r"남자친구|남친|여자친구|여친|애인", clause) or [""])[0]
        yield from said.keep("연인", f"{who} {name['v']}" if name else who, sure=True)
    if (
        re.search(r"(?:헤어졌|이별했|차였|깨졌)", clause)
        and re.search(r"남친|여친|남자친구|여자친구|애인|걔|우리|나|^(?:결국\s*)?헤어졌|랑", clause)
        and not re.search(r"(?:친구|언니|오빠|누나|형|동생)(?:가|이)\s", clause)
    ):
        yield Proposal("연인", "", "end", clause)
    if mine and re.search(r"외동(?:이|딸|아들|으로)", clause):
        yield from said.keep("형제", (re.search(r"외동(?:딸|아들)?", clause) or [""])[0])
    if m := re.search(
        rf"(?:{WHOM}\s*)?(?:제일 친한\s*|가장 친한\s*)?(?<!남자)(?<!여자)(?:친구|절친|베프|단짝)(?:\s*이름)?(?:은|는)\s*(?P<v>[가-힣]{{2,4}}?)(?:이야|야|이에요|예요|입니다|이고|고)(?=\s|$|[.!~])",
        clause,
    ):
        if not re.search(rf"{JOB}$", m["v"]):
            yield from said.keep("친구", m["v"], sure=True)
    if mine and (m := re.search(r"결혼(?:한 지|생활)\s*(?P<v>[가-힣\d]+\s*(?:년|달|개월)(?:차)?)", clause)):
        yield from said.keep("결혼", m["v"])


def farewell(clause: str) -> Iterator[Proposal]:
    """Who has died, and that the user has parted: what she must never ask after as if nothing had happened."""
    m = _FAREWELL.search(clause)
    if m and not _OF_STRANGERS.search(clause):
        yield Proposal(m["who"], "돌아가심" if m["x"] else m["v"] or m["w"], "keep", clause, sure=True)
    told = re.sub(r"[남여]자친구", "애인", clause)
    if (parted := _PARTED.search(clause)) and not (_OF_STRANGERS.search(told) or _KIN_AS_SUBJECT.search(told)):
        yield Proposal("연애", parted["v"] or parted["w"], "keep", clause, sure=True)
