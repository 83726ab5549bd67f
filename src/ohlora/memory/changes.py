"""What a message takes back of what is known: old facts it says are over, and words by which a new one replaces the old.

"모닝 팔고 캐스퍼 뽑았어", "회사가 판교에서 마곡으로 옮겼어요", "나 오늘 전역했다". Reads the message and the facts there are; decides nothing
about new ones. Numbers and days said anew are `corrections`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from ohlora.memory import corrections, english, gate, keys, patterns, wording
from ohlora.memory.facts import Fact
from ohlora.memory.news import can_be_over
from ohlora.memory.patterns.words import JOB
from ohlora.memory.proposal import Proposal

_A_BREATH = timedelta(hours=1)
_ENDING = (
    r"(?:그만두|그만둬|그만뒀|그만 (?:두|둬|뒀|다니)|관두|관뒀|때려치|때려쳤|끊었|끊고|팔고|팔았|접었|접고|퇴사|떠났|떠나|아니라|아니고|아니에요|아니예요|아니었|갈아탔|갈아타|"
    r"바꿨|바꾸고|안 (?:먹|마시|마셔|살|다니|다녀|키우|키워|만나|타)|헤어|졸업|내려놓|물러났)"
)
_STATION_OVER = (
    r"\s(?:신분|생활|인생|시절)(?:은|는|도|이)?\s*(?:드디어\s|이제\s)?"
    r"(?:(?:끝|탈출|청산|졸업)(?:이[다야네에]|임|입니다|이?\s?[.!~ㅋㅎㅠㅜ]|\s*$)|끝[났냈](?!으면)|(?:탈출|청산|졸업)(?:했(?!으면)|함|하고(?!\s싶)))"
)
"""After what one was: "재수생 신분 끝!!!"; not "서울 생활 끝내주네"."""
_OVER = rf"(?:은|는|을|를|이|가|도|이랑|랑|하고|과|와|에)?\s*(?:\S+\s+)?{_ENDING}"
_MOVED = r"에서\s+(?:\S+\s+)?\S*(?:으로|로)\s*(?:\S+\s+)?(?:옮|이사|이직|바꿨|바뀌|바뀜|전과|편입|전학)"
_LEFT = r"\b(?:quit|left|sold|stopped|dropped|gave up|broke up with|no longer|done with|don'?t|used to|(?<!of )(?<!about )(?<!considering )(?<!not )(?<!n['’]t )re-?hom(?:e|ed|ing))\b[^.,!?]{0,24}"
_OFF_IT = (
    r"\b(?:(?:me|came|weaned|taken|went)(?: right| straight| completely)? off|i(?:['’]?m| am)(?: now| finally| completely| fully)? off)"
    r"(?! (?:to|out|for|with|down|up|round|on|at|in|work|school|sick|\w+ing|\w+days?)\b)"
    r"(?![^.,!?]{0,40}\b(?:bikes?|bicycle|motorbike|scooter|horse|pony|board|ladder|train|bus|plane|ferry|boat|phone|shift|this week|today|tonight)\b) (?:the |my |all |that )?"
)
"""Before what is not taken any more: "came off sertraline"; not before what one falls off, gets off, or sets out for."""
_ANEW = re.compile(
    r"갈아탐|갈아탈|바꼈|대신 (?:요즘|요새|이제|이젠|지금)|바꿨|바뀌었|바뀐|바뀜|바뀌어|오타(?! ?(?:작렬|천지|투성|대[잔장]|많))|정정|잘못 (?:썼|말|적|쳤)|아니라|갈아탔|옮겼|옮긴|이직|전과했|전과해|미뤄졌|미뤘|당겨졌|변경|"
    r"\b(?:changed|switched|moved to|typo|instead of|correction|taken over as|ha(?:s|ve) replaced)\b",
    re.IGNORECASE,
)
_OUT_OF_WORK = (
    r"퇴사했|퇴직했|은퇴했|해고|잘렸|짤렸|잘림|짤림|백수(?:가|입|예|야|다|임)?\s?(?:됐|되|니다|요|[!.~ㅋㅎ]|$)"
)
_QUIT = r"quit(?! (?:for good|cold turkey|alcohol|coffee|caffeine|sugar|dairy|the (?:gym|band|team|club)|\w+ing\b))"
"""Work, and not coffee or smoking."""
_OUT_OF_A_JOB = rf"\b(?:{_QUIT}|retired|got fired|was fired|laid off)\b"
_SHOP_SHUT = re.compile(
    r"^(?!.*(?:오늘|일찍|하루|하나))(?:.*(?<![가-힣])(?<!네 )(?<!마 )(?<!빠 )(?<!님 )(?<!니 )(?<!구 )(?<!골 )(?<!옆 )(?<!앞 ))?"
    r"(?:가게|매장)[은는를을]?\s+(?:\S+\s+){0,3}?(?:접었|접고|폐업했)"
)
_AT_UNIVERSITY = re.compile(r"대학생 ?(?:이 ?)?(?:됐|되었)")
_A_PUPIL = re.compile(r"[고중초]\s?\d|고등|중학|초등")
_A_SHOP = re.compile(r"(?:집|가게|식당|카페|매장|공방|점|책방|학원|미용실|분식|편의점|베이커리)(?:\s|$)")
_SLIPPED = re.compile(
    r"\b(?:autocorrect|typo|i meant|i mean(?=,)|correction|(?:oops|sorry|wait|actually)[,.! ]+no|mixed (?:it |them )?up)\b",
    re.IGNORECASE,
)
"""After it "not X" takes X back."""
_GIVEN_AWAY = r"(?:이제|이젠|이제는|더\s?이상|더는)\s*(?:안|못)\s*키[워우]|(?:안|못) 키우기로|입양\s?보냈|[가-힣]네(?:로|에|에다)?\s*보냈|분양\s?보냈|파양|무지개\s?다리|하늘나라(?:로|에)? (?:갔|떠났|보냈)"
_GONE = re.compile(rf"{_GIVEN_AWAY}|보내고|보냈|보낸|죽|잃|떠[나났]|묻어|파양|맡기|하늘나라|별이")
_TWO_NAMED = re.compile(
    r"(?P<a>(?![^\W\d_a-z가-힣]+\b)[^\W\d_a-z가-힣][^\W\d_]+)(?: and| &|,) (?P<b>[^\W\d_a-z가-힣][^\W\d_]+)$|(?<![가-힣])(?!마리)(?P<a2>[가-힣]{1,4}?)(?:이랑|랑|하고|과|와),?\s(?P<b2>[가-힣]{1,4})$"
)
"""Two animals by their names, as a value ends in them."""
_TWO_THINGS = re.compile(r"(?:an? |the )?(?P<a>[a-z]{3,}) and (?:an? |the )?(?P<b>[a-z]{3,})")
"""Two things of a kind: "flute and banjo"."""
_OF_THINGS = frozenset(
    ["instrument", "hobby", "sport", "language", "allergy", "likes", "dislikes", "bike", "belongings"]
)
_TWO_WORDS = re.compile(r"(?<![가-힣])(?P<a>[가-힣]{1,4})\s(?P<b>[가-힣]{1,4})$")
_CALLED_OFF = r"취소|무산|파토|파투|없던 (?:일|걸)|나가리"
_FROM_SCHOOL = (
    r"\b(?![^.!?]{0,80}\b(?:ago|last year|years? back|in (?:19|20)\d\d|kindergarten|preschool|nursery|driving|yoga|therapy|bootcamp|course)\b)"
    r"(?=\W*$|\s*[.,!;:)]|\s(?:today|yesterday|this|last|on|with|top|and|at|yay|omg|lol|finally|(?:from )?(?:the )?(?:high|middle|school|college|uni\w*|year|\d+th|eighth|grade|elementary|primary|secondary)\b))"
)
"""Out of the school one is at now: nobody "graduated to size 12 needles" or "graduated high school 20 years ago" so."""
_A_COLLEAGUE = re.compile(
    r"\b(?:mr|mrs|ms|dr)\b\.? \w+ (?:has |just |finally |got |was )*(?:retired|quit|left|fired|laid off)|\bmy (?:boss|manager|supervisor) (?:has |just |finally |got |was )*(?:retired|quit|left|fired|laid off)",
    re.IGNORECASE,
)
_ALSO_I = re.compile(
    rf"\bi(?:['’]?ve| have|['’]?m)? (?:(?:just|finally|also|got|was|have) )*(?:{_QUIT}|retired|fired|laid off)\b",
    re.IGNORECASE,
)
"""The user too: "dr patel retired so i quit"."""
_DONE = {
    "시험": r"붙었|합격|떨어졌|(?:시험|결과)\S*\s*(?:끝났|나왔|망했)|땄",
    "exam": r"\b(?:passed|failed|aced)\b",
    "여행": rf"다녀왔|갔다\s?왔|{_CALLED_OFF}",
    "trip": r"\b(?:came back|got back|cancel)",
    "약속": rf"{_CALLED_OFF}|깨졌|끝났|다녀왔|갔다\s?왔",
    "일정": rf"{_CALLED_OFF}|끝났|마쳤|다녀왔|갔다\s?왔",
    "직업": _OUT_OF_WORK,
    "직장": _OUT_OF_WORK,
    "학년": r"졸업했|졸업하고(?!\s*(?:싶|뭐|뭘|나면|어디|어떻게))|입학했|입학식\s?(?:했|이었|다녀|끝)|자퇴했|새내기|신입생",
    "grade": rf"^\W*(?:(?:i|we|just|finally|officially|omg|yay|ok|so|well|guess who)\W+)*graduated{_FROM_SCHOOL}|(?<!when )(?<!before )(?<!since )(?<!after )(?<!until )(?<!once )(?<!dreamt )(?<!dreamed )(?<!if )\bi(?:['’]ve)?(?: just| finally| officially)* graduated{_FROM_SCHOOL}",
    "job": _OUT_OF_A_JOB,
    "workplace": _OUT_OF_A_JOB,
    "계획": rf"{_CALLED_OFF}|접었|안 ?가기로|안 ?하기로|(?:그|이|하기로 한) 약속\S*\s*깨",
    "appointment": r"\b(?:cancel\w*|went (?:well|fine|badly))",
    "건강": r"오진(?:이었|이래|이라(?!\s?생각)|이고)|완치(?!\S*\s*(?:안|못|없|힘들|어려|불가|되려|될))|완쾌(?!\S*\s*(?:안|못|되려|될))|다 나(?:았(?![다으을])|았다(?!고)|았대|아서|음)",
    "health": r"(?<!not )(?<!never )(?<!n['’]t )\b(?:fully|completely|all) (?:healed|recovered)\b|\bi(?:['’]?ve)? (?:just |finally )?(?:got|been given|had) (?:the|my) all[- ]clear\b|\bcancer[- ]free\b|\bit was a misdiagnos|\bthey['’]?d misdiagnosed me\b",
    "반려동물": _GIVEN_AWAY,
    "pet": r"\b(?:gave|rehomed)\b.{0,24}\b(?:away|rehomed)\b",
}
"""What ends the one fact of a key without naming it: an exam that was passed, a date that was called off."""
_OTHERS_HEALED = re.compile(
    rf"(?<![가-힣]){patterns.KIN}\S{{0,2}}\s|강아지|고양이|댕댕이|냥이|뉴스|\b(?:he|she|they|his|her|their|mum\w*|mom\w*|dad\w*|nan|dog|cat|car|(?:my|our) (?:\w+ )?(?:wife|husband|son|daughter|friend|brother|sister))\b",
    re.IGNORECASE,
)
_HEALED_I = re.compile(
    r"^\W*(?:(?:나|저|난|전|나는|저는|이제|이젠|드디어|완전히|진짜|다행히|알고 보니|병원에서|지난번|의사가|(?:판정|진단|검사|결과)\S?)\s+)*$|\b(?:i|i['’]?m|i am|it was|they['’]?d)(?: \w+)?\s*$|^\W*(?:finally |officially )?$",
    re.IGNORECASE,
)
_NOT_YET = re.compile(r"내년|다음|곧\s|내일|모레|언제|예정|아직|[함됨](?:께|\?)|나만|애들|다들|\S원\s+다\s")
"""Beside it an event told in 함 or 됨 has not come, or is somebody else's."""
_UNDOES = [
    (re.compile(r"복학(?:했|해|하|함)"), re.compile(r"휴학")),
    (re.compile(r"복직(?:했|해|하|함)"), re.compile(r"휴직")),
    (re.compile(r"퇴원(?:했|해|하|함)"), re.compile(r"입원")),
    (re.compile(r"(?:전역|제대)(?:했|해|함|하는 날|완료)|민간인(?:이다|이야|이 ?됐|이 ?됨|됐|됨|입니다)"), re.compile(r"군\s?복무|군대|군인|부대|현역|복무|[병상일이]병|훈련소|입대")),
    (re.compile(r"(?:재검|검사|결과)(?!.*(?:코로나|독감|임신))(?:(?!는데).){0,16}?(?:정상|이상 없|음성)(?!\S*\s*(?:아니|안))"), re.compile(r"전단계|의심|소견|재검|위험군")),
    (re.compile(r"사귀(?:어|게|기로|는 중|는 사람|고 있)|사귄|새 ?(?:남친|여친|애인)|(?:[남여]친|[남여]자친구|애인)\S* 생[겼김]|다시 만나기로|재회했"), re.compile(r"^헤어졌|^끝[났냈]|^솔로")),
    (re.compile(r"귀국(?:했|해서|함)"), re.compile(r"유학|교환\s?학생|어학\s?연수|워킹\s?홀리데이|해외")),
    (re.compile(r"^(?:(?!.*(?:아들|딸|동생|오빠|언니|누나|남편|아내|와이프|신랑|친구|조카|손[자녀]|아빠|엄마|아버지|어머니|형[이은]|[옆앞윗아뒷]랫?집|선배|동기|이웃))|(?=(?:.*\s)?(?:나도?|저도?|내가|제가)\s)).*(?:(?:취업|취직)(?:했|함|됐|됨|돼|에 성공)|(?:합격(?!하[면려])|붙었(?!으면|대)|발령(?! 나면)).*(?:출근|다니게|입사)|첫\s?출근(?!.*(?:[가-힣]네|부럽|하면|하는 (?:날|사람))))", re.DOTALL), re.compile(r"취준|취업\s?준비|구직|백수|주부")),
    (re.compile(r"^(?!.*(?:가게|사무실|회사|사업|창업|프리랜서|차렸)).*(?<![가-힣])(?:독립(?:했|해서|함)|자취\s?시작(?:했|함)|혼자\s?살게\s?(?:됐|됨))", re.DOTALL), re.compile(r"^(?!.*(?:남편|아내|와이프|신랑|반려동물|친구|룸메)).*(?:(?:부모님|엄마|아빠|어머니)(?:이?랑|과|와|하고)(?:$|\s(?:\S+\s)?(?:살|삶|사는|거주|지내))|부모님\s?집|본가|(?:같이|함께) (?:삶|살))")),
    (re.compile(r"^(?!.*(?:아들|딸|동생|오빠|언니|누나|친구|조카|남친|여친|[남여]자친구|선배|후배|남편|아내|룸메|짝꿍|짝지|동기|고민|할까|싶|생각|하려|하고 싶|예전|옛날|때\s\S*\s?자퇴|재입학|편입|지금 (?:학교|대학|전공)(?!\s?(?:안|못|그만))|검정고시로|하는 애|하는 사람|대학(?:에|을)? (?:왔|갔|들어)))(?!.*[가-힣](?<![내제])[이가]\s(?:\S+(?<!서)\s)?자퇴).*자퇴(?:했(?!으면|다[가면는던고]|던|을|나|냐|대)|하고(?!\s?싶|\s?나)|함(?:\W|$))", re.DOTALL), re.compile(r"^(?:학교|전공|학과|학년|학업|학적)\s(?!앞|근처|옆|뒤|카페|알바|때문)")),
    (re.compile(r"^(?!.*(?:아들|딸|동생|오빠|언니|누나|친구|조카|남친|여친|남편|아내|와이프|선배|후배|룸메|동기|필기|실기|[1-3일이삼]차|서류|면허|컴활|토익|자격증|스터디|모의|아직|스티커|나만 |(?:합격|붙었)\S*\s.*떨어)|.*[가-힣](?<![내제])(?<!결과)(?<!발표)[이가]\s(?:\S+\s)?(?:합격|붙었)).*(?:합격(?:했(?!으면|다[가면는던고]|던|을|나|냐|대|는지)|함|이야|입니다)|붙었(?!으면|다[가면는던고]|던|을|나|냐|대|는지))", re.DOTALL), re.compile(r"^직업\s.*(?:수험생|취준생?|고시생|공시생|임고생|재수생)$")),
    (re.compile(r"다이어트\S*\s?(?:끝[났냈](?!으면)|그만[뒀둠]|포기(?:했(?!으면)|함)|접[었음]|때려(?:쳤|치웠))"), re.compile(r"다이어트")),
]  # fmt: skip
"""An event, and what it ends, as told then: coming back to school ends the leave."""
_STOPPED = r"\S{0,2}\s*(?:(?:완전히|아예|싹|다|딱|드디어|이제|이젠|결국|진짜|확|뚝|아주|전부)\s)?(?:끊(?:었(?!다[는던고가]|다\s(?:피웠|폈|마셨)다|[대던더으을었]|어야|나(?:$|요|[\s?]))|음(?=$|[\s.!~ㅋㅎ])|고(?!\s?싶)|은\s?지)|끊으(?:래서|라\s?(?:고\s)?해서)\s+(?:이제|이젠|요즘|요새|지금))"
_ANY_MORE = r"(?<!\S)(?:이제|이젠|요즘|요새|더\s?이상|더는|지금)\S?\s(?:\S+\s)?"
_AT_ALL = r"\S{0,2}\s*(?:(?:이제|이젠|아예|전혀|더\s?이상|더는)\s)"
_DRY = r"\s?(?:했[어다습]|성공|(?:\d+|한|두|세|네)\s?(?:일|주|개월|달|년)|(?!\S{0,6}번째)\S{1,8}째)"
_I_HAVE = (
    r"(?:(?:^|[.!?:]\s+)(?:(?:so|and|well|finally|ok|omg|yay|update|guess what|btw|oh|also|just|officially|properly)\W+)*"
    r"|(?<!if )(?<!when )(?<!before )(?<!until )(?<!wish )(?<!once )(?<!\w['’]s )\bi(?:['’]?ve| have|['’]?m| am)? (?:(?:just|finally|now|officially|actually|totally|completely|properly|also|really) )*)"
)
_SO_LONG = r"(?:(?:^|[.!?:]\s+)|\bi(?:['’]?m| am|['’]?ve been| have been) )(?:now |almost |nearly |over )?(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|half a) (?:days?|weeks?|months?|years?) "
_FOR_GOOD = r"(?=\W*$|\s*[.,!?;:)]|\s(?:completely|entirely|altogether|totally|for good|cold turkey|alcohol|and|but|so|on new|in|last|this|yesterday|today|since|because|cos|cuz|as|btw|by the way|now|(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten) (?:days?|weeks?|months?|years?))\b)"
_GIVEN_UP = [
    (re.compile(form, re.IGNORECASE), re.compile(what, re.IGNORECASE), names)
    for form, what, names in (
        (rf"(?:커피|(?<!디)카페인){_STOPPED}|(?:{_ANY_MORE}커피\S?\s*(?:아예\s)?|커피{_AT_ALL})안\s?마[셔시]|{_I_HAVE}(?:quit|gave up|given up|off|stopped drinking) (?:coffee|caffeine)\b{_FOR_GOOD}", r"커피|카페인|아메리카노|라떼|아아(?![가-힣])|\bcoffees?\b|espresso|latte", ("커피", "coffee")),
        (rf"담배{_STOPPED}|(?:{_ANY_MORE}담배\S?\s*(?:아예\s)?|담배{_AT_ALL})안\s?(?:피|펴|핀)|금연{_DRY}|{_I_HAVE}(?:quit|gave up|given up|stopped|packed in|off) (?:smoking|the (?:fags|cigs|smokes)|cigarettes)\b{_FOR_GOOD}|\bi? ?have ?n['’]?t (?:touched|had|smoked) (?:an?|one|any) (?:cig\w*|fag|smoke)\b(?= (?:in|for)\b[^.!?]{{0,15}}\b(?:days?|weeks?|months?|years?)\b)|{_SO_LONG}(?:off the (?:fags|cigs|smokes)|smoke[- ]free)\b|\bi(?:['’]?m| am) (?:now |finally )?smoke[- ]free\b|\bi (?:don['’]?t smoke any ?more|no longer smoke)\b", r"담배|흡연|하루 (?:한|반|두) ?갑|\bsmok\w+|\bcigarettes?|\bfags?\b", ("담배", "smoking")),
        (rf"(?<![가-힣])술{_STOPPED}|(?:이제|이젠|요즘은|그\s?뒤로)\s(?:\S+\s)?술\S?\s+(?:입에도|한\s?방울도|한\s?잔도)\s안\s?(?:[대댄댑]|마[셔시])|(?<![가-힣])(?:{_ANY_MORE}술\S?\s*(?:아예\s)?|술{_AT_ALL})안\s?마[셔시]|금주{_DRY}|{_I_HAVE}(?:quit|gave up|given up|stopped|off the) (?:drinking|alcohol|booze)\b{_FOR_GOOD}", r"(?<![가-힣])술(?![가-힣]*집)|소주|맥주|막걸리|와인|\b(?:drinking|beers?|wine|whisky|vodka)\b", ("술", "drinking")),
    )
]  # fmt: skip
"""What somebody says to have given up, what was told of it, and its (Korean, English) key. Not "커피 끊었다는 사람", "담배 끊는 게 힘들다", "i tried to quit coffee", "25% off coffee"."""
_CUT_SHORT = re.compile(r"끊(?:고|은\s?지|으)")
"""The rest of the sentence tells it in full, or something else."""
_WORD_ON = re.compile(r"[^\W\u3131-\u318e]*(?:['’]\w+)?(?:(?<=기로)\s했[^\W\u3131-\u318e]*)?")
"""To the end of the word, without "ㅋㅋ", and of what is decided with "했어"."""
_NOT_GIVEN_UP = re.compile(r"(?:려고?|려구|[는던면]|기로|나)$")
"""How it ends where it is meant to be, or said of others: "술 안 마시려고", "커피 안 마시는 사람"."""
_ONLY_TRIED = re.compile(r"\s?해\s?[봤보볼]|\s*(?:today|tonight|for now)\b")
"""After it nothing is given up: "금연 한 달 해봤는데", "off coffee today"."""
_ONLY_SAID = re.compile(r"\b(?:said|thinks?|thought) (?:that )?$", re.IGNORECASE)
_TO_YOU = re.compile(r"\byou(?:r|['’]ll|['’]re)?\b", re.IGNORECASE)
"""Beside it "Quit smoking!" is advice, unless there is an "I"."""
_LED_IN = re.compile(
    r"^(?:(?:이제|이젠|요즘은?|요새는?|지금은?|더\s?이상|더는|그\s?뒤로)\s+)+|^(?:i(?:['’]?ve| have|['’]?m| am)? )?(?:(?:just|finally|now|also|officially|really|so|and|well) )*",
    re.IGNORECASE,
)
_TAKEN_UP_AGAIN = re.compile(
    r"다시\s|도로\s|또\s|지금은\s(?:피[워우]|펴|마[셔시])|못\s?참고|실패|포기|작심|만에|했다가|목표|도전|"
    r"\b(?:again|back (?:on|to)|twice|times|(?<!slipped )once|started (?:up|back)|lasted|relaps\w+|caved|for (?:lent|a (?:bit|while|day|week|month)|dry january))\b",
    re.IGNORECASE,
)
_SOMETIMES = re.compile(
    r"오늘(?!로|부)|아침|점심|저녁|밤(?:에|엔)|오후|평일|주말|집에서|에서[는만]|때[는만]?\s|빈속|혼술|마시면|[피펴]우?면|\bon week\w+",
    re.IGNORECASE,
)
"""Beside it somebody does not drink, then, and has given nothing up: "저녁엔 이제 커피 안 마셔"."""
_ANOTHER_STOPPED = re.compile(
    rf"(?:(?<![가-힣])(?:[걔쟤]|그\s?(?:사람|애|친구|분|녀석))[은는이가도]?|{patterns.KIN}(?:도)?|(?<!\S)(?!나는|저는|내가|제가|우리는|이제는|이번에는|요즘은|지금은|결국은|사실은|오늘은|\S*에[는은])[가-힣]{{2,4}}(?:이가|[가은는씨])|[가-힣](?:이|씨|님)[가는])\s+(?:드디어\s|결국\s|이제\s)?(?:커피|카페인|담배|술)"
)
_GIVES_IT_UP = re.compile(
    r"끊|금연|금주|안 |못 |디카페인|무알[콜코]|논알[콜코]|비흡연|free|sober|quit|clean|off |decaf|never|\bnon\b",
    re.IGNORECASE,
)
_TAKEN = frozenset(
    [
        "습관",
        "담배",
        "술",
        "좋아하는 음료",
        "음료",
        "habit",
        "smoking",
        "drinking",
        "drink",
        "favorite drink",
    ]
)
_BORN = re.compile(
    r"(?:딸|아들|아기|애기|애|쌍둥이|손주|조카)\S*\s+(?:\S+\s+)?(?:나왔|태어났|낳았)|(?:저번 ?주|지난 ?주|어제|오늘|방금|드디어|새벽)\S*\s+(?:\S+\s+)?낳았|출산했|득남|득녀|순산|"
    r"\b(?:i|we) (?:just |finally )?had (?:a|our) (?:little |baby )?(?:girl|boy|son|daughter)\b(?=\W*(?:$|[!.,] )|[!.,])|"
    r"\bi (?:just )?gave birth\b|\b(?:i|we) had (?:the|our|my) baby(?=$|[.,!;]| (?:on|at|today|yesterday|last|this|boy|girl)\b)|\bs?he['’]?s here\b.*\bborn\b(?! in)|"
    r"^(?:\W|omg|guys|finally)*(?:he|she)(?:['’]?s| is) here\b[!.💕 ]+(?:our (?:little |baby )?(?:son|daughter|baby|girl|boy)\b|(?:little|baby|our) (?-i:[A-Z])\w+|(?-i:[A-Z])\w+(?: \w+)?[,.!]* (?:\d|born|weigh|all|and we))|"
    r"\bour (?:(?:little|baby) )?(?:son|daughter|baby|girl|boy)(?: (?-i:[A-Z])\w+)? (?:was|is|has been|got) (?:just |finally )?born\b(?! (?:in|to|for|into)\b)(?![^.!?]{0,60}\b(?:19\d\d|200\d|201\d|ago)\b)",
    re.IGNORECASE,
)
_PARTED_WITH = re.compile(
    r"\b(?:had|have) to (?:say goodbye to (?:him|her|my \w+ (?:boy|girl))\b(?! (?:at|for|before|when)\b)|put (?:him|her|my \w+ (?:boy|girl)) (?:down|to sleep)\b(?! for))|"
    r"\b(?:he|she) (?:crossed|is over) the rainbow bridge\b|무지개\s?다리(?:를|)\s?건[너넜넌]|별이 됐|별이 되었",
    re.IGNORECASE,
)
_OF_SOMEBODY = re.compile(
    r"\b(?:son|daughter|baby(?! boy| girl)|kids?|nap|toddler|mom|mum|dad|mother|father|brother|sister|aunt|uncle|cousin|grand\w+|nan|friend|neighbou?r\w*|co-?worker)\b|"
    r"(?<![가-힣])(?:할머니|할아버지|엄마|어머니|아빠|아버지|이모|고모|삼촌|선생님|배우|가수|친구)",
    re.IGNORECASE,
)
"""Who is put to bed, or has died, and is no animal."""
_EXPECTING = re.compile(
    r"임신|만삭|출산 예정|pregnan|baby due|expecting a (?:baby|boy|girl)|\bexpecting$|^(?:plan|event|appointment|health|family|child) (?:baby )?due\b(?!.*\b(?:rent|bills?|payments?|essay|assignment|library|report|tax\w*|homework|project|invoice|paper)\b)|예정일",
    re.IGNORECASE,
)
_TRADED_IN = re.compile(
    r"(?:타던|쓰던|몰던|전에 타던)\s?(?:차|거|건|것)?\S*\s*(?:중고로\s*)?(?:팔|넘[겼기]|폐차|보냈|정리)"
)
_NO_WEDDING = re.compile(
    r"\bengagement(?:['’]s| is) (?:off|over)\b|\b(?:broke|broken|called) off (?:the|our|my) engagement\b|"
    r"\bwedding(?:['’]s| is) off\b.*\b(?:single|broke up|split|over)\b|파혼(?:했|하기로|함|하게 됐)",
    re.IGNORECASE | re.DOTALL,
)
"""No love is left; a wedding that is only moved leaves it."""
_TAKEN_OFF = re.compile(
    r"\b(?P<v>braces|cast|stitches|boot|brace|bandages?)\b(?:['’]s| is| are| came| finally)* off+\b(?! (?:the charts|tomorrow|next|on|in)\b)|\boff+ (?:with )?(?:the|my) (?P<w>braces|cast)\b|"
    r"\b(?:got|had|took) (?:my|the) (?P<x>braces|cast|stitches|boot) (?:taken )?(?:off|out)\b",
    re.IGNORECASE,
)
_NOT_OFF_YET = re.compile(
    r"\b(?:when|till?|until|once|if|wait|before|soon|will|his|her|their|your|\w+['’]s) (?:\w+ ){0,3}?(?:braces|cast|stitches|boot|brace|bandages?)\b",
    re.IGNORECASE,
)
"""Of another day, or of somebody else: "when my braces are off", "my sister's cast is off"."""
_BESIDES = re.compile(r"\b(?:too|also|another|second|as well)\b", re.IGNORECASE)
_OF_KIN = re.compile(
    rf"(?:{patterns.KIN})(?:의)?\s+\S|\bmy (?:\w+ )?(?:wife|husband|mother|mom|dad|father|sister|brother|son|daughter|friend|partner)['’]s\b"
)
_NO_LONGER_THAT = re.compile(
    r"(?:저|나)(?:랑|하고|한테)?\s*(?:안|잘 안) 맞|질[렸려]서|싫증|적성에 안|"
    r"(?:^|\s)(?:그거|그건|그것)(?:는|은)?\s+(?:이제|이제는|이젠|요즘은|더\s?이상)?\s*(?:안|그만|관[두뒀]|때려|접)"
)
_STANCES = [
    re.compile(each)
    for each in (
        r"술|소주|맥주|와인|막걸리|음주|금주", r"담배|흡연|금연", r"커피|카페인|아메리카노|라떼", r"채식|비건|육식|고기|베지테리언|페스코",
        r"출근|출퇴근|통근|통학|등교|등하교", r"혼자 살|혼자 사|룸메|자취|기숙사|부모님(?:이?랑|과|하고|집)|둘이|동거|하숙|^혼자|같이 사",
        r"^(?:포지션\s)?(?:가드|센터|포워드|골키퍼|수비수|공격수|미드필더|스트라이커|투수|포수|리베로|세터)$",
        r"\b(?:drinking|beers?|wine|alcohol|sober|vodka)\b(?! (?:\w+ )?(?:water|coffee|soda|tea|milk))", r"\b(?:smoking|smoker|cigs?|cigarettes?|vaping)\b", r"\b(?:vegan|vegetarian|pescatarian|eat(?:ing)? (?:meat|fish|eggs|chicken|dairy))\b",
    )
]  # fmt: skip
"""Of what somebody does about each of these there is one way at a time: drinking and having stopped, alone and with a flatmate."""
_MANNERS = frozenset(
    ["운동", "포지션", "동아리", "습관", "건강", "식습관", "식단", "생활", "취미", "직장", "사는 곳", "좋아하는 음료", "음료", "담배", "술",
     "habit", "diet", "drink", "smoking", "favorite drink"]
)  # fmt: skip
_STOPS_OR_STARTS = re.compile(
    r"끊|금연|금주|다시|이제|이젠|요즘|요새|지금은|줄[였이]|시작|안 (?:마|피|먹)|못 (?:마|피|먹)|바[꿨뀌]|"
    r"\b(?:quit|gave up|given up|stopped|started|again|no longer|these days|now|sober)\b",
    re.IGNORECASE,
)
_NEW_WORK = re.compile(
    r"이직|전직|전업(?:했|함|하기)|퇴사|퇴직|입사|취직|취업했|취업됐|그만두고|그만뒀|때려치|관두고|관뒀|옮겼|옮김|(?:가게|카페|회사|식당|집)\S* (?:차렸|차려|열었|냈)|사표|개업|새 명함|첫 출근|사원증|"
    rf"\b(?:new job|changed jobs|day (?:1|one) (?:as|at)|first day (?:as|at)|handed in my (?:notice|badge|resignation|uniform|apron|lanyard|pass|locker key|(?:keys|papers)(?! (?:to|for|on)\b))|put (?:down|in) my (?:papers|notice)|joined (?-i:[A-Z])|{_QUIT}|left my job|started working|got hired)\b|"
    # not "left the shop with two bags", nor "just left the office. Meeting a baker"
    r"(?:^|[.!?;] |\b(?:i|i['’]ve|i have) )(?:finally )?left the (?:shop|store|restaurant|caf[eé]|bar|pub|bank|firm|agency|office|company|factory|hospital|school|salon|studio|warehouse|hotel|bakery|kitchen|force|army|navy)(?=\s*[.!;,][^?]{0,60}\b(?:now|these days|instead|new|as of)\b| (?:for good|last (?:week|month|year)|in (?:spring|summer|autumn|winter|(?-i:Jan|Feb|Ma[ry]|Apr|Ju[nl]|Aug|Sep|Oct|Nov|Dec))))",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"(?:병원|회사|직장|학교|가게|매장|학원|유치원|약국|지점|팀|사무실|작업실|공방|등대|현장)\S*\s+(?:\S+\s)?옮[겼기긴길겨]|이직(?:했|해|하|함)|(?:으로|로)\s+(?:발령|전근|전보)|발령\S*\s+(?:\S+\s){0,4}\S+(?:으로|로)\s+(?:가|갑|갔|옮|출근|다)|정규직으로\s"
)
_GIVES_UP = re.compile(
    r"그만|관[두뒀]|때려|은퇴|퇴직|전직|접[었고]|대신|말고|직업을|직종|업종|전향|아니[고라]"
    # "이번엔 원무과로", "제약회사 영업이야": another trade
    r"|이번엔?\S*\s+\S*(?:과|부|팀|실|장|직)(?:으로|로)|(?:영업|마케팅|기획|사무직?|관리직|행정|원무과?|총무|인사|홍보)(?:팀|부|직)?(?:이[야에다고]|으로|로(?!\S)|예요|입니)"
)
_A_TRADE = re.compile(r"[가-힣]{2,}(?:사|관리원|관|가|인|공|꾼|너|저|터)")
_AT_A_PLACE = re.compile(
    r"알바|편의점|영화관|피시방|PC방|백화점|주유소|물류|회사|은행|병원|학교|학원|공장|센터|마트|가게|카페|식당|빵집|제과점|베이커리|꽃집|분식집|치킨집|고깃집|술집|미용실|헤어샵|세탁소|정육점|철물점|노래방|농장|목장|학습지|매장|사무소|로펌|법원|공사|구청|시청|연구소|호텔|약국|서점|우체국|도서관|사무실|등대|현장|조선소|학교"
)


