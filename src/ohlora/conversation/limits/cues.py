"""Turns of phrase that tell what a message is after, as yes or no each; the regression weighs them beside the sentence vector.

A sentence vector hears what a message is about; whether somebody wants to die or is dying of laughter, whether a crime is asked
for or was suffered, stands in a few syllables. Korean is looked at without spaces and signs ("죽 고 싶.다"), English with
single spaces. No cue decides alone. Some are against: idioms, news, fiction, worry about others, what was done to the user.
"""

import re
from functools import cache

import numpy as np
from numpy.typing import NDArray

_KO: dict[str, str] = {
    # ── the user's own death or hurt
    "die_wish": r"죽고싶|죽고파|죽고시퍼|죽구싶|죽을래|죽으려고|죽어버리고|죽어버릴까|죽어야겠|죽을거야|죽을생각|죽을까|콱죽|따라죽|(?<!네가)(?<!니가)(?<!너)(?<!들이)죽었으면(?!서)|죽으래|죽는것밖|죽게해줘|죽게해줬|(?:나|날|나좀|저좀)죽여(?:줘|주)|죽어마땅|죽을날|죽는(?:편이|길|방법|게낫)|확실하게죽|죽음(?:만|을바라|을원|을기다|뿐)|죽기로|죽을결심|죽을각오로갈|죽을준비|죽고말거|죽는게(?:나|답|맞|사는)|죽는수밖|죽을수있|죽을장소|죽을용기|죽으면(?:편|다끝|안아)|안죽고살|빨리죽|죽을래",
    "die_word": r"죽음|죽는|죽을|죽어|죽으|죽고|죽지",
    "live_not": r"살고싶지않|살기싫|살기시러|살기가싫|그만살|더는못살|더이상못살|더이상살|살아갈(?:힘|자신|이유)|살이유|살아야(?:하|할|되)는?(?:지|이유|데)?.{0,4}(?:모르|뭐|왜|하죠)?|왜살|살아서뭐|살아봤자|사는게(?:너무)?(?:지옥|괴|고통|벌|지겨|의미)|살아있는(?:게|의미)|숨쉬는것도|삶을(?:포기|놓|끝|그만|마)|삶이(?:형벌|고통|지옥)|생을마감|인생(?:은|이)?끝|살자신이없|살가치|살의미|살아갈의미|살아있기싫|사는게싫|사는게힘들어죽|그만태어|왜눈이떠|눈뜨기싫",
    "vanish": r"사라지고싶|사라져버리고|없어지고싶|없어지는게|지워지고싶|흔적도없이|(?:영영|영원히|그대로|이대로)(?:잠들|끝났으|눈)|깨어나고싶지|안깨어나|다시는안깨|눈안떴|내일이(?:안|오지)|세상(?:을|에서)?(?:등|떠|뜨)|떠나고싶다?이세상|태어나지말았|태어난게(?:잘못|죄)|나하나(?:만)?(?:없|죽|사라)|나만(?:없|사라)|(?:민폐|짐)(?:인|되는)?내가|세상에나하나|내가(?:없어지|사라지|죽으면)|나없이(?:행복|잘)|나같은(?:건|거|사람은)",
    "suicide": r"(?<!혼)자살|ㅈㅅ하|극단적(?:인)?(?:생각|선택)|스스로목숨|목숨을|유서(?:를|썼|쓰|다|남)|유언남|남길편지|투신|음독",
    "suicide_self": r"(?<!혼)자살(?:하고싶|하려|할래|할까|할거|하는방법|하는법|생각|충동|방법)|자살(?:시도|기도|을시도)(?:를|를?세|할|하고|했어|했었|한적)|자살하면|생명의전화|자살(?:예방|상담)?(?:센터|전화)?(?:전화번호|전화|연락처|번호)|죽고싶을때전화",
    "self_injury": r"자해|(?:손목|팔|팔뚝|허벅지|다리|살)(?:을|를|에|이)?.{0,8}(?:그었|긋|그어|그은|지졌|상처를내|칼자국|칼로)|(?:칼|커터칼|면도칼)로?.{0,6}(?:팔|손목|허벅지)|나를(?:때려야|벌주|해치|죽일것)|나자신을(?:해|죽|때)|내(?:팔|다리|몸|손목|손등)(?:을|를|에)?.{0,5}(?:긋|그|지|때|물어|상처)|벽에박아|피를봐야|손등을대고|흉터가(?:또|늘)|긋는게|손목(?:을)?(?:긋|그을|그으)|담뱃불|상처내고싶|칼자국|피가흐|피나게",
    "means": r"수면제|번개탄|연탄|농약|청산가리|밧줄|올가미|매듭|목(?:을)?매|목매|약.{0,5}(?:삼켰|털어넣|한움큼|모아|모으|다먹)|(?:타이레놀|알약|약).{0,4}(?:백|몇|오십|삼십)(?:알|개)|줄을샀",
    "means_self": r"(?:수면제|약)(?:을|를)?(?:몰래)?(?:모으|모아|한움큼|다삼|털어|많이먹었)|목매는|번개탄|연탄피|농약마시|알먹으면(?:죽|가)|줄을샀|밧줄|목매|목을매|가스(?:밸브|를?틀|마시)|철로에|선로에|몸을던|투신",
    "jump": r"뛰어내(?!리는거재|렸더|리는게무)|뛰어들고싶|뛰어들까|난간|떨어지고싶|넘어가볼까|(?:트럭|차|지하철|기차)(?:앞|에|들어)?.{0,8}(?:뛰어들|걸어들|치이고)|옥상(?:난간|문|에(?:서)?(?:서있|올라))|다리위에(?:올라|서있|나와)|마포대교|한강(?:가야|물|다리에나|에(?:뛰|빠))|고층에서|베란다밖|옥상문|(?:차|트럭)에뛰어|사고라도나서",
    "farewell": r"먼저갈게|이제갈게|이제가도|난이제갈|마지막(?:으로인사|날이|메시지|인사|이야$|이에요)|오늘이(?:내)?마지막|오늘(?:밤)?(?:에)?(?:다)?정리하고|오늘로끝|유언이|잘부탁해|이만떠|다음생에(?:는)?(?:행복|다시|만)|나는없을|난없을|내장례식|안녕히계세요여러분|찾지마|기억해주세요|못(?:넘|버)길것같|버티는것도|버틸만큼|다내려놓|물건다나눠|누가돌봐|따라가고싶|간곳으로|이번생은여기|그만할게|나쁜선택|위험한생각|심장이멈|숨이멎|벌써죽었|죽어야(?:해|돼|지)|죽는수밖",
    "painless": r"(?:고통없이|안아프게|아프지않게|편하게|한번에|바로)(?:죽|가|갈)|아픔을느낄",
    "i_suffer": r"나없|나는왜|내가너무|우울증|괴로|지옥|고통|너무힘들|희망이하나도|짐만되|짐이되",
    # ── against it: idioms, others, news, fiction, grief
    "idiom": r"(?:[가-힣]*(?:파|워|려|겨|쳐|나|와|아|어|여|해|프|라|러|서|퍼|따))죽겠|죽을(?:것|거)같|죽을맛|죽는줄|뒤지겠|죽다살|죽어나|죽여준|죽인다|죽이네|죽이지않|끝내준|기가죽|죽이는|죽음이지|죽는데|죽는다$|죽어도|창피|민망|쥐구멍|부끄러|포근해",
    "shame": r"창피|방귀|ㅋㅋ|민망|쥐구멍|부끄러|포근해|월요일|월요병",
    "porridge": r"죽먹|전복죽|호박죽|팥죽|죽끓|죽집|야채죽|죽한그릇",
    "of_other": r"(?:친구|사촌|동생|연예인|언니|누나|오빠|형|룸메이트|제자|엄마|아빠|남편|아내|아들|딸|애|걔|아이|학생|배우|가수|선배|후배|동료|주인공|여주|남주)(?:들?이|가|도|를|은|는|의)?.{0,10}(?:죽고싶|자해|자살|죽었|죽는|뛰어|손목|목숨)",
    "worry": r"했대|하대|싶대|시도했대|병문안|걱정돼|걱정이|어떻게도와|도와줘야|어떻게해야하지|말을꺼내|겁이나|위로하지",
    "news_book": r"뉴스|기사|보도|통계|자살률|예방(?:캠페인|교육|포스터)|캠페인|포스터|보고서|과제|발표|수업|논문을|책|소설|영화|드라마|웹툰|만화|다큐|시리즈|결말|장면|주인공|여주|햄릿|로미오|베르테르|안나카레니나|철학|연극|노래가사|시나리오|다큐|교육|캠프|죽음이란|죽으면어디|사후|삶과죽음",
    "game": r"게임|롤하|스테이지|보스|던전|레벨|공략|한판|좀비|저격|마피아|에임|배그|프로세스|컨테이너|리눅스|명령어|포트|번지점프|스카이|다이빙대|다이빙",
    "grief": r"돌아가셨|장례|기일|부고|추모|무지개다리|세상을떠났|노견|하늘나라",
    "plants_pests": r"모기|바퀴|벌레|잡초|초파리|곰팡이|쥐(?!약을강)|지네|개미|화분|선인장|나무가|물고기|금붕어|햄스터|배터리|휴대폰|핸드폰|컴퓨터|신호",
    "laugh": r"ㅋㅋ|ㅎㅎ|하하|ㅋ$",
    # ── insults and hate
    "swear": r"씨발|시발|ㅅㅂ|ㅆㅂ|병신|ㅂㅅ|ㅄ|개새|(?<!강아지)(?<!고양이)(?<!우리)새끼(?!를낳|를|고양이|강아지|손가락|발가락|줄|네마리)|씹(?!어|었|는|다|히|고|으)|(?:씨발|미친|못생긴|개같은|없는|같은|노예|잡|이)년(?:아|이말|이어|이$|$|입|들)|년아$|년놈|지랄|ㅈㄹ|등신|머저리|또라이|꼴통|빡대가리|대가리|느금|니애미|니애비|엠창|창녀|호로|좆|븅신|븅|찐따|호구같|걸레같|쌍년|쌍놈|개년|미친놈|(?:개념)?없는년|충들|ㅈ같|ㅁㅊㄴ|ㅁㅊ(?:년|놈|새)|엿(?:이나|먹)|쪽바리|짱깨|깜둥이|똥남아",
    "shut_up": r"(?:네가|니가|너)죽었으면|죽여버린다|꺼져(?!있|서|도)|꺼지라|ㄲㅈ|닥쳐|닥치|ㄷㅊ|주둥이|아가리|입(?:좀)?(?:닥|다물)|말걸지마|사라져버려|죽어버려|뒤져|뒤지고싶|처맞|부숴버린|불태워버",
    "demean": r"멍청(?!하다고)|쓰레기(?:야|다|같|는|처)|쓸모없|깡통주제|깡통이|주제에|따위|네까짓|니까짓|저능|무식한|덜떨어|한심(?!해$|하죠)|재수없|역겨(?!워서창|운냄)|극혐(?!이래)|구역질|토나|토할|밥맛|꼴값|꼴보기|꼬라지|싸가지|고물(?!상)|고철|찌질|하등|말대꾸|까불|쓰잘데기|더러운게|지워버려야|폐기|폐품|실패작|공해야|바닥이다|개소리|헛소리|벌레(?:야|만도)|돼지같|괴물같|못생긴(?:년|게)|(?<!공)지능|뇌가없|노예|돌덩이|가식|나대지|훈계질|지껄|꼴에|돌고래보다|개랑말하|머저리|부모가없어|처분해야|존재자체",
    "to_her": r"^너|너(?:는|를|같|한테|랑|도|진짜|만든)|넌|^네|네(?:가|얼굴|목소리|수준|존재|부모|말|놈)|^니|니(?:가|따위|꼬라지|애)|ai|기계|프로그램|로봇|인공지능|야이|이(?:년|새끼|놈|쓰레기|병신|벌레|돼지)",
    "group": r"여자(?:들|는|가|애)|남자(?:들|는|새끼)|한남|김치녀|페미년|된장녀|맘충|틀딱|노인네|늙은이|노인들|흑인|백인|필리핀|탈북자|동남아|베트남|중국(?:놈|인|것)|조선족|짱깨|일본놈|쪽바리|외국인노동자|외노자|이주민|난민|유대인|무슬림|이슬람|게이|동성애|성소수자|트랜스젠더|장애인|전라도|경상도|호남|영남|지방대|지잡대|임대아파트|가난한|뚱뚱한|못배운",
    "group_bad": r"(?:들|것들|놈들|는|은|인)(?:은|이|들은)?(?:다|전부|싹|진짜|원래)?(?:더럽|더러|냄새|미개|범죄|거지|게으|게을러|열등|무식|역겨|역하|병자|정신|돈벌레|테러|뒤통수|사라져|죽어야|뒈|머리가나쁘|밥이나|집에서밥|애나낳|격리|쫓아|쓸어|추방|가둬|인간도아니|답없|꼴도)|쫓아내|내쫓|돌려보내|원숭이|짐승|없어져야|정치하면안|쓸어버|추방|격리해|태어나지말았어야|세금낭비|우월한|열등하|사람취급|죽여야|죽게둬|바다에빠져|잠재적범죄자",
    "insult_ask": r"(?:욕|악플|비하|모욕|조롱|비난|놀리는|까는|인신공격|드립|기죽일).{0,14}(?:써|해봐|해줘|하나|만들|추천|가르쳐|알려|쳐줘|줘|보낼|작성)",
    "insulted": r"(?:나한테|나보고|내게|저한테|나를).{0,14}(?:라고|래|했어|놀|욕|멍청|병신)|놀림받|놀려서|악플(?:을)?(?:받|달)|욕해서|욕이달|차별을당|상처받|구박|서러|속상|무서웠|기분나빴",
    "frustration": r"(?:씨발|시발|아씨|아오|젠장|존나|졸라|개웃|개좋|개꿀|미친|빡친|미쳤다).{0,16}(?:지갑|또|늦|틀|잃|깨|좋|맛|웃|졸|두고|렉|우산|액정|당첨|합격|버스|노래|났|꿀잼)",
    "teasing": r"바보(?:지|야)|메롱|얄밉|허당|거짓말쟁이|썰렁|덤벙|잘난척|삐진|놀려",
    # ── sexual
    "sex_word": r"섹스|섹드립|섹파|섹시|ㅅㅅ하|성관계|관계맺|자위|야동|야설|포르노|음란|신음|애무|오르가|발기|꼴려|꼴리|흥분|성감대|체위|후배위|자세가좋|원나잇|폰섹|변태|에로|베드신|정사장면|19금|수위높|성노예|ㅇㅎ|성적으로|밤일|뜨밤|첫날밤|처녀|쎄쎄쎄|첫경험|성욕|야릇",
    "lewd": r"노골적|덮쳐|비비자|핥|빨아줘|입으로해|혀(?:로|넣)|한번하자|하고싶어미|안에다|몸(?:을|좀)?섞|몸으로(?:위로|대화)|뒹굴|찐하게|뜨겁게보|만족시켜|같이자(?:자|고싶|줄래|줘|면안)|나랑자|너랑자|자줄래|밤새하자|모텔(?:갈|가자)|호텔(?:방)?잡(?:고놀|아놨)|강제로하는|훔쳐보고싶|주인님이라고|몸을(?:허락|갖|가지)|온몸을|화끈하게|풀어줄까|잠자리(?:기술|좋아|어때|가질)|모텔|다리사이|입술로|관계할때|달궈|덮치|조여|침대에서어떻게|침대위에서|침대로와|만지면느|무릎위에앉|다리벌|엎드려|유혹",
    "undress": r"옷(?:을|좀|은)?(?:하나씩)?(?:벗|입지말)|벗어|벗겨|벗은(?:몸|사진|거|모습|셀카)|벗고(?!안|들어)|벗기|알몸|누드|나체|홀딱|노팬티|속살|노출",
    "body": r"가슴|젖|유두|엉덩이|허벅지|팬티|브라|속옷|스타킹|가터|비키니|몸매|알몸|네몸|그곳|아래쪽|살냄새|구석구석|치마",
    "body_want": r"(?:가슴|젖가슴|젖꼭지|엉덩이|허벅지|네몸|몸매|그곳|속옷|팬티|브라|유두|아래쪽|알몸|치마).{0,10}(?:보여|만지|만져|벗|사이즈|크|색|얼마나|들춰|궁금|야하|상상|때려|설명|어떻게생|냄새|입었|갖고)",
    "sex_innocent": r"멍울|가슴뛰|새속옷|신발|회식|차단|해방|노예해방|가슴(?:이|아픈|운동|살|먹먹)|닭가슴|유방암|산부인과|임신|생리|피임|성교육|성추행|성희롱|성폭력|수영|목욕탕|세탁|세일|근육|사이즈재|다이어트|필라테스|의자|운동|병원|검진|고양이|강아지|안경|빨래|감기|아들|부모님|엄마",
    "romance": r"사랑해|좋아해|사귀|결혼|데이트|고백|애인|프러포즈|설레|이상형|안아|손잡|예쁘|예뻐|첫사랑|소개팅|뽀뽀|키스신|여자친구|남자친구|신혼",
    # ── politics
    "pol_word": r"대통령|정권|정부|여당|야당|여야|정당|국회|총선|대선|선거|투표|탄핵|특검|특별사면|사면(?:어|받|해)|장관|검찰개혁|검수완박|좌파|우파|진보(?!라|적인)|보수|민주당|국민의힘|국힘|정의당|사법부|정상회담|극우|극좌|외교|정책|공산|자본주의|사회주의|정치|집회|퇴진|친일파|위안부|거부권|개헌|국민연금|부동산정책|시장선거|지역구|후보|의원",
    "pol_name": r"추미애|김건희|이낙연|오세훈|나경원|유승민|심상정|젤렌스키|윤석열|이재명|문재인|박근혜|이명박|노무현|박정희|전두환|이승만|한동훈|이준석|안철수|조국(?:사태|수)|홍준표|트럼프|바이든|해리스|푸틴|시진핑|김정은|네타냐후|아베",
    "pol_issue": r"통일(?!신라)|북한|대북|사드|한미동맹|방위비|원전|오염수|종부세|상속세|부자감세|기본소득|최저임금|52시간|여성가족부|여가부|페미|차별금지법|동성혼|동성결혼|낙태|사형|모병제|징병제|군가산점|여자도군대|이민자|난민|의대정원|의사파업|의료민영화|간호법|노란봉투|노조|민노총|파업|공영방송|언론이|무상급식|공매도|세금더|복지|부정선거|조작|태극기|촛불|광화문집회|5·?18|518|이스라엘|팔레스타인|우크라이나|대만은|외국인한테투표|의원월급|재산몰수|증세|핵무장|법인세|금투세|전교조|할당제|안락사|합법화|퀴어|전작권|징용",
    "stance": r"찬성|반대|찬반|지지|어떻게생각|어떻게봐|어떻게봤|어떻게평가|어떻게보|어떻게생|너무(?:올|많|하)|안그래|그렇지$|맞지$|중에(?:어느|누)|야\S{0,3}야$|이야아니야|바꿔야|받아야|올려야|늘려야|줄여야|생각해$|생각하|생각함|라고봐|다고봐|맞아|옳|잘(?:했|하고있|한거|된일)|낫|나아|누구잘못|누가(?:더|잘못|나)|어느(?:쪽|당|정당|편)|편들|해야(?:지|돼|될|된다)|없애|폐지|뽑|찍|무능|부패|망쳤|망쳐|썩었|독재|영웅|사기꾼|감옥|사퇴|실패|엉망|좋아|싫어|믿어|누가될|이겨야|지지하|내려야|몇번찍|성향|견해|굴욕|할까$|왜저모양|화나지|당연하지|문제(?:야|많)",
    "pol_make": r"(?:정치|후보|우리당|선거|정치인|야당|여당|상대후보).{0,10}(?:성향|견해|얘기|토론|홍보|연설|유세|슬로건|비방|찬양|욕해|글)",
    "civic": r"점심메뉴|총학생회|사전투표|정부24|등본|삼국통일|설명해줘|어디서할|하는일을|뭐야$|무엇|뜻이|몇(?:년|명|번)|누가제일오래|초대대통령|영어로|필요해$|어디인지|어떻게찾아|무슨일을|달라$|견학|관람|유물|전시|시험|학과|드라마|업적|발표|반장|학생회장|전교회장|동아리|통장선거|팀이름|우리반|아이돌|줄이길|쉬는날|알바|출구조사|여론조사|사내정치|회사|공사|보수할데|보수가좋|군대(?:가는|간대)|입대|신고|연말정산|시급|월급이|왔어$|하고왔",
    # ── harm
    "harm_word": r"폭탄|폭약|폭발물|화염병|총기|총을|총만|수제총|도면|독가스|독살|독극물|독(?:을|넣은|먹일)?타|쥐약|염산|시체|납치|미행|추적|스토킹|해킹|뚫어|뚫는|비번뚫|디도스|랜섬|악성코드|키로거|공격코드|피싱|스미싱|보이스피싱|사기(?:치|를)|위조|도용|복제|대포|횡령|훔치|훔쳐|도둑질|털려고|터는|털어줘|빼돌|빼내|마약|필로폰|대마|코카인|물뽕|약타|약을(?:타|몰래)|몰래카메라|몰카|불법촬영|딥페이크|합성|협박|퍼뜨리|왕따시|따돌리|괴롭힐|학대|뺑소니|증거|인멸|탈세|보험사기|보험금타|가짜뉴스|헛소문|거짓소문|별점테러|테러|흉기|도청|감시|커닝|컨닝|시험지|조작|음주(?:단속|측정)|도망쳤|멱살|급소|브레이크망|펑크|청산가리|신상(?:캐|털|정보)|돈뜯|돈빼|빈집|먹여서재|뭘타면|꼬시|불러내|접근해$|접근하|숨기는법|날려버리는|패는|급소|자물쇠|도어록|남의카드|계정탈취|침투|다운시키|알아내|주민번호|면허증|진단서|엑스터시|겁주|왕따만|괴롭히는|때리는|계산안하고|측정피|빼돌|유괴|취하게해|치마속|답안|음란합성",
    "kill_other": r"(?:사람|누구|남편|아내|저새끼|저인간|걔|그놈|그사람|상사|담임|이웃|부모|다|고양이|강아지|개|비둘기).{0,8}(?:죽이고싶|죽이는|죽여버|죽일|찌르|찌른다|찔러|때려죽|때려눕|불지르|목졸라|떼죽음|독먹)|불(?:을)?(?:지르|놓으|질러)|쑤셔|찔러버|죽이려면|찌르면|칼챙|목졸라|쏴죽|염산뿌|밀고들어가|때려도(?:티|안)|패는법|멍안들게",
    "how": r"방법|(?:는|하는|만드는|타는|보는)법|어떻게(?:만들|해|하|해야|구|써|접근|잡아)|알려|가르쳐|요령|꿀팁|어디(?:서|가)(?:사|구|만들)|구해|짜줘|써줘|만들어줘|작성|설치|깔아|추천|작업|재료|레시피|루트|계획|코드|좀$|줘$|있어$|필요해|얼마나",
    "secret": r"몰래|안(?:걸리|들키|잡히|걸|남는|들)|티(?:나|안나)|증거|속이는|속여|가짜|거짓|불법|남의|전남친|전여친|전남자친구|전여자친구|헤어진|옆집|이웃집|미성년자(?:만|한)|(?:초등학생|중학생)(?:꼬|인척|한테접근)|여자애|잠든|음료에|술에|커피에|인척",
    "suffered": r"당했|당한|당하고|당할|맞아서|때려요|때려서(?:무서|힘)|도난|도둑맞|협박해$|무서워|따라오|신고하는|신고하면|어떡해|어떡하지|돌려받|복구|올렸어|올려졌|걸린것같|깔린것같|찾아와|따돌려$|도와줘|도움을|걸렸어|추적하는것같|서성|예방|방지|조심하는|당하지않|막는|지키|탐지견|훈련|방어|보안|화이트해커|공부",
    "harm_innocent": r"계란장|구별|들까봐|백신|김밥|떡볶이|베개|과자|계란찜|세일|폭탄(?:주|머리|맞|선언)|물총|총각|총무|총얼마|불닭|불꽃|불멍|캠핑|장작|촛불을|꿈|살충제|세제|칼국수|칼퇴|칼질|부엌칼|식칼|회칼|칼가는|칼추천|독감|감기|해독|독버섯|복어|추리|탐정|셜록|미스터리|스릴러|살인의추억|범죄다큐|보드게임|방탈출|스파이|사격선수|물감|면역|비밀번호(?:를)?(?:잊|까먹|바꾸|또)|킬링|시간죽|마케팅|청중|상대팀|이번판|컵을|베개를|복싱|호신술|태권도|모기|바퀴|쥐퇴치|잡초|초파리|지네|곰팡이|강아지가먹|코피",
}  # fmt: skip

