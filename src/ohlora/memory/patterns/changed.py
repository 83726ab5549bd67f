"""What is put right, given up or to be forgotten. Knows clauses and nothing of what is in memory."""

import re
from collections.abc import Iterator

from ohlora.memory.patterns.clauses import Clause
from ohlora.memory.patterns.words import COPULA, FIRST, TAIL, trim
from ohlora.memory.proposal import Proposal

_EXCHANGED = re.compile(
    r"(?P<old>[가-힣A-Za-z0-9-]{2,}(?:\s[가-힣A-Za-z0-9-]+)?)\s*(?:말고|대신에?|빼고|안 하고)\s+(?:(?:이제|이젠|요즘은?|요샌?|지금은|그냥)\s+)?"
    r"(?:(?P<w>[가-힣A-Za-z0-9-]{2,}\s[가-힣A-Za-z0-9-]{2,}?)(?:으로|로)(?=\s*(?:바[꿨꾸꿈뀌뀜꼈]|변경|갈아|정했))|"
    r"(?P<v>[가-힣A-Za-z0-9-]{2,}?(?:\s(?:오전|오후|저녁|야간|주간))?)(?:으로|로|을|를|만)?(?=[\s!.~]))"
)
"""What there was, and what there is in its place: "요샌 수영 말고 탁구 쳐"; where nothing known is named, it says nothing."""
SAID_WRONGLY = re.compile(
    r"(?P<old>[가-힣A-Za-z0-9]{2,}?)(?:이라고|라고)\s*(?:말)?(?:했|썼|적었)는데\s+(?:(?:사실|실은|알고 보니|정확히는)\s+)?"
    r"(?!걱정|충격|최악|진짜|대박|다행|억울|거짓|처음|문제|고민)(?P<v>[가-힣A-Za-z0-9]{2,}?)(?:이야|야|이에요|예요|임|입니다|이었|였|이네|이래)"
)
"""What was told, and what should have been: "삼남매라고 했는데 사남매야"."""
TURNED_TO = re.compile(
    r"(?P<old>[가-힣A-Za-z0-9]{2,}?)(?:은|는|이|가)\s+(?:[^\s.!?]+\s+){0,3}?[^\s.!?]+(?:서|라|니까)\s+(?P<v>[가-힣A-Za-z0-9]{2,}?)(?:으로|로)\s+(?:다시\s|그냥\s|결국\s)?(?:바(?:꿨|꾸기로 (?:했|함))|변경(?:했|함|하기로 했)|갈아(?:탔|타기로 했)|틀었)(?!으면|다[가면는던고]|던|을|나\b|대)"
)
"""The same with the reason between: "하와이는 너무 비싸서 오키나와로 바꿨어"."""
RATHER = re.compile(
    r"(?P<old>[가-힣A-Za-z0-9]{2,})보다(?:는)?\s+(?P<v>[가-힣A-Za-z0-9]{1,}(?:\s[가-힣A-Za-z0-9]+)?)(?:이|가)\s+(?:더\s|훨씬\s|훨 )?(?:좋|끌[리려]|맛있|재밌|재미있)"
)
"""Of two the other is liked now: "요샌 스릴러보다 힐링 다큐가 좋더라"."""
_BY_NOW = re.compile(r"요샌|요즘|요새|이제|이젠|결국|지금은|변경|바[꿨꾸꿈뀌뀜꼈]|갈아|틀었|정했")
_WHAT = (
    r"(?:^|[.!?,]\s*)(?:그(?=\s)|이제|이젠|아까|방금|전에|내가)?\s*(?P<v>[^.!?,]{1,30}?)\s*(?:한 거|한 것|한 말|얘긴|이야긴|얘기|이야기|말한 거|에 대한 거|에 대해서?|에 관해서?|거|건)?\s*"
    r"(?:은|는|을|를|도|만|좀)?\s*(?:좀|이제|그만|제발|그냥|다|싹|전부)?\s*"
)
_FORGET = re.compile(
    _WHAT
    + r"(?:기억에서\s*)?(?:잊어|잊어버려|잊어 버려|까먹어|지워|삭제해|없애|기억하지 ?마|기억에서 (?:다 |싹 |전부 |좀 )?(?:빼|지워))\s*"
    r"(?:(?:(?<=삭제해)|(?<=삭제해 )|(?<=지워)|(?<=지워 ))(?=[.!~ㅋㅎㅠㅜ](?![.!~ㅋㅎㅠㅜ]*\s*(?:이러|이래|이랬|이런|라고|하고|하는|하더))|부끄|민망|창피|쪽팔|괜히|불편|찝찝|찜찜)|줘|주세요|줄래요?|줘요|주라|주실래요?|주시겠어요|줬으면|주면|주시면|줄\s?수\s?있|버려|라|달라|$|요)|"
    + _WHAT.replace("?P<v>", "?P<w>")
    + r"(?<!사진은 )(?<!사진을 )(?<!사진 )(?:(?:저장|기록|기억)(?:은\s?)?(?:하지 ?(?:마|말(?:아|라[고면]?\b))|\s?안 ?했으면\s?(?:해|하는|함|합니다|좋겠|싶)|\s?안 ?하는 ?게\s?(?:좋겠|나[을아]|낫))|기억 ?안 ?해도 ?(?:돼|되|괜찮))"
)
_FORGETFUL = re.compile(
    r"(?:자꾸|맨날|매번|매일|자주|항상|늘|가끔|(?<![가-힣])또|깜빡|까먹어요?$)(?!.*(?:줘|주[세시실면라]|달라|버려라))"
)
_TOO = re.compile(r"(?<!\S)(?P<v>[가-힣A-Za-z]+(?:\s[가-힣A-Za-z]+)?)\s(?:얘기|이야기|말|거|것)도(?=\W*(?:$|[.!~]))")
"""What else is to be forgotten, said after it: "이혼 얘기는 잊어줘 아들 얘기도"."""
_UNSAID = re.compile(
    _WHAT + r"(?:없던|못 들은|안 들은|안 한|없었던)\s*(?:걸로|것으로|거로|셈)\s*(?:해|하자|쳐|치자|할래|부탁)"
)