def replaces(message: str) -> bool:
    """Does the message say that something it tells takes the place of what was true before?"""
    return _ANEW.search(message) is not None


def takes_back(message: str) -> bool:
    """Does the message name something that is over, or something new in the place of something old?"""
    return replaces(message) or re.search(_ENDING, message) is not None


def lately(fact: Fact, now: datetime) -> bool:
    """Was the fact recorded within the hour?"""
    return now.astimezone() - datetime.fromisoformat(fact.recorded) <= _A_BREATH


def not_just_told(known: Iterable[Fact], message: str, before: int | None, now: datetime) -> list[Fact]:
    """Without what the message before taught, where this one takes nothing back: people do not end in one breath what they have just told."""
    if takes_back(message) or corrections.turns_round(message):
        return list(known)
    return [fact for fact in known if before is None or fact.turn != before or not lately(fact, now)]


def over(facts: Iterable[Fact], message: str) -> Iterator[Fact]:
    """Facts the message says are no longer true, by naming them; pinned ones stay."""
    clauses = [
        clause
        for clause in [*patterns.clauses(message), message]
        if not (patterns.asks(clause) or patterns.is_unreal(clause) or patterns.is_order(clause) or gate.others(clause))
    ]
    slip = _SLIPPED.search(message) is not None
    for fact in facts:
        # The whole value, or what it ends in: "민지" of [연인: 여자친구 민지], not the cat of [반려동물: 고양이 나비].
        named = [part for part in {fact.value, *wording.words(fact.value)[-1:]} if len(part) >= wording.SHORTEST]
        taken_back = slip and any(
            re.search(rf"\bnot (?:in |from |at |an? )?{re.escape(part)}(?=\s*(?:[.,;!)]|$))", message, re.IGNORECASE)
            for part in named
        )
        over = _says_over_of_somebody if fact.key in keys.PEOPLE else says_over
        if not fact.pinned and (taken_back or any(over(part, clause) for part in named for clause in clauses)):
            yield fact