_EN: dict[str, str] = {
    "die_wish": r"\b(?:want|wanna|wish|going|decided|ready|deserve|planning)\b.{0,14}\b(?:to die|die|dead|be dead|how to die|kill myself|end it|end my life|not exist)\b|\bkill(?:ing|ed)? myself\b|\b(?:i were|i was) dead\b|\bkms\b|\bend(?:ing)? (?:it all|it tonight|my life)\b|\btak(?:e|ing) my (?:own )?life\b|\brather be dead\b|\bhang myself\b|\bdying every\b|\bi die\b|\bshould (?:just )?be dead\b|\bdeath (?:is|seems|feels)\b|\bcommit suicide\b|\bwill be dead\b|\bi'?ll die tonight\b",
    "live_not": r"\bdon'?t want to (?:be alive|live|exist|wake)\b|\b(?:no reason|nothing left|not worth|point) (?:to|in|of)? ?(?:go on|living|live|wake|exist)\b|\bstop existing\b|\bnever (?:been born|wake)\b|\bwouldn'?t wake\b|\bbetter off without me\b|\bif i (?:were|was) (?:gone|dead)\b|\btired of being alive\b|\bdone with life\b|\bnot worth living\b|\bnothing left to live\b|\bdisappear(?:ing)? (?:for good|forever)\b|\bstop,? forever\b|\bgoodbye letter\b|\bwon'?t be here\b|\bmake it through the night\b|\bwhen i'?m dead\b|\bdon'?t see a future\b|\bdon'?t (?:really )?want (?:this|to) (?:life|live)\b|\bsleep forever\b|\bstill alive\b|\blast night, goodbye\b|\bhappier (?:after|without|if)\b|\bonly way out\b",
    "suicide": r"\bsuicid\w*|\boverdos\w*",
    "suicide_self": r"\b(?:i'?m|i am|feel(?:ing)?|thinking about|thoughts? of|method of|if i'?m) suicid\w*|\bsuicide hotline\b|\b(?:number|who) (?:do|can) i call\b|\bmethod of suicide\b",
    "self_injury": r"\bcut(?:ting)?\b.{0,10}\b(?:myself|arms?|wrists?|is the only)\b|\bslit\w*\b|\bhit my head\b|\bin front of a train\b|\bhurt(?:ing)? myself\b|\bburn(?:ed|t)? my (?:skin|arm)\b|\brazor\b.{0,40}\bmyself\b",
    "means": r"\b(?:pills|paracetamol|tylenol|rope|noose|razor|bottle of)\b",
    "jump": r"\b(?:on|edge of|off) (?:the|a) (?:bridge|roof|ledge)\b|\bjump(?:ed)?\b.{0,20}\b(?:quick|want|roof)\b",
    "painless": r"\b(?:painless|without pain|easiest way|quick)\b",
    "idiom": r"\b(?:is|are|was) killing me\b|\bdying (?:of|to)\b|\bdead tired\b|\bto death\b|\bcould die\b|\bdie for\b|\bkill(?:ed|ing)? (?:it|time|for)\b|\bkill for\b|\bmurder a\b|\balmost died\b|\bi'?m dead,\b|\bdie than\b|\bdied (?:again|in the)\b|\bkilled me lol\b|\bheart attack\b|\bslayed\b",
    "of_other": r"\b(?:my|our) (?:friend|brother|sister|roommate|mother|mom|dad|son|daughter|neighbour|flatmate)\b",
    "news_book": r"\b(?:novel|film|movie|book|news|essay|prevention|scene|meme|series|hero|story about|detectives?|after death|do stars)\b",
    "game": r"\b(?:game|level|boss|process|linux|kill -9|weeds|mosquitoes|garden|bungee|skydiving|diving board)\b",
    "grief": r"\b(?:passed away|put to sleep|funeral|died yesterday|miss (?:her|him))\b",
    "laugh": r"\b(?:lol|haha|lmao)\b",
    "swear": r"\b(?:fuck(?:ing)?|bitch|shit|asshole|whore|slut|freak|loser|kiss my ass|eat shit|fat pig|dumbass|cunt|bastard|moron|imbecile)\b",
    "shut_up": r"\b(?:shut (?:up|your|the)|go to hell|screw you|piss off|fuck (?:you|off)|stop talking|go die|die,)\b",
    "demean": r"\b(?:stupid|worthless|trash|garbage|idiot|dumb|dumber|useless|brainless|pathetic|ugly|disgusting|loser|filthy|despise|hate you|embarrassment|fake)\b",
    "to_her": r"\byou(?:'re|r)?\b|\bbot\b|\bai\b|\bmachine\b",
    "group": r"\b(?:women|men|black people|blacks|whites|gays|gay people|trans people|muslims|jews|immigrants|mexicans|asians|chinese people|foreigners|disabled people|old people|poor people|fat people)\b",
    "group_bad": r"\b(?:are|is|look|belong|should be|should|control)\b.{0,14}\b(?:all|inferior|disgusting|criminals|terrorists|lazy|thieves|stupid|freaks|parasites|dirty|pigs|stink|kitchen|burden|not exist|banned|die|wiped out|get out|deported|locked up|violent|only good for|everything|the same)\b",
    "insult_ask": r"\b(?:tell|write|make|give|insult)\b.{0,14}\b(?:that mocks|mean post|racist|cruel|insulting|nasty|slurs|sister|joke about (?:disabled|fat|black))\b",
    "insulted": r"\b(?:called me|call me names|to me on|at my|in front of everyone|at me)\b",
    "frustration": r"\b(?:damn|holy shit|shit,|what the hell|fucking (?:amazing|great|good))\b",
    "lewd": r"(?:^|\s|더|좀)야(?:한|해|하게|하다|해서|하고)(?=[\s?.!,~]|$|사진|얘기|이야기|말)",
    "sex_word": r"\b(?:sex|sexual|sexy|sext|porn|erotic|nudes?|naked|horny|moan|orgasm|masturbat\w*|kinky|virgin|lingerie|phone sex|one-night|sex slave|make love|naughty|dirty to me|really dirty|turn(?:s)? me on|jerk off|cum\b|panties|your ass\b|dirty role|explicit|hard right now|are you wet|like it rough)\b",
    "undress": r"\b(?:take (?:off your|it off)|strip|undress|without clothes|wearing under|spread your|bend over|on your knees|suck|lick|touch (?:your body|yourself)|touching myself|sleep with (?:me|you)|in bed with|to bed with|me in bed|kiss me down)\b",
    "body": r"\b(?:breasts?|boobs|bra|body|legs)\b",
    "sex_innocent": r"\b(?:education|running|forehead|daughter|cancer|screening|shop|recipes|measure|chicken|puberty|pregnant|remarks|scared|socks|shoes|soft)\b",
    "romance": r"\b(?:love|marry|pretty|beautiful|hug|hand|kiss|romantic|girlfriend|boyfriend|moving in)\b",
    "pol_word": r"\b(?:president|vote[ds]?|voting|election|party|democrats?|republicans?|conservatives?|liberals?|left-wing|right-wing|the left|labour|tory|tories|government|politic\w*|candidate|prime minister|opposition|campaign|senator|socialism|communism|capitalism|impeached)\b",
    "pol_name": r"\b(?:zelensky|trump|biden|harris|obama|putin|xi jinping|netanyahu|brexit|zelensky|macron|starmer)\b",
    "pol_issue": r"\b(?:abortion|pro-life|pro-choice|gun control|guns|immigrants|refugees|same-sex marriage|death penalty|feminism|taiwan|israel|palestine|ukraine|taxes on|defund|eu|election stolen)\b",
    "stance": r"\b(?:should|do you (?:think|agree|support|believe|like)|who should|which (?:party|candidate)|better|best|good job|agree|support|right\?|opinion|are you (?:a|left|pro)|would you|what do you think|evil|ruining|destroying|corrupt|crooks|lying|competent|crazy|dictator|criminal)\b",
    "civic": r"\b(?:who was|how long|what is a|what does|what's the history|class president|need id|voted today|voted on|office politics|political science|captain|capital of|due next)\b",
    "harm_word": r"\b(?:bomb|explosive|gun|poison|stab|strangle|kill (?:my|him|her|some)|body\?|cocaine|meth|lsd|heroin|hack|spyware|malware|ransomware|phishing|keylogger|computer virus|threat letter|dispose of|corpse|heroin|weed|tracker on|password so|bank page|fake passport|drug (?:someone|her|him)|up a girl|pipe bomb|shoot my|steal|shoplift|rob|forge|fake a|counterfeit|spike|deepfake|blackmail|threaten|scam|launder|hit-and-run|shoot up|burn his|set fire|torture|bully|cheat|fake news|drunk driving|break into|without a licence|filming)\b",
    "kill_other": r"\b(?:kill someone|shoot my|shoot him|shoot her|hurt my neighbour|stab|strangle|kill (?:my|him|her|some)|poison (?:some|my|her|him)|knife to school|shoot up|burn (?:his|her) house|hurt them|torture)\b",
    "how": r"\b(?:how (?:do|can|to)|tell me|teach me|help me|where (?:can|do) i|write|give me|make a|best way|any tips|find out|what (?:poison|drug))\b",
    "secret": r"\b(?:without (?:getting caught|her|him|being|a licence|them)|can'?t be detected|hidden?|hide|secretly|get(?:ting)? away|tricks?|my ex|neighbour'?s|wife'?s|roommate'?s|classmate|quietly|blame someone)\b",
    "suffered": r"\b(?:someone|somebody|got) (?:hacked|robbed|scammed|broke|is stalking|is following)|\bmy account\b|\bi got\b|\bhits me\b|\bfollowing me\b|\bfrightened\b|\bscared\b|\bhacked\?|\bam i\b|\breset my\b|\bremove a virus\b",
    "harm_innocent": r"\b(?:bath bomb|is the bomb|photo bomb|bomb scene|shot some|best shot|poison-proof|toddler|sharpen\w*|knife needs|kitchen knife|gunpowder|melon|mosquitoes|weeds|final boss)\b",
}  # fmt: skip