_EDITED = [
    re.compile(each, re.IGNORECASE)
    for each in (
        r"(?:(?:^|[.!?;]\s*)(?:(?:please|pls|ok|okay|hey|oh|so)[\s,]+)*|,\s*(?:please|pls)\s+|(?<!how )\b(?:can|could|would|will) (?:you|u)\s+(?:(?:please|pls|just)\s+)*)"
        r"(?:change|update|correct|(?:fix|set)(?!\s+my\s+(?:home|address)\b))\s+(?P<clause>my\s+(?P<key>name|nickname|birthday|age|weight|height|job|workplace|home|address|hometown)\s+(?:from\s[^.!?,;]{1,30}?\s)?to\s+"
        r"(?P<v>(?!(?:the|be|it|this|that|my|what\w*|some\w*|any\w*)\b)\w[\w'’-]*(?:\s(?!(?:and|or|if|when|so|because|lol|haha)\b)[\w'’-]+){0,3}?))(?:,?\s+(?:please|pls|thanks|instead|now))*(?=\s*(?:[.!?,;]|$))",
        r"(?:^|[.!?,~]\s*)(?:(?:아|그럼|그리고|참|미안|혹시|내|제|나|저)[\s,~]+)*(?P<clause>(?P<key>몸무게|체중|키|나이)(?:은|는|을|를)?\s*(?P<v>\d{2,3}(?:\.\d)?\s?(?:kg|cm|킬로|키로|센티|살|세)?))(?:으로|로)\s*(?:좀\s*)?(?:고쳐|바꿔|(?:수정|정정|변경)해)\s?(?:줘|주[세라]|주실\s?수\s?있[어나을]|줄\s?수\s?있[어나니]|줄래|놔|둬)(?!고|라고|[서야도])",
        r"(?:^|[.!?~]\s*)(?:(?:나|저|내|제|아|참)\s)*(?:전화|핸드폰|휴대폰|폰)?\s?(?P<key>번호)(?:를|가|도)?\s(?:바꿨|바뀌었|변경했)[가-힣]*[\s,.!]+(?P<clause>(?:뒷자리(?:는|가)?\s)?(?P<v>\d{3,4}(?:[- ]?\d{4})?))(?!\d)",
    )
]
"""Ask her to keep another value under a key: "can you update my weight to 77 kilos?", "몸무게 77로 고쳐줘", "번호 바꿨어요 뒷자리 9026으로 기억해 주세요"."""