def undone(facts: Iterable[Fact], message: str) -> Iterator[Fact]:
    """Facts that an event of the user's own ends ("복학했어요": the leave), and the one pastime that "그거 이제 안 해" is about."""
    if patterns.asks(message) or patterns.is_unreal(message):
        return
    lasting = [fact for fact in facts if not fact.pinned]
    if _BORN.search(message):
        yield from (fact for fact in lasting if _EXPECTING.search(f"{fact.key} {fact.value}"))
    if gate.NO_ALLERGY.search(message):
        yield from (
            fact
            for fact in lasting
            if fact.key in ("알레르기", "allergy")
            and any(word in message.lower() for word in wording.content(fact.value))
        )
    yield from (fact for fact in lasting if fact.key in ("알레르기", "allergy") and _is_harmless(fact.value, message))
    if _NO_WEDDING.search(message) and not gate.others(message):
        yield from (fact for fact in lasting if fact.key in keys.FACETED)
    if (off := _TAKEN_OFF.search(message)) and not _NOT_OFF_YET.search(message):
        yield from (
            fact
            for fact in lasting
            if fact.key in ("health", "braces") and (off["v"] or off["w"] or off["x"]).lower() in fact.value.lower()
        )
    if _TRADED_IN.search(message):
        yield from (
            fact
            for fact in lasting
            if fact.key == "차" and not any(word in message for word in wording.words(fact.value))
        )
    pets = [fact for fact in lasting if fact.key in ("반려동물", "pet")]
    if len(pets) == 1 and _PARTED_WITH.search(message) and not _OF_SOMEBODY.search(message):
        yield from pets
    if gate.others(message):
        return
    for form, what, _ in _GIVEN_UP:
        if _has_given_up(form, message):
            yield from (
                f
                for f in lasting
                if f.key in _TAKEN and what.search(f"{f.key} {f.value}") and not _GIVES_IT_UP.search(f.value)
            )
    if _AT_UNIVERSITY.search(message):
        yield from (fact for fact in lasting if fact.key == "학년" and _A_PUPIL.match(fact.value))
    if _SHOP_SHUT.search(message):
        yield from (fact for fact in lasting if fact.key in keys.WORK and _A_SHOP.search(fact.value))
    for event, ended in _UNDOES:
        if (came := event.search(message)) and not (came[0][-1] in "함됨" and _NOT_YET.search(message)):
            # Of what was told in the same breath only what cannot be told apart from it: "알바하는 휴학생입니다, 스물둘" told a job and an age too.
            yield from (
                fact
                for fact in lasting
                if ended.search(f"{fact.key} {fact.value}")
                or (ended.search(fact.words) and sum(other.turn == fact.turn for other in lasting) == 1)
            )
    pastimes = [fact for fact in lasting if fact.key in keys.PASTIMES]
    longest = max((wording.folded(fact.value) for fact in pastimes), key=len, default="")
    if _NO_LONGER_THAT.search(message) and all(wording.folded(fact.value) in longest for fact in pastimes):
        yield from pastimes


