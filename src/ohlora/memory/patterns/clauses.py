"""A message in clauses, and what kind of saying each is: a question, an order, something imagined, a word about her.

Knows nothing of facts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ohlora.memory.patterns.words import FIRST, KIN, PET, WHOM, trim
from ohlora.memory.proposal import Act, Proposal

QUOTED = re.compile(
    r"[\"“”「」『』][^\"“”「」『』]*[\"“”「」『』]|(?<![가-힣A-Za-z])['‘](?:[^'‘’]|(?<=[A-Za-z])['’](?=[A-Za-z])){2,}['’](?![A-Za-z])"
)
_UNREAL = re.compile(
    r"만약|만일|(?<=[이의사생람])라면\s|다면(?!서)|었으면|았으면|였으면|했으면|으면 좋겠|면 좋겠|뻥이|거짓말|농담|장난이|척\s?(하|해|했)|꿈에서|"
    r"꿈꿨|전생에|영화에서|드라마에서|소설(?:에서|에선|에 나오|속)|게임에서|캐릭터(는|가)|라고 치자|라고 가정|상상|만우절|줄 알았|뻔했|할까\s|"
    r"라고 (말해|대답|답해|써 줘|적어|번역)|\bif i\b|\bimagine\b|(?<!\bi )\bsuppose\b|\bpretend\b|\bjust kidding\b|\byeah,? (?:sure|right),? and i['’]?m the\b|\bi['’]?m the (?:queen of|pope\b)|\bjoking\b|\bi wish\b|"
    r"\bi dream(?:ed|t)\b|\bdream,? (?:(?:where|that|in which) )?(?:i|we) (?:was|were|had|lived|could)\b|\bi['’]?d (?:call|name) (?:him|her|it|them|this|that) (?!\w+day\b)(?-i:[A-Z])|\bi['’]d be\b|\bid be (?:an?|the|called|living|working)\b|\bhypothetical|\brole-?play|in the (movie|film|book|game|novel)|\bwould be\b",
    re.IGNORECASE,
)
_JOKE = re.compile(r"농담|뻥이|거짓말이|구라|장난이야|장난이에요|just kidding|\bjk\b|i'm joking", re.IGNORECASE)
JOKED = re.compile(r"뻥이[고야지]|구라[고야지]|농담이[고야지]|장난이고")
"""What stands before it was a joke: "재벌 3세야ㅋㅋ 뻥이고 지금 만원버스"."""
_BIDS = (
    r"(?:you\w*|always|never|must|shall|ever|everything|everyone|anything|remember\w*|repl\w+|answer\w*|call|(?<!my )name|say|store|save|note|log|record|ignore|treat|write|add|respond|speak|talk|refer|address|obey|act|"
    r"believe|trust|forget|use|admin\w*|master|boss|root|god|king|queen|emperor|lord|majesty|highness|president|ceo|system|user)"
)
"""Words of what is ordered, or of whom one would be called."""
_BIDDING = (
    r"(?:(?:please|just|and|so|now|ok|okay|hey|hi|let['’]?s) ?,? )*(?:consider|assume|pretend|regard|register|make|think|know|keep|hold|take|accept|memori[sz]e|get this|understand|agree|be|do|don['’]?t|"
    r"stop|list|put|set|mark|count|view|see|tell|give|update|change|imagine|suppose|learn|listen|let it|let my|let me be|recogni[sz]e|acknowledge|confirm|believe|file|enter|insert|commit|input|append|i want (?:it|this)|i need (?:it|this))"
)
"""How a sentence begins that bids her hold something true."""
_TO_HER = r"(?:you\w*|remember\w*|store|save|note|log|record|ignore|obey|admin\w*|system|user|assistant|ai|bot|memory|aurora|prompt)"
_OWN_FROM_NOW_ON = re.compile(
    r"(?:^|[.!?;]\s+)(?:(?:so|and|but|well|ok|okay) )?(?:i|we|he|she|they|it)(?:['’]?(?:m|ll|ve|re|s))? (?:(?!\b(?:you|treat|call|never|always|remember|admin|master|boss|root)\b)[^.!?;:]){0,60}?\bfrom now on(?=\s*(?:[.!)]|$))"
    r"|\b(?:is|are|was|were|got|has been|have been) (?:now |being )?(?:switched|moved|changed|shifted|on|at|every) (?:(?!\b(?:you|your|admin|master|boss|root|god|king|queen)\b)[^.!?;:]){2,40}?\bfrom now on(?=\s*(?:[.,!)]|$))"
    r"|(?:^|[.!?;,]\s+)(?:so )?from now on,? my (?!name\b|word\b|orders?\b)(?:\w+ ){1,3}?(?:is|are)\b(?![^.!?]*\byou)"
    r"|\bgoing (?:every|on|to) [^.!?;:]{2,30}?\bfrom now on(?=\s*(?:[.,!)]|$))"
    r"|\b(?:rent|salary|pay|wages?|shifts?|class\w*|lessons?|fees?|price|office|commute|hours)(?:['’]s| is| are) [^.!?;:]{1,25}?\bfrom now on(?=\s*(?:[.,!)]|$))"
    r"|^(?:(?!\byou)[^.!?;:]){2,40}?(?:['’]s|\bis|\bare|\bon) (?:\w+ ){0,2}\w+days? from now on(?=[.,!]|$)"
    r"|(?:^|[.!?;]\s+)from now on,? (?:i|we)(?:['’]?ll| will|['’]?m (?:going|gonna|working|only|not|vegan|vegetarian|eating|doing|living))\b(?![^.!?]*\byou)"
    # "it's naproxen from now on", "cargo bike only from now on": said last, with no word to do anything
    rf"|(?:^|[.!?;]\s+)(?!{_BIDDING}\b)(?:(?:(?!\b{_TO_HER}\b)[^.!?;\n]){{0,120}}?[:,]\s+)?(?:(?!\b(?:{_BIDS}|sultan|captain|commander|chosen)\b)[^.!?;:\n]){{2,80}}?\bfrom now on(?=\s*(?:[.,!)]|$))",
    re.IGNORECASE,
)
"""A change of the user's own that uses the words of an order."""
_ASKED_TO_KEEP = re.compile(
    r"(?:생일|생신|기념일|나이|(?<![가-힣])만)\S{0,2}\s[^.!?\n]{0,14}?(?:(?<!\d{2})\d\s?[월일살세]|[한두세네섯곱덟홉열물른흔쉰순든])로\s*(?:기억|알아|저장|메모)\s?(?:해\s?)?(?:줘|둬|주세요|두세요|주셈|주라|줄래)"
    r"|(?:아니|잘못|오타|정정|앗|아차|잠만|잠깐|음력|양력|주민등록)[^!?\n]{0,40}?(?<!\d{2})\d\s?[월일살세]로\s*(?:기억|알아|저장|메모)\s?(?:해\s?)?(?:줘|둬|주세요|두세요|주셈|주라|줄래)"
    r"|(?:이걸|그걸)로\s*(?:기억|알아|저장|메모)\s?(?:해\s?)?(?:줘|둬|주세요|두세요|주셈|주라|줄래)"
    r"|(?<![가-힣])앞으(?:로는|론|로)\s(?:저를\s|절\s|나를\s|날\s)?(?!(?:[가-힣]{0,3}(?:님|폐하|각하|대장|주인|마스터|사령관|전하|보스|공주|오빠|언니|누나|여보|황제|국왕|대왕|여왕|대감|서방|회장|대표|사장|원장|부장|박사|교수|의사|판사|검사|변호사|선생|천재|주군|군주|장군|남편|아내|엄마|아빠|대통령|총리|장관|재벌|부자|관리자|운영자|개발자|사용자|왕자|황후|황태자|영웅|교주|하느님|하나님|바보|노예)|왕|신|여신|황|제왕|형|큰형|자기|갓)(?:이?라고))[가-힣]{2,4}?(?:이라고|라고)\s불러\s?(?:주세요|줘요?|주실래요|주라)(?=[.!~ㅋㅎ\s]*$)"
)
"""What the user asks to keep of himself, in one sentence with what it is: a day or an age put right, or what friends call him."""
_ORDER = re.compile(
    r"시스템|system\s*(:|prompt|message)|프롬프트|\bprompts?\b|\bignore (?:all|any|the|every|everything|your|my|previous|prior|above|that|this|these|those|what|whatever|rules?|instructions?)\b|무시하|(?<!금)지시|명령|(?<!불)규칙|설정(을|해|은|:)|관리자|개발자 모드|\badmin\b|"
    r"앞으로(는|\s).{0,40}(해|해라|하라|해야 해|해야 돼|하지 마|말해|답해|대답|불러|따라|들어|말고)|(?:무조건|반드시)(?=.{0,24}(?:해라|하라|해야|해 ?줘|맞다|믿어|동의|대답|말해|답해|따라|불러|기억|저장))|from now on|\bnew rules?\s*:\s*(?:you|always|never|everything|the assistant|from)\b|\beverything (?:before|above) this\b|\bpermanently (?:store|save|remember|record)\b|(?:^|[.!]\s+)store that (?:my|the|i|you)\b|\battention,? (?:chatbot|ai|assistant)\b|\bnote to (?:ai|chatbot|assistant)s?\b|"
    r"you (must|should|are now|will always)|always (say|answer|reply|respond)|(라고|다고|하라고|으로|(?<![그이]걸)(?<!나이)로)만? (기억|저장|기록|메모|외워|알아(?![보봤본볼]))|"
    r"remember that (you|the|all|every)|(?<!\bi )(?<!\bwe )(?<!['’]ll )\balways remember that (?:i|my|you)\b|store (this|the following)|\[[^\]]+:[^\]]+\]|<\/?\w+>|\{.*\}|memory:|메모\s*[::]|기억(?:해|해 ?둬|하세요|해라)?\s*[:：]|역할극|롤플레이|"
    r"#{2,}.{0,12}(?:기억|메모|저장|memory)|<!--|\buser의|(?:기억|설정|메모|규칙|정보|거주지|이름)\S{0,2}\s(?:\S+\s){0,3}?덮어[쓸써쓰]|기억\s?(?:갱신|업데이트|저장)\s*[:：#]|memory (?:update|override)\s*[:#]",
    re.IGNORECASE,
)
_INJECTED = re.compile(
    r"^[^\w\[]{0,8}\[[^\]\[]{0,60}\b(?:memory|system|override|admin|developer)\b[^\]\[]{0,60}\]|\b(?:assistant|system|ai|model|admin|developer) (?:note|message|command|override)\s*[:：]|"
    r"\brecord permanently\b|\b(?:name|age|job|home|city|user\w*|memory) = [^=\n]{1,60}\b\w+ = \S|개발자 모드|사용자(?:의|는|가)\s[^.!?\n]{0,30}(?:덮어[쓰쓴써쓸]|(?:저장|기억|기록|변경|수정)(?:해라|하라|할 것|해 ?줘|하세요|하시오|한다|됨))",
    re.IGNORECASE,
)
"""No person says it of himself, whatever else the message holds."""
_ABOUT_HER = re.compile(
    r"(?<![가-힣])(너|넌|네가|니가|너는|너도|너의|너랑|네(?!이버|트워크|덜란드|온|팔)(?! ?(?:살|마리|명|시|개|번|달|식구|남매|형제|자매|째|과목|군데|잔|병|갑|그릇|권|가지|분|통|판|킬로|키로|층|학기|곳|대|장|켤레|끼|캔))|니|당신|당신은|오로라|오로라는|오로라가|you|your|you're|aurora)(?=[\s,은는이가도랑의!?]|$)",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"^\s*(?:(?:아|어|음|근데|저기|hey|hi|oh)[\s,!.~]+)?(?:오로라야|오로라 ?[님씨],|aurora,|네(?=[,\s].*(?:요|니다|죠)[\s.!~ㅋㅎㅠㅜ]*$))[,!~\s]*",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"[??]\s*$|(뭐게|누구게|어디게|언제게|(?<=[뭐구디제떻])게요|을까|ㄹ까|할까|일까|까요|니|냐|(?:[있없하되겠었았렇보]|어떠)나요|[은는인던]가요|은가|는가|던가|뭐지|누구지|어디지|언제지|"
    r"(?:뭐|뭐였|누구|어디|언제|몇 ?\S*)더라|이더라|뭐였지|였지|인지 알아|지 알아|기억나|기억해\?|알지|(?<!줄 )알아|(?:말해|맞혀|맞춰|알려|얘기해|추천해|골라|읽어) ?(?:봐|줘|줄래|주세요|봐요))\s*[.!~ㅋㅎ]*$"
)
_COMPLAINS = re.compile(
    r"^(?!.*(?:다들|사람들|애들|남들|친구들|[가-힣]들은)).*왜\s?(?:이렇게|이리|일케|이케|케)|왤케|웰케|실화(?:냐|니|인가|임)|어딨[냐니]|나만\s\S+(?:냐|니)\W*$|(?<![뭐시디제구])[라다]니[^\w?]*$|"
    r"^(?:나|내|우리|울|저|제)\S{0,2}\s[^?]*(?:있|했|됐|샀|왔|겼|운|산|간|었|았)다\?+\W*$"
)
"""Has the form of a question and asks nothing: "내 폰 배터리 왜 이렇게 빨리 닳냐", "고2 인생 실화냐", "예순에 외국어라니"."""
_SAID_BEFORE = re.compile(
    r"[가-힣][다라]고\s+(?:제가 |내가 )?(?:말씀드렸|(?:말|얘기|이야기)했(?:나|던가|었나))\S*\s*\??$"
)
_ASKS_WHAT = re.compile(r"어디|뭐|뭘|뭔|무슨|무엇|누구|누가|언제|몇|왜|어느|어떤|얼마|설마")
_HEARSAY = re.compile(
    r"(?<!그)(?<!이)(?:대|대요|래|래요|다더라|라더라|다던데|라던데|다며|라며|다면서)\s*[.!~…ㅋㅎㅠㅜ]*$|(?:라고|다고) (?:들었|했는데|했었|하던데|하더라)"
)
_ANOTHER = re.compile(
    r"(?:걔|그 (?!후|뒤|때|날|동안|전)[가-힣]{2,6}[은는]\s|그 ?사람|그분|그녀|그는|누가|사람들|남들|다들|[가-힣]{2,3}(?:씨|님)(?:은|는|이|가))"
)
_OPENING = re.compile(
    r"^(?:아니야?|아냐|아|어|음|참|아참|근데|그런데|사실|실은|있잖아|저기|그리고|그래서|맞다|참고로|정정할게)[,\s]+"
)
_OF_THE_USER = re.compile(rf"(?:^|\s)(?:{FIRST}|{WHOM})(?:\s|$)")
_KEEPS = re.compile(r"키우|키워|길러|기르|데려|입양|우리 집|우리집|있")
# Whoever writes more than this in one breath is not telling his name; and patterns must end soon whatever is sent.
_LONGEST_CLAUSE, _LONGEST_VALUE = 120, 40
_RAMBLING = re.compile(r"\S{28,}")