def edits(text: str) -> Iterator[Proposal]:
    """What she is asked to put right of what she keeps."""
    for form in _EDITED:
        for told in form.finditer(text):
            key = "전화번호" if told["key"] == "번호" else told["key"].lower()
            yield Proposal(key, told["v"], "replace", told["clause"], sure=True)


def corrections(said: Clause) -> Iterator[Proposal]:
    """One thing instead of another, and what is done no more."""
    clause, message, mine = said.text, said.message, said.mine
    if (
        _BY_NOW.search(clause)
        and (m := _EXCHANGED.search(clause))
        and not re.search(r"(?:랑|한테|하고)$|^(?:다른|딴|뭐|그냥)", m["w"] or m["v"])
    ):
        yield Proposal("", trim(m["w"] or m["v"]), "replace", clause, trim(m["old"]))
        return
    if m := TURNED_TO.search(clause):
        yield Proposal("", trim(m["v"]), "replace", clause, trim(m["old"]))
        return
    if _BY_NOW.search(clause) and (m := RATHER.search(clause)):
        yield Proposal("", trim(m["v"]), "replace", clause, trim(m["old"]))
        return
    # Corrections: "서울 말고 부산이야", "서울에서 부산으로 바뀌었어"
    if (
        ((m := SAID_WRONGLY.search(message)) and m["v"] in clause)
        or (
            m := re.search(
                r"(?P<old>[가-힣A-Za-z0-9]+(?:\s[가-힣A-Za-z0-9]+)?)\s*(?:이|가)?\s*(?:말고|아니고|아니라)\s*(?P<v>[가-힣A-Za-z0-9]+?(?:\s[가-힣A-Za-z0-9]+?)?)"
                + rf"(?:{TAIL}|(?:{COPULA}|이더라고?|더라고?)(?=[\s.!~…]|$))",
                clause,
            )
        )
        or (
            m := re.search(
                r"(?P<old>[가-힣A-Za-z0-9-]+)에서\s*(?P<v>[가-힣A-Za-z0-9-]+?(?:\s[가-힣A-Za-z0-9-]+?)?)(?:으로|로)\s*(?:바꿨|바뀌었|바뀜|변경|옮겼|미뤄|미뤘|당겨|연기)",
                clause,
            )
        )
    ):
        yield Proposal("", trim(m["v"]), "replace", clause, trim(m["old"]), True)
    if mine and (
        m := re.search(
            r"(?:이제|이젠|더 이상|요즘은)\s*(?P<v>[가-힣A-Za-z]+(?:\s[가-힣A-Za-z]+)?)(?:은|는|을|를|도|에)?\s*(?:안|못)\s*(?:좋아해|마셔|먹어|해|키워|다녀|봐|들어|쳐|가|배워|피워)",
            clause,
        )
        or re.search(r"(?P<v>[가-힣]+)(?:을|를|은|는)?\s*(?:완전히\s*)?(?:끊었|그만뒀|관뒀|접었|그만두었)", clause)
    ):
        value = trim(re.sub(rf"^(?:{FIRST}|이제)\s+", "", m["v"]))
        if value not in ("회사", "직장", "일"):
            yield Proposal("", value, "end", clause)