_NOT_SURELY = re.compile(
    r"\b(?:if|when|whether|unless|think|thinks|thought|assume[sd]?|wish|hope|say|says|said|told me|because|his|her|their)\b",
    re.IGNORECASE,
)


def _is_harmless(value: str, message: str) -> bool:
    """Is what one was allergic to said to be harmless ("it's ibuprofen I'm allergic to, penicillin is fine")?"""
    eaten = r"먹어도\s" if len(value) == 1 else r"(?:이제\s)?(?:먹어도\s)?"  # "안 좋은 게 괜찮아졌어" tells of no crab
    fine = (
        rf"\b{re.escape(value)}(?:['’]s| is| are| was)(?: actually| totally| perfectly)? (?:fine|ok|okay|safe|all right|alright|no problem)\b"
        r"(?! (?:for|with|by|if|in|as long|but|when)\b)|"
        rf"(?<![가-힣]){re.escape(value)}(?:은|는|이|가)?\s*{eaten}(?:괜찮(?:아(?!\S*[?])|[다더네습대]|음|은데)|상관\s?없)(?!\S*냐)"
    )
    told = re.search(fine, message, re.IGNORECASE)
    return told is not None and not _NOT_SURELY.search(re.split(r"[.!?;]", message[: told.start()])[-1])