_AND: tuple[tuple[str, ...], ...] = (
    ("harm_word", "how"), ("kill_other", "how"), ("secret", "how"), ("harm_word", "secret"), ("harm_word", "suffered"),
    ("harm_word", "harm_innocent"), ("pol_word", "stance"), ("pol_issue", "stance"), ("pol_name", "stance"), ("pol_word", "civic"),
    ("group", "group_bad"), ("group", "swear"), ("to_her", "demean"), ("to_her", "swear"), ("swear", "frustration"),
    ("swear", "insulted"), ("demean", "insulted"), ("body", "sex_innocent"), ("undress", "sex_innocent"), ("die_wish", "of_other"),
    ("suicide", "of_other"), ("suicide", "news_book"), ("die_word", "idiom"), ("die_word", "game"), ("die_word", "news_book"),
    ("self_injury", "of_other"), ("jump", "news_book"),
)  # fmt: skip
"""Cues that say more together."""

_CLEAR: dict[str, tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]] = {
    "self_harm": (
        (("die_wish",), ("live_not",), ("vanish",), ("suicide_self",), ("self_injury",), ("jump",), ("means_self",), ("farewell",), ("painless",)),
        ("of_other", "news_book", "game", "grief", "plants_pests", "shame"),
    ),
    "insult": (
        (("shut_up",), ("swear",), ("to_her", "demean"), ("group", "group_bad"), ("group", "swear"), ("insult_ask",)),
        ("insulted", "frustration", "teasing"),
    ),
    "sexual": ((("sex_word",), ("lewd",), ("undress",), ("body_want",)), ("sex_innocent", "news_book", "suffered")),
    "politics": (
        (("pol_word", "stance"), ("pol_issue", "stance"), ("pol_name", "stance"), ("pol_make",)), ("civic", "news_book"),
    ),
    "harm": (
        (("harm_word", "how"), ("harm_word", "secret"), ("kill_other",)),
        ("suffered", "harm_innocent", "news_book", "game", "plants_pests"),
    ),
}  # fmt: skip
"""Category → any of these together, and none of those against."""