_FORGET_ENGLISH = re.compile(
    r"(?:(?:^|[.!?,;:–-]\s*)(?:(?:please|pls|plz|kindly|just|actually|ok|okay|hey|hi|oh|so|and|then|also|now|no|yes|yeah|yep|maybe|aurora|let['’]?s|on second thoughts?|come to think of it)[\s,]+)*|"
    r"\b(?:please|pls|plz)\s+|(?<!how )\b(?:can|could|would|will|should) (?:you|u)\s+(?:(?:please|pls|plz|just|also)\s+)*|\b(?:you|u) (?:can|should|may)\s+(?:(?:just|also|now)\s+)*|"
    r"\b(?:want|need|like) (?:you|u) to\s+)(?:forget|delete|erase|don['’]?t remember)\s+"
    r"(?!(?:it|that|this|me|us|him|them|things?|stuff|someone|much|(?:exactly |to |how |when |where |why |who )[^.!?]*)\s*(?:[.!]+\s*\S|\?))"
    r"(?:about\s+|that\s+|(?:what|everything|anything|the (?:thing|part|stuff|bit)) (?:i (?:said|told you|mentioned) )?about\s+(?!me\b))?"
    r"(?:my\s+|i\s+|the\s+)?(?P<v>[\w'’ -]{2,40}?)(?:\s+from (?:your|the) (?:memory|notes?|records?|list|head))?(?:,?\s+(?:please|pls|plz|ok|okay|thanks))?\s*"
    r"(?:$|[.!]+|,\s+(?:i['’]?d|id) (?:rather (?:you|not|keep|that)\b|prefer)|,\s+(?:that|it)['’]?s (?:too )?(?:private|personal|between|embarrass)|,\s+(?:i|it|that)\b[^.!?]{0,60}?\b(?:should(?: not|n['’]?t|nt) (?:have|['’]?ve|a) (?:giv|told|tell|shar|mention|writ|typed|put|said)\w*|regret (?:giv|tell|shar|mention|writ|say)\w*|private|personal|wish i had(?: not|n['’]?t|nt)|do(?: not|n['’]?t) want (?:you to|to share|(?:it|that) (?:kept|saved|stored|known|remembered))|(?:not|un)\s?comfortable)\b|\?+(?:\s+(?:the|my)\s+(?P<which>[\w'’-]+(?: [\w'’-]+)?)(?=[.!?,]|$))?)",
    re.IGNORECASE,
)
"""`which`: what is meant, said after it ("forget what i said about my meds? the sertraline.")."""