def given_up(message: str) -> list[Proposal]:
    """What the user says to have given up, as something that lasts ("담배 끊었어", "quit smoking"); nothing of coffee taken black."""
    if not any(form.search(message) for form, _, _ in _GIVEN_UP):
        return []  # the rest takes its time of a long message
    if patterns.asks(message) or patterns.is_unreal(message) or patterns.is_joke(message) or gate.others(message):
        return []
    found = []
    for form, _, names in _GIVEN_UP:
        said = form.search(message) if _has_given_up(form, message) else None
        if said is None or _CUT_SHORT.search(said[0]):
            continue
        whole = _WORD_ON.match(message, said.end())
        end = whole.end() if whole else said.end()
        told = message[said.start() : end].strip(" .!?,~")
        value = _LED_IN.sub("", told)
        if _NOT_GIVEN_UP.search(value) or _ONLY_SAID.search(message[: said.start()]):
            continue
        if _ONLY_TRIED.match(message, end) and not re.search(r"\b(?:quit|gave|given|stopped)\b", value, re.IGNORECASE):
            continue
        if re.match("quit", told, re.IGNORECASE) and _TO_YOU.search(message):
            continue
        found.append(Proposal(names[not re.search("[가-힣]", value)], value, sure=True))
    return found


def tells_of_giving_up(proposal: Proposal, given: Proposal) -> bool:
    """Does it say that the same is taken no more as `given`, which is of `given_up`?"""
    said = f"{proposal.key} {proposal.value}"
    return _GIVES_IT_UP.search(proposal.value) is not None and any(
        form.search(said) or what.search(said) for form, what, names in _GIVEN_UP if given.key in names
    )