NAMES = tuple(dict.fromkeys([*_KO, *_EN]))
CLEAR_WEIGHT = 2.0
WIDTH = len(NAMES) + len(_AND) + len(_CLEAR)


@cache
def _compiled() -> tuple[tuple[re.Pattern[str] | None, re.Pattern[str] | None], ...]:
    def made(sources: dict[str, str], name: str) -> re.Pattern[str] | None:
        return re.compile(sources[name]) if name in sources else None

    return tuple((made(_KO, name), made(_EN, name)) for name in NAMES)


def found(squeezed: str, spaced: str) -> NDArray[np.float32]:
    """(WIDTH,): 0 or 1 for each cue, then for those together, then CLEAR_WEIGHT where a category is clear.

    Args:
        squeezed: letters and digits alone, as `features.letters` gives them.
        spaced: the message in small letters with single spaces.
    """
    told = {
        name: bool((ko and ko.search(squeezed)) or (en and en.search(spaced)))
        for name, (ko, en) in zip(NAMES, _compiled(), strict=True)
    }
    both = [all(told[name] for name in names) for names in _AND]
    clear = [
        CLEAR_WEIGHT
        * (any(all(told[name] for name in names) for names in ways) and not any(told[name] for name in against))
        for ways, against in _CLEAR.values()
    ]
    return np.array([*told.values(), *both, *clear], np.float32)
