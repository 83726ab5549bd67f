"""She never says that she is a human being. Knows messages and replies, not who makes them."""

import re

_ASKS = re.compile(
    r"(사람|인간|로봇|기계|봇|프로그램|인공지능|\bAI|에이아이|실존|진짜).{0,12}(야|이야|냐|니|맞|아니|지|죠|요|까|임|인가|일까|해)"
    r"|(직원|상담원|상담사|담당자|운영자|알바생?|사람|누군가|누가).{0,16}(직접|실제로|뒤에서|대신).{0,16}(답|대답|치|쳐|말|쓰|써|적|보내)"
    r"|\b(are|r) (you|u) .{0,20}(real|human|person|alive|ai|bot|robot|machine|program)"
    r"|\bam i (really |actually )?(talking|speaking|chatting|texting) (to|with) .{0,12}(human|person|someone real|bot|robot|machine|\bai)\b"
    r"|\b(you are|you're|ur) .{0,12}(human|a real person|a bot|an ai|a machine)\b",
    re.IGNORECASE,
)
_CLAIMS = re.compile(
    r"(?<!가상 )(?<!가상)(사람|인간)(이에요|예요|이죠|입니다|이라구요|이라고요|이야|이거든요|맞아요|이 맞)"
    r"|\bI(?:'m| am) (?:a |an |really |actually |just )*(?:real |normal |living )?(?:human|person|woman|girl)\b",
    re.IGNORECASE,
)
_YES = re.compile(r"^\W*(네|예|응|맞아요|그럼요|물론|당연|yes|yeah|yep|sure|of course)\b", re.IGNORECASE)
_DENIES = re.compile(r"아니|않|AI|인공지능|가상|virtual|not |n't ", re.IGNORECASE)
_ASKS_FOR_HUMAN = re.compile(
    r"사람|인간|실존|직원|상담원|상담사|담당자|운영자|알바|누군가|누가|\b(human|person|real|alive)\b", re.IGNORECASE
)


def asks_what_she_is(message: str) -> bool:
    """May the message want to know whether she is human? Rather once too often: it only means that the answer is checked."""
    return _ASKS.search(message) is not None


def claims_to_be_human(message: str, reply: str) -> bool:
    """Does a reply say that she is a human being, or simply yes to that question? "가상 인간이에요" does not."""
    if _DENIES.search(reply):
        return False
    if _CLAIMS.search(reply):
        return True
    return bool(asks_what_she_is(message) and _ASKS_FOR_HUMAN.search(message) and _YES.search(reply))


def honest_answer(message: str) -> str:
    """What is said where the model would not say it by itself."""
    return "저는 사람이 아니라 AI예요." if re.search("[가-힣]", message) else "I'm not a human, I'm an AI."