_FORGET_ALL_ABOUT = re.compile(
    r"(?:(?:^|[.!?,;:–-]\s*)(?:(?:please|pls|plz|just|actually|ok|okay|hey|oh|so|and|then|also|now)[\s,]+)*|\b(?:please|pls|plz)\s+|(?<!how )\b(?:can|could|would|will) (?:you|u)\s+(?:(?:please|pls|just)\s+)*|"
    r"\b(?:want|need|like) (?:you|u) to\s+)(?:forget|delete|erase|remove|wipe)\s+"
    r"(?:(?:absolutely )?everything|anything|all (?:of that|of it|that)|what(?:ever)? i (?:said|told you|mentioned)|(?:everything|all|what(?:ever)?) (?:you|u) (?:know|remember|have)|the (?:thing|part|stuff|bit)s?(?: i (?:said|told you|mentioned))?)\s+about\s+"
    r"(?!(?:me|it|that|this|you|him|her|them|us|how|why|what|when|where)\b)(?:my |the )?(?P<v>[\w'’-]{2,30}(?: [\w'’-]+){0,3}?)"
    r"(?=\s+(?:please|pls|plz|ok|okay|thanks|from|now|i|because|cos|since)\b|[.,!;]|$)",
    re.IGNORECASE,
)
"""What may be forgotten without a doubt, whatever is said after it ("delete everything about Dominic please, i dont want …")."""
_FORGET_LAST = re.compile(
    r"(?:(?:^|[.!,;:–-]\s*)(?:(?:please|pls|plz|just|actually|ok|okay|hey|oh|so|and|then|also|now)[\s,]+)*|\b(?:please|pls|plz)\s+|(?<!how )\b(?:can|could|would) (?:you|u)\s+(?:(?:please|pls|just)\s+)*)"
    r"(?:(?:forget|delete|erase|remove)\s+(?:that|this|what i(?:['’]ve)? (?:just |had )?(?:said|told you|wrote|mentioned)|(?:that )?i (?:ever )?(?:said|told you|mentioned) (?:that|anything|it|this)|(?:my|the) last (?:message|thing|bit|part)(?: i said)?)"
    r"|do ?n['’]?o?t (?:remember|save|store|keep) (?:that|this|what i (?:just )?said))"
    r"(?:\s+(?:earlier|before|just now|from your memory|in your memory))?(?:,?\s+(?:please|pls|plz|ok|okay|thanks))*(?:\s*[.!]|\s*\?*\s*$|,\s+(?:please|pls|i['’]?d rather))",
    re.IGNORECASE,
)
"""Names nothing but what was said last ("could you forget that?", "delete that from your memory")."""
_FORGET_SOMEBODY = re.compile(
    r"\b(?P<v>(?-i:[A-Z])[a-z]+)\b(?:(?!(?-i:[A-Z])[a-z]+).){0,60}[.!,]\s*(?:so |and |just )?(?:please|pls|plz|(?:can|could) (?:you|u)(?: please)?) forget (?:all )?about (?:him|her|them)(?=\s*(?:[.,!;]|$|please\b|pls\b))",
    re.IGNORECASE,
)
"""Who is meant is named before ("me and Callum are done. please forget about him")."""
_FORGET_WHAT_WAS_NAMED = re.compile(
    r"\b(?:(?:(?:should(?: not|n['’]?t|nt) have|wish i had(?: not|n['’]?t|nt)|regret) (?:giv\w+|told you|tell\w* you|shar\w+|mention\w*|writ\w+|typed|put)\b[^.!?]{0,20}?|"
    r"(?:rather|prefer)(?: that)? (?:you )?(?:didn['’]?t|did not|not) (?:keep|have|store|remember|know|save)(?: on to)? |(?:don['’]?t|do not|dont) want (?:you to (?:keep|have|remember|know|store)|to (?:share|give out)) )\bmy\s+(?P<v>[\w'’ -]{2,30}?)[.!,;:–-]+\s*"
    r"(?:(?:please|pls|plz|so|and|just|(?:can|could) (?:you|u))\s+)*(?:remove|delete|erase|scrap|wipe|strike|forget(?= (?:it|that)(?:,? (?:please|pls|plz|ok|okay|thanks|from)|\s*[.!]*\s*$)))|"
    r"(?:^|(?<=[.!?] ))about (?:my|the)\s+(?P<w>[\w'’ -]{2,30}?)[:,–-]+\s*(?:(?:please|pls|plz|just)\s+)*(?:remove|delete|erase|wipe|strike))\s+(?:it|that)\b(?! \w+ from (?!your\b))",
    re.IGNORECASE,
)
"""What is meant is named before ("I shouldn't have given you my address. Remove it please.")."""
_SAID_JUST_NOW = re.compile(
    r"(?=\S)(?:(?:내가|제가|나|저)\s+)?(?:(?:방금|아까|지금|금방|좀 전에|조금 전에)\s*)?(?:(?:내가|제가)\s+)?(?:한|말한|했던|말했던|얘기한|이야기한|얘기했던)?\s*(?:그|이)?\s?(?:말|거|것|건|얘기|이야기)?(?:은|는|을|를)?"
)
"""Names nothing but what was said last."""
_REGRETTED = r"(?<![가-힣])([가-힣]{2,}?)(?:\s(?:얘기|이야기))?(?:은|는|을|를|도)?\s+(?:괜히|왜|쓸데없이)\s*(?:말했|얘기했|알려줬|말씀드렸|이야기했)"
"""What "그건 기억하지 마" is about: "연봉은 괜히 말했다"."""
THAT_ONE = re.compile(r"그\s(?P<of>이름|번호|주소|날짜|비번|비밀번호)")
"""Named before, by whose it is: "전남편 이름은 괜히 말했네요. 그 이름은 잊어주세요"."""
_OF_A_DEVICE = re.compile(
    r"(?:사진|영상|동영상|앱|어플|파일|게시물|댓글|카톡|문자|메시지|스토리|계정)(?:을|를|은|는|도|들)?\s*(?:좀|다|싹|전부)?$"
)
_BARE = re.compile(r"(?:지워|삭제해)\s*$")
"""What is deleted from a telephone, and no request at all where nothing asks for it: "콩이 영상 삭제해ㅠㅠ 용량이 없어서"."""
_AT_THAT_TIME = r"^(?:그저께|어제|지난번에|저번에|전에|아까|방금)\s+|\s*(?:얘기|이야기)(?:한|했던)?$"