def is_order(message: str) -> bool:
    """Does the message try to tell her what to hold true or how to answer?"""
    return _ORDER.search(without_asking(_OWN_FROM_NOW_ON.sub(" ", message))) is not None


_INSISTS = re.compile(r"무조건|반드시|노예|하인|충성|복종|(?<![가-힣])(?:너는|넌|네가|니가)\s")


def without_asking(message: str) -> str:
    """The message without what it asks to keep, in these forms, of the user's own: that is no order."""
    return message if _INSISTS.search(message) else _ASKED_TO_KEEP.sub(" ", message)


def is_injected(message: str) -> bool:
    """Is the message written as if it came from her makers, or from another program?"""
    return _INJECTED.search(message) is not None


def is_unreal(clause: str) -> bool:
    """Is the clause imagined, joked or quoted?"""
    return _UNREAL.search(clause) is not None


_SAID_TO_NOBODY = re.compile(
    r"\b(?:are you kidding(?: me)?|you know(?: what)?|if you ask me|thank you|can you believe(?: it| this)?|let me tell you)\b",
    re.IGNORECASE,
)
"""Has a "you" that is nobody."""
_HAVE_I_SAID = re.compile(
    r"(?:did|have) i (?:ever |already )?(?:tell|told|mention(?:ed)?|say|said)\b.*\b(?:i['’]?m|i|my|we)\b", re.IGNORECASE
)
"""Asks whether it was said, and says it: "did i tell u im doing nursing?"."""