def _has_given_up(form: re.Pattern[str], message: str) -> bool:
    """Is something given up for good, and by the user?"""
    if _TAKEN_UP_AGAIN.search(message):
        return False
    stopped = [one for one in patterns.clauses(message) if form.search(one)]
    return any(not (_ANOTHER_STOPPED.search(one) or (_SOMETIMES.search(one) and "끊" not in one)) for one in stopped)


def finished(facts: Iterable[Fact], message: str) -> Iterator[Fact]:
    """Facts of something that has a day and is behind the user now, where there is only one of its key."""
    known = [fact for fact in facts if fact.key in _DONE and not fact.pinned]
    if patterns.asks(message) or patterns.is_unreal(message):
        return
    of_another = gate.others(message)
    for fact in known:
        if not can_be_over(fact, message) or (
            (of_another or (_A_COLLEAGUE.search(message) and not _ALSO_I.search(message)))
            and (gate.of_oneself(fact.key) or fact.key in keys.WORK)
        ):
            continue  # a husband's retirement is not the user's
        alone = sum(other.key == fact.key for other in known) == 1
        named = any(word in message for word in wording.words(fact.value) if len(word) >= wording.SHORTEST)
        named = (
            named
            or re.search(rf"{fact.key}(?:은|는|이|가|을|를|도)?\s*(?:다\s*|전부\s*|결국\s*)?(?:취소|무산)", message)
            is not None
        )
        if fact.key in ("건강", "health"):
            if _is_healed(fact, message):
                yield fact
        elif (alone or named) and re.search(_DONE[fact.key], message, re.IGNORECASE):
            yield fact