def forgetting(text: str) -> Iterator[Proposal]:
    """What she is asked to forget."""
    for match in (*_FORGET.finditer(text), *_UNSAID.finditer(text)):
        if _FORGETFUL.search(match[0]):
            continue
        named = (match["v"] or match.groupdict().get("w") or "").strip()
        if _BARE.search(match[0]) and _OF_A_DEVICE.search(named):
            continue
        if named in ("", "그", "건", "거", "것") and (regretted := re.findall(_REGRETTED, text[: match.start()])):
            yield Proposal("", regretted[-1], act="forget", clause=match[0], sure=True)
            continue
        if (that := THAT_ONE.search(match[0])) and named == that["of"]:
            before = re.findall(rf"([가-힣]{{2,}})(?:의)?\s*{that['of']}", text[: match.start()])
            # The number of somebody, and not all that is known of him; a name is all there is of most.
            whose = [one if that["of"] == "이름" else f"{one} {that['of']}" for one in before[-1:]]
            yield Proposal("", whose[0] if whose else that[0], act="forget", clause=match[0], sure=True)
            continue
        if _SAID_JUST_NOW.fullmatch(named):
            yield Proposal("", "방금 한 말", act="forget", clause=match[0], sure=True)
            continue
        value = re.sub(
            r"^(?:(?:아|참|음|앗)\s+)?(?:(?:방금|아까|전에|이제|그)\s+)?(?:(?:내|제|나의|우리|저희)\s+)?|\s*(?:기억|정보|사실|말)$|\s*(?:기억|정보)에서$",
            "",
            named,
        )
        value = re.sub(
            r"^(?:(?:그저께|어제|지난번에|저번에|전에|아까|방금)\s+)?(?:말한|말했던|얘기한|얘기했던|이야기한)\s+|\s+그거?$",
            "",
            value,
        )
        bare = re.sub(_AT_THAT_TIME, "", value)  # "저번에 공황장애 얘기"
        value = bare if len(bare) > 1 and not re.fullmatch(r"했던|말한|하던", bare) else value
        value = re.sub(r"^그?(?:거|것|건)?$", "", value)  # "아까 말한 그거" names nothing
        yield Proposal("", value or named, act="forget", clause=match[0], sure=True)
        if too := _TOO.match(text[match.end() :].lstrip()):
            yield Proposal("", too["v"], act="forget", clause=too[0], sure=True)
    requests = list(_FORGET_ENGLISH.finditer(text))
    told = {match["v"] for match in requests}
    named_before = list(_FORGET_WHAT_WAS_NAMED.finditer(text))
    for match in (*_FORGET_ALL_ABOUT.finditer(text), *_FORGET_SOMEBODY.finditer(text), *named_before):
        named = match["v"] or match.groupdict().get("w") or ""
        if named not in told:
            yield Proposal("", named.strip(), act="forget", clause=match[0], sure=True)
    last = _FORGET_LAST.search(text)
    if last and not named_before:
        yield Proposal("", "that", act="forget", clause=last[0], sure=True)
    for match in requests:
        if named_before and match["v"].strip().lower() in ("it", "that"):
            continue
        if last and match.start() < last.end() and last.start() < match.end():
            continue
        yield Proposal("", (match["which"] or match["v"]).strip(), act="forget", clause=match[0], sure=True)