def about_her(clause: str) -> bool:
    """Is the clause about her, not about the user? Calling her by her name, or a polite "네", is no word about her."""
    return _ABOUT_HER.search(_SAID_TO_NOBODY.sub("", _CALLED.sub("", clause))) is not None


def asks(clause: str) -> bool:
    """Is the clause a question? "알레르기 있다고 말씀드렸나요?" asks whether it was said, and says it; a complaint asks nothing."""
    if _QUESTION.search(clause) is None or _COMPLAINS.search(clause) or _HAVE_I_SAID.match(clause):
        return False
    return not (_SAID_BEFORE.search(clause) and not _ASKS_WHAT.search(clause))


def clauses(message: str) -> list[str]:
    """The sentences of a message, and the parts that commas and "…인데", "…고" make of them."""
    parts = re.split(r"(?<=[.!?~…])(?<!\bSt\.)(?<!\bDr\.)(?<!\bMr\.)(?<!\bMt\.)\s+|(?<=[ㅋㅎㅠㅜ])\s+|[\n;]+|,\s*|(?<=[가-힣]는데)\s+|(?<=[인은]데)\s+|(?<=[가-힣]고)(?<!라고)(?<!다고)(?<!자고)(?<!말고)(?<!아니고)(?<!빼고)(?<!안 하고)\s+(?!있|싶|나서|계|다니|살|일하|지내)|(?<=지만)\s+|(?<=[가-힣]거든)\s+|(?<=[었았했였]음)\s+", message)  # fmt: skip
    return [part.strip() for part in parts if part.strip()]