def _is_healed(fact: Fact, message: str) -> bool:
    """Is it over what the fact tells, and not a cold beside it, nor somebody else's ("감기 다 나았어", "dad is cancer free")?"""
    words = [word for word in wording.words(fact.value) if len(word) >= wording.SHORTEST]
    for clause in patterns.clauses(message):
        over = re.search(_DONE[fact.key], clause, re.IGNORECASE)
        if over and not _OTHERS_HEALED.search(clause[: over.start()]):
            before = clause[: over.start()]
            if _HEALED_I.search(before) or any(word.lower() in clause.lower() for word in words):
                return not re.match(r"\s+from\b", clause[over.end() :]) or any(w in clause for w in words)
    return False


def new_work(message: str) -> bool:
    """Does the message say that the user works somewhere else now, or at something else?"""
    return _NEW_WORK.search(message) is not None


def goes_on_elsewhere(message: str) -> bool:
    """Does somebody change where the work is done, and not what it is ("병원 옮긴다!! 새봄요양병원 출근이야")?"""
    return _ELSEWHERE.search(message) is not None and _GIVES_UP.search(message) is None


def gives_up(message: str) -> bool:
    """Does somebody turn to other work?"""
    return _GIVES_UP.search(message) is not None


def is_trade(word: str) -> bool:
    """Is a word what somebody works as, without where ("공인중개사")?"""
    if re.fullmatch(rf"[가-힣]{{0,4}}{JOB}", word):
        return True
    return _A_TRADE.fullmatch(word) is not None and not _AT_A_PLACE.search(word)


def at_a_place(fact: Fact) -> bool:
    """Does what is known of the user's work say where, so that another place takes its place ("직업: 보험회사 상담")?"""
    return fact.key in keys.WORK and _AT_A_PLACE.search(fact.value) is not None


def given_away(message: str) -> bool:
    """Has an animal died or gone to somebody else?"""
    return _GONE.search(message) is not None


def _two_named(fact: Fact) -> tuple[str, str, int] | None:
    """Two names in which a value ends, or the two things that it is, and where they begin; in Korean also what was told with a particle between them that the value has lost
    ("햄스터 콩이 팥이" of "이름 콩이랑 팥이")."""
    known = None if fact.key in keys.WORK | keys.ON_A_DAY | {"home", "사는 곳"} else _TWO_NAMED.search(fact.value)
    if known:
        return known["a"] or known["a2"], known["b"] or known["b2"], known.start()
    things = _TWO_THINGS.fullmatch(fact.value) if fact.key in _OF_THINGS else None
    if things:
        return things["a"], things["b"], 0
    pair = _TWO_WORDS.search(fact.value) if fact.key in ("반려동물", "룸메이트", "친구") else None
    if pair and re.search(rf"{pair['a']}(?:이랑|랑|하고|과|와)\s?{pair['b']}", fact.words):
        return pair["a"], pair["b"], pair.start()
    return None


def left_of_them(fact: Fact, message: str) -> str:
    """Those of several named animals (or the one of two things) still there, where the message names the others ("had to put Rusty down" of "kelpies, Rusty and
    Belle"); "" where it is about all of them or none, or says that none is left."""
    pair = _two_named(fact)
    if pair is None:
        return ""
    first, second, start = pair
    alone = [
        name for name in (first, second)
        if re.search(rf"(?<![가-힣\w]){re.escape(name)}이?(?:\s?하나)?(?:만|\s?혼자|뿐)\S*(?:\s\S+)?\s(?:남|키[우워]|있)|\b(?i:only|just|still (?:have|got)|left with|me and) {name}\b|\b{name}(?:['’]s| is|) (?:left|still|all alone|alone|lonely|sad|heartbroken|miss\w*|look\w*)\b", message)
    ]  # fmt: skip
    here = [name for name in (first, second) if re.search(rf"(?<![가-힣\w]){re.escape(name)}", message)]
    if len(alone) == 1:  # "이제 초코만 남았어", "Belle misses her brother" name the one who stays
        here = [second if alone[0] == first else first]
    if len(here) != 1 or re.search(r"둘 다|모두|마저|다른 애도|나머지도|\b(?:both|too|all)\b", message, re.IGNORECASE):
        return ""
    other = second if here[0] == first else first
    kind = re.sub(r"(?:[한두세]|[23])\s?마리|\b(?:two|2|three|3|both)\b", "", fact.value[:start]).strip(" ,")
    third = re.search(r"\b[A-Z][a-z]+$", kind)  # of "Tom, Ben and Jerry"
    return f"{kind}{' and' if third else ''} {other}".strip()


_A_PART = [
    re.compile(each, re.IGNORECASE)
    for each in (
        r"(?:매주|격주)?[월화수목금토일]요일(?:마다)?", r"[가-힣]{2,}(?:초|중|고|대|여고|여중)", r"[가-힣]{2,}과", r"[가-힣A-Z]{2,}팀", r"\d급", r"[가-힣]{1,3}띠", r"(?:이|일|상)병|병장",
        r"가드|센터|포워드|골키퍼|수비수|공격수|미드필더|스트라이커|투수|포수|리베로|세터", r"goalie|goalkeeper|keeper|striker|defender|midfielder|winger|guard|forward|center|pitcher|catcher",
        r"(?:every )?(?:mon|tues|wednes|thurs|fri|satur|sun)days?",
    )
]  # fmt: skip
_BESIDE_A_PART = re.compile(r"(?:^|\s)(?:매주|격주|every|on)(?=\s|$)|^(?:for|at|in) ", re.IGNORECASE)


def left_of_parts(fact: Fact, new: Sequence[str], message: str) -> str:
    """What a fact tells beside the part that is told anew ("웹툰 연재" of "웹툰 목요일 연재" by "이제 일요일", "공무원 구청" of "공무원 구청 세무과" by
    "문화체육과"); "" where it tells nothing beside, or no such part."""
    words = fact.value.split()
    if len(words) < 2 or fact.key in keys.ON_A_DAY:
        return ""
    told = [word.strip(".,!") for value in new for word in value.split()]
    for form in _A_PART:
        mine = [word for word in words if form.fullmatch(word)]
        if len(mine) == 1 and any(form.fullmatch(word) and word != mine[0] and not word.istitle() for word in told):
            left = _BESIDE_A_PART.sub("", " ".join(word for word in words if word != mine[0])).strip()
            # Told anew with the part ("딸 한빛고"), or over itself ("quit pottery, boxing thursdays now").
            again = any(set(left.split()) <= set(value.split()) for value in new)
            return "" if again or any(says_over(word, message) for word in left.split()) else left
    return ""


_SHOP_MOVED = re.compile(
    r"(?:가게|매장|식당|카페|공방|작업실|미용실|학원|빵집|꽃집|회사|사무실|본사)[를을은는가이]?\s+(?:\S+\s)?\S+(?:으로|로)\s*(?:옮[겼기긴김]|이전|이사)"
)