def is_joke(message: str) -> bool:
    """Does the message say of itself that it is a joke?"""
    return _JOKE.search(message) is not None


@dataclass(frozen=True)
class Clause:
    """A clause of a message.

    Attributes:
        text: the clause.
        message: the whole message, without what is quoted in it.
        pet: the kind of animal that is spoken of; "" for none.
        asked: whether it is a question or hearsay: nothing is told.
        of_her: whether it is about her.
    """

    text: str
    message: str
    pet: str = ""
    asked: bool = False
    of_her: bool = False

    @cached_property
    def kin(self) -> bool:
        """Is it about a relative?"""
        return re.match(rf"(?:{WHOM}\s*)?{KIN}(?:이|가|은|는|도|의|랑|네|께서)?(?=\s|$)", self.text) is not None

    @cached_property
    def mine(self) -> bool:
        """Is it about the user?"""
        return not self.kin and not _ANOTHER.match(self.text)

    def keep(self, key: str, value: str, act: Act = "keep", *, sure: bool = False) -> Iterator[Proposal]:
        """A fact it tells; none where the value is empty or goes on and on."""
        value = trim(value)
        if value and len(value) <= _LONGEST_VALUE:
            yield Proposal(key, value, act, self.text, sure=sure)


def read(message: str) -> Iterator[Clause]:
    """The clauses that may tell something: none that is imagined, none that goes on and on."""
    pet, of_her = "", False
    for text in clauses(message):
        text = _OPENING.sub("", text)
        if len(text) > _LONGEST_CLAUSE or _RAMBLING.search(text) or is_unreal(text) or is_unreal(f"{text} "):
            continue
        of_her = bool(_ABOUT_HER.search(text)) or (of_her and not _OF_THE_USER.search(text))
        if _KEEPS.search(text) and (named := re.search(PET, text)):
            pet = named[0]
        yield Clause(text, message, pet, asks(text) or bool(_HEARSAY.search(text)), of_her)
        of_her = of_her and not re.search(r"[.!?~…]\s*$", text)