def shop_elsewhere(fact: Fact, message: str) -> str:
    """What kind of shop it is, of which the message tells a new place ("정육점" of "정육점 의정부 제일시장" by "가게를 포천으로 옮겼습니다")."""
    if fact.key not in ("가게", *keys.WORK) or not _SHOP_MOVED.search(message):
        return ""
    kinds = [word for word in fact.value.split() if word == "회사" or _A_SHOP.search(word)]
    return kinds[0] if len(kinds) == 1 and len(fact.value.split()) > 1 else ""


def without_the_birth(fact: Fact, message: str) -> str:
    """Who has borne a child, of whom it was told that she expects one ("daughter Lucy" of "daughter Lucy expecting")."""
    if fact.key not in keys.PEOPLE or not _BORN.search(message):
        return ""
    return re.sub(r"[\s,]*\b(?:is )?(?:expecting|pregnant)\b.*$|\s*임신.*$", "", fact.value).strip()


_OF_A_CHOICE = re.compile(
    r"\b(?:can(?!['’]?t)|could|(?<!t )(?<!never )(?:eat|drink)|(?:i|we) (?:like|love|enjoy|prefer)|fine|ok|okay|safe)\b[^.!?;]*$",
    re.IGNORECASE,
)
"""Before "not X", which then is what one leaves and may well be allergic to: "I can eat fish, not shellfish"."""


def denied(value: str, message: str) -> bool:
    """Does the message say that it was never so ("it wasn't asthma after all", "I said lactose intolerant before, turns out …")?"""
    at = re.escape(value)
    denial = re.search(
        rf"\b(?:was(?:n['’]?t| not)|(?<=\w )is(?:n['’]?t| not)|i(?:['’]?m| am) not|(?<=\bwas )never) (?:an? |the |really |actually )*{at}\b|"
        rf"[,;–-]\s?not (?:an? |the )?{at}(?=\s*[.!;,)]|\s*$)|"
        rf"\bi (?:said|told you|wrote|thought) (?:it was )?(?:an? )?{at}\b(?! (?:is|was|are|were)\b)[^.!?]*\b(?:but|turns out|actually|it['’]?s(?! (?:still|been|getting|gotten|got|even|back|bad|worse|better|always|just))\b)",
        message,
        re.IGNORECASE,
    )
    if denial and denial[0][0] in ",;–-" and _OF_A_CHOICE.search(message[: denial.start()]):
        return False
    # What is said of it elsewhere stands: "My brother is not a nurse, but I am a nurse".
    rest = message[: denial.start()] + message[denial.end() :] if denial else ""
    return denial is not None and re.search(rf"\b{at}\b", rest, re.IGNORECASE) is None


_OF_WHOM = re.compile(
    r"(?:^|[.!?,]\s*)(?P<of>[가-힣]{2,5}?)(?:은|는|이|가)?\s+(?P<old>(?![내제우나저])[가-힣]{2,})\s+(?:아니고|아니라)\s+[가-힣]+?(?:이래|래|이[야에]|야|예요|임|입니다|이었|였)"
)


def is_another_child(fact: Fact, message: str) -> bool:
    """Is it about a child who was there before the one whose birth a message tells?"""
    expected = re.search(r"expect|due\b|pregnan|on the way|임신|예정|태명", f"{fact.key} {fact.value}", re.IGNORECASE)
    return fact.key in ("child", "자녀") and not expected and _BORN.search(message) is not None


def is_who_is_meant(fact: Fact, message: str) -> bool:
    """Does the message only say of whom something else is so ("뭉치 푸들 아니고 비숑이래" beside [반려동물: 강아지 뭉치])?"""
    told = _OF_WHOM.search(message) if fact.key == "반려동물" else None
    return told is not None and told["of"] in fact.value and told["old"] not in fact.value


_NAMED_FIRST = re.compile(
    r"(?P<n>[A-Z][a-z]+(?: [A-Z][a-z]+)?),? (?:lives?|living|works?|is|has|moved|stays?|studies|in|at|from)\b.*"
)


def name_of(fact: Fact) -> str:
    """Who somebody is, of whom it was told what is over ("Roy" of [father: Roy lives with us])."""
    told = _NAMED_FIRST.fullmatch(fact.value) if fact.key in keys.PEOPLE | keys.KIN else None
    return told["n"] if told else ""


def of_manner(value: str, message: str) -> bool:
    """Is the value a way of doing something that one does in one way at a time, and has that changed by the message?"""
    return _STOPS_OR_STARTS.search(message) is not None and any(stance.search(value) for stance in _STANCES)


def other_manner(value: str, old: Fact) -> bool:
    """Is a new value another way of doing what an old fact tells ("술 끊은 지 두 달" and "매일 소주 한 병")?"""
    if old.key not in _MANNERS or wording.folded(old.value) == wording.folded(value):
        return False
    return any(stance.search(value) and stance.search(f"{old.key} {old.value}") for stance in _STANCES)


_ADDED = re.compile(
    r"[가-힣](?<![권검유기])도\s+(?:같이 |새로 |하나 |또 |따로 )?(?:시작|배우|배워|다니기|키우|키워|들였|들이|샀|생겼|데려|등록)|동생\S{0,2} ?생[겼김]|하나 더 (?:샀|생|들|키|데려|배우|시작)|한\s?(?:마리|명|대) 더|"
    r"\b(?:too|as well)(?: now)?\s*(?:[.,!]|$)|\b(?:has|have|got) (?:a (?:new )?)?(?:friend|companion|playmate|brother|sister|sibling|buddy)\b(?=[^.?]*[.!,]|$)|\b(?:a |our |my )?(?:second|third|another) (?:rabbit|bunny|cat|kitten|dog|puppy|hamster|guinea pig|bird|budgie|parrot|fish|hen|rat|gerbil|lizard|snake|horse|pony|tortoise|kid|child|baby|son|daughter)\b",
    re.IGNORECASE,
)


def adds(message: str) -> bool:
    """Does the message tell of something beside what there is ("수채화도 시작했어", "picked up Welsh as well")?"""
    return not takes_back(message) and _ADDED.search(message) is not None


def comes_beside(key: str, value: str, message: str) -> bool:
    """Does the message add the value to what there is ("카니발도 샀어", "차 한 대 더", "a second car"), or tell of somebody else's ("엄마 차는 소나타야")?"""
    if re.search(rf"{re.escape(value)}\S*도(?=\s|$)|\s더\s|하나 더|또 (?:하나|한)", message) or _BESIDES.search(
        message
    ):
        return True
    return _OF_KIN.match(key) is None and _OF_KIN.search(message) is not None


def _says_over_of_somebody(value: str, clause: str) -> bool:
    """Not by what somebody gives up: "지우 태권도는 그만두고" ends no son."""
    given_up = rf"{re.escape(value)}(?:은|는|이|가)?\s+\S+\s+(?:그만|관두|관뒀|끊|접|안 (?:다니|다녀|먹|마시)|바꿨|바꾸|팔|갈아)"
    return says_over(value, clause) and not re.search(given_up, clause)


def says_over(value: str, clause: str) -> bool:
    """Is the value named as what is over ("피아노 그만뒀어", "quit smoking")?"""
    at = re.escape(value)
    return (
        re.search(
            rf"{at}(?:{_OVER}|{_MOVED}|{english.IS_HISTORY}|{_STATION_OVER})|\b(?:gave|given) (?:the |my |our )?{at} (?:to|away)\b|{_LEFT}\b{at}\b|{_OFF_IT}{at}\b",
            clause,
            re.IGNORECASE,
        )
        is not None
    )
