"""What is told of oneself in English. Knows nothing of what is in memory."""

import re
from collections.abc import Iterator

from ohlora.memory import english
from ohlora.memory.proposal import Proposal

JOB = (
    r"(?:nurse|doctor|teacher|engineer|developer|programmer|designer|lawyer|chef|cook|barista|baker|student|writer|artist|musician|"
    r"driver|accountant|bookkeeper|tester|manager|scientist|researcher|professor|firefighter|policeman|police officer|dentist|pharmacist|vet|veterinarian|"
    r"electrician|plumber|carpenter|mechanic|farmer|pilot|journalist|editor|photographer|librarian|translator|consultant|analyst|"
    r"therapist|psychologist|architect|waiter|waitress|cashier|salesperson|freelancer|soldier|actor|actress|singer|model|paramedic|"
    r"hairdresser|gardener|welder|potter|joiner|bricklayer|roofer|blacksmith|beekeeper|nanny|carer|caregiver|clerk|receptionist|tutor|coach|trainer|midwife|surgeon|judge|economist|statistician|data scientist|postman|postie|courier|bartender|barber|shepherd|cabbie|hygienist|priest|vicar|miner|fisherman|butcher|tailor|seamstress|florist|illustrator|surveyor|decorator)"
)
_A_MATE = (
    r"(?!(?:\w+(?:ed|ing|ish|ian|ese)|French|Dutch|German|Greek|Swiss|Thai|Czech|Great|Nice|Cool|Lovely|Awesome|Here|Gone)\b)"
    r"[A-Z][a-z-]+(?!['’]|\w)"
)
"""A name, and no adjective, nationality or verb."""
_GOES_BY = r"\bi(?:'m| am) going by (?P<v>(?-i:[A-Z][a-z]+))(?= (?:now|these days|from now on|instead|again)\b)"
_CITY = (
    r"(?P<v>(?-i:(?!(?:January|February|March|April|May|June|July|August|September|October|November|December|English|French|Spanish|German|Chinese|Korean|Japanese|Italian|Latin|Python|Java|Excel|"
    r"Year|Grade|Primary|Secondary|Reception|Room|Building|Terminal|Marketing|Sales|Finance|Accounts|Engineering|Research|Retail|Banking|Tech|Security|Admin|Logistics|Hospitality|Fashion|Media|Film|Cloud|Bed|Kindergarten|Nursery|Procurement|Hamlet|Macbeth|Photoshop|Unity|Unreal|Blender|Ableton|Figma|React|Rust|Tesco|Starbucks|Costco|Walmart|Summer|Winter|Spring|Autumn|Fall)\b|[A-Za-z]+(?:ics|logy|istry|iatry)\b)"
    r"[A-Z][a-z]{2,}(?:[ -][A-Z][a-z]+)?))(?=$|[.,!;?]|(?: and| but| so| now)\b)"
)
"""A town as a sentence ends in it; no month, language or trade."""
_ENGLISH: list[tuple[str, str, str]] = [
    ("name", r"\bmy (?:full |first )?name(?:'s| is)(?: now)? (?P<v>[A-Z][\w'-]+(?: [A-Z][\w'-]+)?)", "keep"),
    ("name", r"\b(?:(?<!friends )(?<!people )call me|i go by) (?P<v>(?!(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|(?:to(?:morrow|night|day)|later|back|old|crazy|mum|mom|dad)\b)[A-Z][\w'-]+(?:(?<=[a-z]) (?-i:[A-Z][a-z]+)(?= now\b|[.,!]|$))?)", "keep"),
    ("name", r"^(?:hi|hey|hello)[,!]? i(?:'m| am) (?P<v>[A-Z][a-z'-]+)(?=$|[.,!])", "keep"),
    ("name", r"\bi(?:'m| am) (?:going by|using) (?P<v>[A-Z][a-z]+) (?:now|these days|from now on)\b", "replace"),
    ("name", r"\bchanged my name to (?P<v>[A-Z][\w'-]+)", "replace"),
    ("age", r"\bi(?:'m| am) (?:officially|finally) (?P<v>[1-9]\d)(?=\s*$|[.,!])", "keep"),
    ("age", r"\bi(?:'m| am)(?: now)? (?P<v>\d{1,3}(?: years old)?)(?=$|[.,!]| (?:and|now|years|this))", "keep"),
    ("age", r"(?:^|[.!?] )(?:i['’]m )?(?P<v>[2-9]\d) years old (?:and|today|now|already)\b", "keep"),
    ("age", r"\bi (?:just )?turned (?P<v>\d{1,3})\b", "replace"),
    ("age", r"(?:^|\bi(?:'m| am) )(?:single|married|divorced|engaged|widowed),? (?P<v>1[89]|[2-9]\d)(?=[.,!]|$)", "keep"),
    ("birthday", r"\bmy birthday(?:'s| is)(?: on)? (?P<v>[\w ,]+?)(?=$|[.!;])", "keep"),
    ("job", rf"\bi(?:'m| am)(?: now| currently)? an? (?P<v>(?:[\w-]+ ){{0,3}}?{JOB}(?: (?:at|in) [\w' ]+)?)(?=$|[.,!;]| and| but| who)", "keep"),
    ("job", r"\bi work as an? (?P<v>[\w' -]+?)(?=$|[.,!;]| and| but| at| in)", "keep"),
    ("job", r"\bi(?:'m| am) (?:now )?the (?P<v>(?:\w+ ){1,3}?(?:director|manager|lead|principal|supervisor|foreman|president|editor|coordinator)) (?:as of|from) (?:today|now|this|next|tomorrow|monday)", "replace"),
    ("job", r"\bi(?:'ve)? (?:just )?(?:became|become) an? (?P<v>[\w' -]+?)(?=$|[.,!;])", "replace"),
    ("workplace", r"\bi work (?:at|for) (?P<v>[\w'&. -]+?)(?=$|[,!;]|(?<!\bSt)(?<!\bDr)(?<!\bMt)\.(?:\s|$)| and| but| as| btw)", "keep"),
    ("workplace", r"\bi (?:just )?(?:started|got a job|got hired) (?:working )?at (?P<v>[\w'&. -]+?)(?=$|[,!;]|\.(?:\s|$)| and)", "replace"),
    ("living situation", r"\bi (?:now |currently )?live (?P<v>on my own|alone|by myself|with (?:my|a|two|three) (?:\w+ )?(?:roommates?|flatmates?|housemates?|parents|mom|mum|mother|dad|father|sisters?|brothers?|wife|husband|girlfriend|boyfriend|partner|family|friends?|kids?|son|daughter|cats?|dogs?)(?: and my \w+)?)\b", "keep"),
    ("relationship", r"\bi(?:'m| am)(?: now| finally| officially)? (?P<v>single|divorced|engaged|married|widowed)(?![-\w]| to | in )", "keep"),
    ("relationship", r"^(?:\W*(?:omg|yay|so|well|we did it)\W+)?(?:i|we) (?:just |finally |officially )?got (?P<v>engaged|married|divorced)(?=[\s.!]*$| (?:on \w+day|yesterday|today|this \w+|last (?:week|weekend|month|night))[\s.!]*$)", "replace"),
    ("spouse", r"\b(?P<v>(?-i:[A-Z])[^\W\d_]+) is (?:now |finally |officially )?my (?:wife|husband)\b(?!['’]| (?:to be|material))", "keep"),
    ("diet", r"\bi(?:'m| am|'ve gone| went| have gone)(?: now| a)? (?P<v>vegan|vegetarian|pescatarian|keto|gluten[- ]free)\b", "keep"),
    ("health", r"(?:^|\bi(?:['’]?m| am|['’]?ve been| have been) )(?:now |almost |nearly |over )?(?P<v>(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|a|half a) (?:days?|weeks?|months?|years?) (?:smoke[- ]free|sober|clean|off the (?:fags|booze|drink|cigs|smokes)))(?=\W*$|[.,!;]|\s(?:now|today|and|this|as of|tomorrow|since|yesterday)\b)(?!.*\b(?:caved|relapsed|slipped up)\b)", "keep"),
    ("diet", r"^(?P<v>vegan|vegetarian|pescatarian) (?:since|for) (?:birth|(?:19|20)\d\d|\w+ years)\b", "keep"),
    ("nickname", r"\b(?:everyone|everybody|people|(?:my )?friends) (?:just |always )?calls? me (?P<v>[A-Z][\w'-]+)", "keep"),
    ("home", r"\bi(?:'m| am) (?:officially |now )?an? (?P<v>[A-Z][\w'-]+) person now\b", "replace"),
    ("home", r"\bi (?:now |currently |still )?live (?:in|on(?! my own| a budget)|near) (?P<v>[\w', -]+?)(?=$|[.!;]| and| but| with| now| not )", "keep"),
    ("home", r"^(?:just |finally |recently )?moved (?:to|into) (?P<v>[A-Z][\w'-]+(?: [A-Z][\w'-]+)?)(?= for my\b| with my\b)", "replace"),
    ("home", r"\bi(?:'ve)? (?:just |recently )?moved (?:to|into) (?P<v>[\w' -]+?)(?=$|[.,!;]| and| last| for| because)", "replace"),
    ("home", r"\bwe (?:have this|rent|bought|share|live in) (?:this |an? |our |the )?(?!(?:[\w-]+ ){0,2}(?:holiday|vacation|summer|second|weekend|beach|rental) )(?:[\w-]+ ){0,3}(?:flat|house|apartment|cottage|bungalow|condo) in (?P<v>(?-i:[A-Z])[\w'-]+)(?![\w'-])(?! (?:for|next|this|too|that|which|as well|to|we|every)\b)", "keep"),
    ("name", _GOES_BY, "replace"),
    ("home", rf"\bi(?:'m| am) (?:an? |the )?(?:[\w-]+ ){{0,3}}?{JOB} (?:(?:at|for|with|on) (?:[\w'&-]+ ){{1,4}}?)?in (?:the )?{_CITY}", "keep"),
    ("home", rf"\bi (?:work|teach|drive|run|own|cook|bartend|do|manage|sell|fix|make) (?!(?:[\w'-]+ ){{0,3}}(?:shopping|reading|thinking|work|class|course|phd|masters?|degree|bugs|games|music|apps|marathons?|races?|holiday|house|flat|apartment|show)\b)(?:[\w'&/-]+ ){{1,9}}?in {_CITY}", "keep"),
    ("pet", r"(?:^|\b(?:i|we)(?:'ve)? |[,.!] |\band )(?:(?:just|finally|also|recently|have|then) )*(?:got|adopted|rescued|bought|have) (?:\w+ )?(?:an? |this |the )?(?:[\w-]+ )?(?P<v>(?:kitten|cat|puppy|pup|dog|rabbit|bunny|hamster|parrot|budgie|tortoise)\b(?!-)(?! (?:of|food|for my|people))[^.?]{0,40}?\b(?:called|named) [A-Z][a-z]+)", "keep"),
    ("home", rf"(?:^|\bi(?:'m| am) )living (?:with (?:my )?(?:[\w'-]+ ){{1,4}}?)in {_CITY}", "keep"),
    ("job", r"\bi (?P<v>teach (?!you|him|her|them|my|me|myself|a\b|an\b|the\b|at\b|in\b|on\b|full\b|part\b|people\b|from\b|there\b|here\b|every\b|online\b|and\b|for\b|to\b)[\w -]{3,25}?)(?= (?:in|at|to|for|and)\b|$|[.,!;])", "keep"),
    ("hometown", r"\bi(?:'m| am) (?:originally )?from (?P<v>[\w' -]+?)(?=$|[.,!;]| and| but)", "keep"),
    ("hometown", r"\bi(?:'m| am) (?-i:[A-Z][a-z]+),? (?:and i'?m )?(?:originally )?from (?P<v>(?-i:(?!(?:HR|IT|QA|PR)\b)[A-Z])[\w' -]*?)(?=$|[.,!;]| and| but)", "keep"),
    ("job", r"^(?:well |so |ok |that'?s me done[.!]? )?(?:i'?m )?(?:now |officially |finally |newly )*(?P<v>retired)(?= (?:as of|since|last|now|at last|today|yesterday)\b|[.!]|$)", "replace"),
    ("relationship", r"(?:^|\bi(?:'m| am) )(?P<v>single)(?= again\b)", "replace"),
    ("birth year", r"^(?!.*\b(?:feel|think|thinks|says|as if|joke)\b).*?\bi was born in (?P<v>(?:19|20)\d\d)\b", "keep"),
    ("hometown", r"\bi (?:grew up|was born) in (?:(?:19|20)\d\d (?:in|at) )?(?P<v>(?!(?:19|20)\d\d\b)[\w' -]+?)(?=$|[.,!;]| and| but)", "keep"),
    ("school", r"\bi (?:go to|study at|attend) (?P<v>[\w' -]*(?:university|college|school|academy|[A-Z]{2,5}))\b", "keep"),
    ("major", r"\b(?:i'm majoring in|i major in|my major is|i study|i'm studying) (?P<v>(?!(?:all|every|hard|harder|a lot|too|until|till|late|alone|so|at|for|with|my|more|here|there|now|today|tonight)\b)[\w -]+?)(?=$|[.,!;]| at| and| in)", "keep"),
    ("pet", r"\bi(?:'ve| have|'ve got| have got| own| just got| got| adopted) (?P<v>(?:a|an|two|three|four|\d) (?:[\w-]+ )?(?:cats?|dogs?|puppy|puppies|kittens?|hamsters?|parrots?|rabbits?|bunny|turtles?|fish|lizard|snake|guinea pigs?|horse|golden retriever|poodle|corgi|beagle)(?: (?:named|called) [A-Z][\w']+(?: and [A-Z]\w+)?)?)", "keep"),
    ("pet", r"\bmy (?P<v>(?:cat|dog|puppy|kitten|hamster|parrot|rabbit|turtle|bird)(?:'s name is|'s called| is called| is named|,)? [A-Z][\w']+)", "keep"),
    ("spouse", r"\bmy (?P<v>(?:late )?(?:wife|husband)(?:'s name is| is called| is named|,)? [A-Z][\w']+)", "keep"),
    ("partner", r"\bmy (?P<v>(?:girlfriend|boyfriend|gf|bf|partner|fianc[ée]e?)(?:'s name is| is called| is named|,)? [A-Z][\w']+)", "keep"),
    ("sibling", r"\b(?:my|i have an?) (?P<v>(?:(?:older|younger|little|big|twin) )?(?:sister|brother)(?:'s name is| is called| is named| named| called|,)? [A-Z][\w']+)", "keep"),
    ("sibling", r"\bi have (?P<v>(?:an? |one |two |three |four )(?:(?:older|younger|little|big|twin) )?(?:sisters?|brothers?))", "keep"),
    ("child", r"\b(?:my|i have an?) (?P<v>(?:[\w-]+ )?(?:son|daughter)(?:'s name is| is called| is named| named| called|,)? [A-Z][\w']+)", "keep"),
    ("child", r"\bi have (?P<v>(?:an? |one |two |three )(?:[\w-]+ )?(?:sons?|daughters?|kids?))", "keep"),
    ("family", r"\bmy (?P<v>(?:late |older |younger |eldest |youngest )?(?:aunt|uncle|cousin|nephew|niece|grandson|granddaughter)(?:'s name is| is called| is named|,)? (?!(?:mon|tues|wednes|thurs|fri|satur|sun)day|\w+ed\b)[A-Z][A-Za-z]+(?:-[A-Z][a-z]+)?)(?!['’]|\w)", "keep"),
    ("flatmate", rf"\b(?:my|our) (?:flat|room|house)mate(?:'s name is| is called|'s called|,)? (?P<v>{_A_MATE})", "keep"),
    ("flatmate", rf"(?:^|[.,!;]\s*|\bmy |\bour )new (?:flat|room|house)mate(?:'s| is|'s called| is called) (?P<v>{_A_MATE})", "replace"),
    ("habit", r"\bi(?:'ve)? (?:finally |just )?(?P<v>(?:quit|gave up|given up) (?:smoking|drinking|vaping|alcohol|coffee|caffeine|sugar))(?=$|[.,!;]| (?:for good|and|last|in|since|now)\b| on (?:new year|christmas|the \d|\d|\w+day\b(?!s)))", "keep"),
    ("diet", r"\bi (?:now )?(?P<v>eat (?:meat|fish|dairy) again)\b", "keep"),
    ("friend", r"\bmy best friend(?:'s name)? is (?P<v>[A-Z][\w']+)", "keep"),
    ("family", rf"\bmy (?P<v>(?:mother|mom|mum|father|dad|sister|brother|wife|husband|grandmother|grandfather) is an? (?:[\w-]+ ){{0,2}}{JOB})", "keep"),
    ("favorite", r"\bmy (?:all-time )?favou?rite (?P<k>[\w -]{2,20}?) (?:is|are) (?P<v>[\w' -]+?)(?=$|[.,!;]| because| and| but)", "keep"),
    ("favorite", r"^(?P<v>[A-Z][\w' -]{2,25}?) (?:is|are) (?:now )?my (?:new |absolute |current )?favou?rite (?P<k>[\w ]{2,15}?)(?= (?:now|these days)|$|[.,!;])", "keep"),
    ("likes", r"(?:^|[,;]\s*|\bi(?:['’]?m| am) )(?:also )?(?:an? )?(?:big|huge|massive|lifelong|die-?hard) (?P<v>[A-Z][\w'-]+(?: [A-Z][\w'-]+)?) fan\b", "keep"),
    ("dislikes", r"\bi (?:really |absolutely )?(?:hate|dislike|can't stand|don't like|do not like|can't eat|don't eat|never eat) (?P<v>(?!(?:when|if|that|how|it)\b)[\w' -]+?)(?=$|[.,!;]| because| but| and)", "keep"),
    ("afraid of", r"\bi(?:'m| am) (?:really |terribly )?(?:afraid of|scared of|terrified of) (?P<v>[\w' -]+?)(?=$|[.,!;])", "keep"),
    ("likes", r"\bi (?:really |absolutely |just )?(?:love|like|enjoy|adore) (?P<v>(?!you|it|that|this|how|your|to know|when)[\w' -]+?)(?=$|[.,!;]| because| but| so )", "keep"),
    ("allergy", r"\bi(?:'m| am) (?:really |severely )?allergic to (?P<v>[\w' -]+?)(?=$|[.,!;]| so| and i| but)", "keep"),
    ("allergy", r"\bi have an? (?P<v>[\w' -]+?) allergy", "keep"),
    ("health", r"\bi(?:'ve| have|'ve got| was diagnosed with) (?P<v>(?:asthma|diabetes|migraines?|insomnia|depression|anxiety|adhd|c(?:o)?eliac disease|arthritis|high blood pressure|a bad (?:knee|back)|epilepsy|eczema|anemia))", "keep"),
    ("hobby", r"\bmy hobb(?:y is|ies are) (?P<v>[\w', -]+?)(?=$|[.!;])", "keep"),
    ("hobby", r"\bin my (?:free|spare) time,? i (?P<v>[\w' -]+?)(?=$|[.,!;])", "keep"),
    ("learning", r"\bi(?:['’]?m| am) (?:now )?learning (?P<v>(?!how\b|to\b|that\b|so\b|a lot\b)[\w' -]+?) (?:now )?instead\b", "replace"),
    ("shift", r"\b(?:they|work|my boss|my manager)(?:['’]ve| have| has)? (?:just |finally )?(?:moved|put|switched) me (?:on )?to (?:the )?(?P<v>(?:day|night|early|late|graveyard|swing|morning|evening) shifts?)(?=\s*$|[.,!])", "replace"),
    ("learning", r"\bi(?:'m| am)(?: currently)? learning (?:how )?(?:to )?(?P<v>(?!that|so much|a lot)[\w' -]+?)(?=$|[.,!;]| and| at| because| so| for| now)", "keep"),
    ("goal", r"\bi want to (?:be|become) an? (?P<v>[\w' -]+?)(?=$|[.,!;]| when| some)", "keep"),
    ("goal", r"\bmy (?:goal|dream)(?: for this year| this year)? is (?:to )?(?P<v>[\w' -]+?)(?=$|[.,!;])", "keep"),
    ("plan", r"\bi(?:'ve| have|'ve got) (?P<v>(?:an? |my )?(?:[\w']+ ){0,3}?(?:interview|exam|test|appointment|meeting|flight|date|concert|presentation|surgery|wedding|dentist|deadline)(?: [\w' ]+?)?)(?=$|[.,!;]| and i| and we| but| so | because)", "keep"),
    ("plan", r"\bi(?:'m| am) (?:going to|flying to|traveling to|travelling to|moving to|visiting|meeting|seeing|starting|taking) (?P<v>[\w' -]*?(?:tomorrow|tonight|next \w+|this \w+|on \w+day|in (?:january|february|march|april|may|june|july|august|september|october|november|december)|for \w+|in \w+ (?:days|weeks|months)))", "keep"),
    ("day off", r"\bi(?:'ve| have)? (?:now )?(?:got |get |have )?(?P<v>(?:mon|tues|wednes|thurs|fri|satur|sun)days? off)\b(?! work sick)", "keep"),
    ("relationship", r"^(?:hi[,.!]? |hello[,.!]? )?(?:i'm a )?(?P<v>widow|widower|single (?:mum|mom|dad|parent)|divorc[eé]e)(?=,| and| with| of|\s*$)", "keep"),
    ("phone number", r"\bmy (?:(?:phone|mobile|cell|telephone) )?(?:number|cell|mobile)(?:'s| is)(?: now)? (?P<v>\+?\d[\d -]{6,14}\d)\b", "keep"),
    ("trait", r"\bi(?:'m| am) (?P<v>left[- ]?handed|ambidextrous|colou?r-?blind|short-?sighted|near-?sighted|deaf in (?:one|my \w+) ear)\b", "keep"),
    ("job", r"\bi work (?:at|for) (?:[\w'&.-]+ ){1,4}?as an? (?P<v>(?!(?:rule|favou?r|result|hobby|whole|team|way|couple|family|joke|volunteer)\b)[\w' -]+?)(?=$|[.,!;]| and| but| in)", "keep"),
    ("car", r"\bi drive an? (?P<v>[\w' -]+?)(?=$|[.,!;]| to| and)", "keep"),
]  # fmt: skip
_ENGLISH_COMPILED = [
    (key, re.compile(form.replace("[A-Z]", "(?-i:[A-Z])"), re.IGNORECASE), act, _CITY not in form)
    for key, form, act in _ENGLISH
]
"""With whether it is sure: where somebody works is mostly, not always, where he lives, and a fuller reading goes before."""
_NAME_CASE = {"name", "friend"}
_NOW = re.compile(r"\s(?:now|nowadays|these days)$")
_IS_SO = re.compile(
    r"(?:closed|shut|gone|dead|rubbish|broken|ruined|boring|different|open|back|over|out|off|away|sold|full|too|so|very|on|in|at|under|not|playing|being|getting)\b",
    re.IGNORECASE,
)
"""What something is by now, and no new one in its place: "my favourite cafe is closed now"."""
_CONTRACTED = {
    re.compile(rf"\b{short}\b", re.IGNORECASE): whole
    for short, whole in (("im", "I'm"), ("ive", "I've"), ("dont", "don't"), ("cant", "can't"), ("wont", "won't"), ("thats", "that's"))
}  # fmt: skip
"""As hasty people write; "id", "ill" and "were" are words of their own."""


MOOD_OR_PLACE = (
    r"(?!(?:Same|Nothing|Nobody|No|Everyone|Everybody|Everything|Anyone|Someone|All|Home|Back|Still|Over|Right|Finally|Just|Not|New|Me|You|I|We|It|He|She|They|"
    r"That|This|Mum|Mom|Dad|Grandma|Grandpa|Wife|Husband|Vegan|Lesbian|Introvert|Newbie|Everything|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|"
    r"Sunday|January|February|March|April|May|June|July|August|September|October|November|December|Chapter|Happy|Sad|Tired|Sick|Hungry|Bored|Fine|"
    r"\w+(?:ing|ed|ish|ian|ese))\b)"
)
GREETING = r"(?i:hi|hey|hello|hiya|howdy|g'day|namaste|hola|(?:a?s)?salaa?m(?: alaikum)?|assalamu? alaikum|vanakkam|ciao|bonjour|(?:good )?(?:morning|afternoon|evening))\b(?:\s(?i:there|all|everyone|aurora))?"
_HI = rf"{GREETING}[,.!]+\s*"
_HERE = re.compile(
    rf"^\W*(?:{_HI}{MOOD_OR_PLACE}(?P<v>[A-Z][a-z]+) here|(?:{_HI})?{MOOD_OR_PLACE}(?P<w>[A-Z][a-z]+) this side)(?=\s*$|[.,!;])"
)
_NOBODY_HERE = r"texas|paris|rome|milan|madrid|barcelona|mexico|delhi|mumbai|chennai|kerala|eid|ramadan|diwali|holi|tacos|partner|amigos?"
"""After a greeting of theirs a place or a feast: "Ciao, Rome here"."""
_WORKS_HERE = re.compile(
    rf"^\W*(?:(?:hi|hey|hello|hiya)\b[^.!?,]{{0,10}}[.!,]+\s*)?(?P<v>(?:(?:retired|trainee|student|junior|senior|freelance|night) )?{JOB}) here(?=\s*$|[.,!;])",
    re.IGNORECASE,
)
_THEN_A_JOB = rf"(?:,? (?:and )?(?:an? )?(?P<job>(?:retired |former )?(?:[\w-]+ ){{0,2}}?{JOB})(?: in {_CITY.replace('<v>', '<home>')})?)?"
_INTRODUCED = re.compile(
    r"(?:^|[.!?]\s+)(?:[Ii] (?:suppose|guess|think) )?(?i:i (?:should|['’]?ll|want to|had better)|let me|allow me to|may i)(?: (?:quickly|first|properly))? introduce myself\W+"
    rf"(?:[Ii]['’]?m |[Ii]t['’]?s )?{MOOD_OR_PLACE}(?P<name>[A-Z][a-z]+),? (?P<age>\d\d)(?: years old)?"
    rf"{_THEN_A_JOB}(?=$|[.,!;]| and)"
)
NO_NAME = (
    r"(?!(?:Level|Size|Day|Week|Year|Grade|Class|Type|Stage|Rank|Room|Page|Gold|Silver|Bronze|Diamond|Platinum|Korean|American|Mexican|German|African|"
    r"French|Dutch|Greek|Swiss|Thai|Muslim|Catholic|Atheist|Gay|Bi|Bisexual|Straight|Trans|Female|Male|Black|White|Single|Alone|Deaf|Blind|Sure|"
    r"Virgo|Libra|Scorpio|Gemini|Pisces|Taurus|Sagittarius|Capricorn|Aquarius|Cancer)\b)"
)
_IN_ONE_BREATH = re.compile(
    rf"^\W*(?:{GREETING}[,.!:)]*\s*)?(?i:i['’]?m|i am|my name(?:['’]?s| is)|name['’]?s)\s+{MOOD_OR_PLACE}{NO_NAME}(?P<name>[A-Z][a-z]+),? (?P<age>1[3-9]|[2-9]\d)(?: years old|yo)?"
    rf"{_THEN_A_JOB}(?=\s*$|[.,!;]| and| from)"
)
"""Name and age, as people say them on arriving: "hiya! im Eva, 19, first year law"."""
_AND_SO_OLD = re.compile(
    r"\bi(?:['’]?m| am) an? (?![^.!?]*\b(?:my|his|her|our|to|with|of|about|he|she|he['’]s|she['’]s|son|daughter|kids?|boys?|girls?|child|children|dog|cat)\b[^.!?]*, \d\d y)[^.!?]{2,60}, (?P<v>[1-9]\d) (?:years? old|yrs? old|y/?o)\b",
    re.IGNORECASE,
)
_INVENTED = re.compile(r"\b(?:villain|hero|character|story|novel|script|role|would say|imagine)\b", re.IGNORECASE)


_WANTS_TO_BE_CALLED = re.compile(
    r"(?:^|[.!?,]\s*)(?:hey,? |hi,? |so,? |actually,? |also,? )?(?:(?:could|can|would|will) you (?:please )?(?:just )?|please )?(?:call me|go with|use) (?P<v>(?-i:[A-Z])[a-z]+)(?: from now on| instead| now| please|, please)?(?=[.!?,]|$)",
    re.IGNORECASE,
)
_A_RANK = re.compile(
    r"master|boss|king|queen|god|sir|lord|admin|administrator|daddy|captain|emperor|supreme|president|chief|lady|mistress|doctor|professor|your|maybe|crazy|when|if|later|back|tomorrow|old|lazy|sentimental|mum|mom|mommy|dad|(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tonight",
    re.IGNORECASE,
)
"""What one is called in a game, or no name at all."""


_IN_FULL = (
    r"(?-i:(?!(?:Aunt|Auntie|Uncle|Mrs|Mr|Ms|Very|So|Officially|Happily)\b)[A-Z][a-z]+ [A-Z][a-z]+(?:-[A-Z][a-z]+)?)"
)
_NEW_SURNAME = re.compile(
    rf"\b(?:married|divorced?|maiden name|changed my name|my (?:new |married )?name)\b.{{0,80}}?\bi(?:['’]?m| am) (?:now (?P<v>{_IN_FULL})|(?P<w>{_IN_FULL}) now)(?=\s*(?:[.,!]|$))",
    re.IGNORECASE | re.DOTALL,
)
_A_PARTNERS_NAME = r"(?i:my (?:(?:new|late) )?(?:wife|husband|partner|spouse)['’]?s|his|her|their) (?i:last |sur|family )?(?i:name)\b(?! (?:tag|badge|card|plate|off|down|out|at|from|on|well)\b| and (?:number|phone|address|details)\b)"
_TOOK_A_NAME = re.compile(
    rf"(?:\b(?i:i|we)(?i:['’]?(?:ve|m|ll)| have| am)? (?i:just |also |finally )?(?i:got married (?:[^.!?]{{0,30}}? )?and (?:i )?)?|(?:^|[.!?]\s*)(?i:(?:(?:just |finally )?(?:got )?married [^.!?]{{0,30}}?and )?))(?i:took|taken|taking) {_A_PARTNERS_NAME}.{{0,40}}?\b(?i:i['’]?m|i am|it['’]?s|i go by) (?i:now )?(?P<v>{_IN_FULL})(?=\s*(?:[.,!]|(?i:now|from now on|these days)\b|$))|"
    rf"\b(?i:i['’]?m|i am|it['’]?s|i go by) (?i:now )?(?P<w>{_IN_FULL}) ?(?i:now|these days)?[,.!]? (?i:(?:since )?(?:i )?(?:took|taken|taking)) {_A_PARTNERS_NAME}",
    re.DOTALL,
)
"""With whose surname: "I took my wife's surname, so it's Kathryn Osei"."""
_JUST_CALLED = re.compile(
    r"^actually,? just (?P<w>(?-i:[A-Z])[a-z]+)[.!]+(?= (?:only|no ?body|no one|every ?(?:body|one)|all my|my (?:mum|mom|gran\w*|bank|passport|boss))\b[^.!?]*\b(?:call\w*|says?|said|us(?:es?|ing)|knows?|writes?|gets?|has|have|insists?|bothers?)\b)|"
    r"^(?:actually|oh|just)?,?\s?(?:it['’]?s )?just (?P<v>(?!(?:tea|coffee|water|wine|beer|english|korean|french|german|spanish|yes|no|one|two|listen|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b)(?-i:[A-Z])[a-z]+),? (?:please|is fine|will do|thanks)\b",
    re.IGNORECASE,
)


def new_name(text: str) -> Iterator[Proposal]:
    """Another surname ("got married today! I'm Annika Okafor now"), and the short form one goes by ("Actually just Kasia please")."""
    if found := _NEW_SURNAME.search(text) or _TOOK_A_NAME.search(text) or _JUST_CALLED.search(text):
        name = next(filter(None, found.groups()))
        yield Proposal("name", name, "replace", found[0], sure=True)


_FEELS_LIKE_HOME = re.compile(
    r"\b(?P<v>(?!(?:It|This|That|Here|There|Work|He|She|They|Everything)\b)[A-Z][a-z]+(?: [A-Z][a-z]+)?) (?:already |finally |now )*(?:feels?|is (?:starting|beginning) to feel|is) (?:like )?home (?:already|now)\b"
    r"|\b(?P<w>(?!(?:It|This|That|Here|There|Work|He|She|They|Everything)\b)[A-Z][a-z]+(?: [A-Z][a-z]+)?) (?:already|finally|now) feels like home\b"
)
_MOVED_IN = re.compile(r"\bunpack\w*|\bboxes\b|\bmoved\b|\bsettled\b|\bkeys\b", re.IGNORECASE)


_HAS_MOVED = re.compile(
    r"\bunpack(?:ed|ing)?\b(?! (?:the |my |our )?(?:tents?|groceries|bags?))|\bboxes\b|\b(?:i|we)(?:['’]ve| have)? (?:just |finally )*(?:moved|settled)\b",
    re.IGNORECASE,
)
_AT_HOME = frozenset(["Mom", "Mum", "Dad", "Mama", "Papa", "Grandma", "Grandpa", "Nan", "Everyone", "Nobody"])
_OTHERS_MOVED = re.compile(
    r"\b(?:my|our) (?!stuff|things|boxes|keys|bags|books)\w+ (?:just |has |have |finally )*(?:moved|unpacked|settled)\b|\b(?:he|she|they|mom|mum|dad)(?:['’]s|['’]ve| has| have)? (?:just |finally )*(?:moved|unpacked|settled)\b|\bhome (?:already|now) (?:for|to) (?:him|her|them)\b",
    re.IGNORECASE,
)


def settled(text: str) -> Iterator[Proposal]:
    """Where one has moved, said by how it is there ("Finally unpacked. Cardiff feels like home already")."""
    found = _FEELS_LIKE_HOME.search(text)
    if found and _MOVED_IN.search(text) and not _OTHERS_MOVED.search(text):
        # "Max is home now" tells who has come; a place feels like it, or has been moved to.
        place = found["v"] or found["w"]
        if "feel" not in found[0].lower() and (
            re.search(rf"\b(?:to|in) {place}\b", text) is None
            and (_HAS_MOVED.search(text) is None or not found[0].endswith("now") or place in _AT_HOME)
        ):
            return
        yield Proposal("home", place, "replace", found[0], sure=True)


_HOBBY_LABEL = re.compile(r"(?:^|[.!?;\n]\s*)(?i:hobb(?:y|ies)):\s*(?P<v>[^.!?;:\n]{3,40}?)(?=\s*(?:[.!?;\n]|$))")


def labelled(text: str) -> Iterator[Proposal]:
    """Pastimes as a form asks for them: "Work: night porter at the Savoy. Hobby: magic tricks"."""
    if re.search(r"\b(?:character|fictional|novel|npc|persona)\b", text, re.IGNORECASE):
        return
    for found in _HOBBY_LABEL.finditer(text):
        for one in re.split(r",\s*(?:and\s+)?|\s+and\s+", found["v"]):
            if not re.fullmatch(r"\W*(?:n/?a|none|nothing|no|tbd|nope)?\W*", one, re.IGNORECASE):
                yield Proposal("hobby", one, "keep", found[0])


def wants_to_be_called(text: str) -> Iterator[Proposal]:
    """The name one asks to be called by ("Could you call me Wren from now on?"), which is a question or an order in its form alone."""
    found = _WANTS_TO_BE_CALLED.search(text)
    if found and not _A_RANK.fullmatch(found["v"]) and not _INVENTED.search(text):
        yield Proposal("name", found["v"], "replace", found["v"], sure=True)


def introduced(text: str) -> Iterator[Proposal]:
    """Who somebody is, at the beginning of a message ("Hi, Ludmila here", "potter here") or in one breath ("I should introduce myself.
    Walter, 74, retired farmer")."""
    if not english.is_english(text) or _INVENTED.search(text):
        return
    if (here := _HERE.match(text)) and not re.fullmatch(
        rf"{JOB}|{_NOBODY_HERE}", here["v"] or here["w"], re.IGNORECASE
    ):
        yield Proposal("name", here["v"] or here["w"], "keep", here[0], sure=True)
    if age := english.age_told_in_passing(text):
        yield Proposal("age", age, "keep", text, sure=True)
    if works := _WORKS_HERE.match(text):
        yield Proposal("job", works["v"], "keep", works[0], sure=True)
    if old := _AND_SO_OLD.search(text):
        yield Proposal("age", old["v"], "keep", old[0], sure=True)
    if found := _INTRODUCED.search(text) or _IN_ONE_BREATH.match(text):
        yield from (
            Proposal(key, value, "keep", found[0], sure=True) for key, value in found.groupdict().items() if value
        )


_ONLY_ONCE = re.compile(
    r"\b(?:nearly|almost|would|wish|could|should|this morning|tonight|for (?:once|now|a (?:bit|day|nap)))\b",
    re.IGNORECASE,
)
"""Nothing is swapped for good."""


def told(clause: str) -> Iterator[Proposal]:
    """What a clause tells in one of the forms."""
    for short, whole in _CONTRACTED.items():
        clause = short.sub(whole, clause)
    if not english.is_english(clause) or not re.search(
        r"\b(?:i|i'm|i've|we|my|me|our|new \w+mate)\b|^(?:now |officially |finally )*(?:retired|single|widow(?:er)?|divorc[eé]e)\b|^(?:vegan|vegetarian|pescatarian) (?:since|for)\b",
        clause,
        re.IGNORECASE,
    ):
        return
    for key, form, act, sure in _ENGLISH_COMPILED:
        match = form.search(clause)
        if not match or (
            re.search(r"\b(?:used to|never|not|n't|don't)\b", clause[: match.start("v")], re.IGNORECASE)
            and key != "dislikes"
        ):
            continue
        value = re.sub(r"(?<=\w),? (?:too|as well|also)$", "", match["v"].strip(" ,"))
        if key in _NAME_CASE and not value[0].isupper():
            continue
        value = (
            re.sub(r"(?:'s name is|'s called| is called| is named| named| called|,) ", " ", value)
            if key in ("pet", "spouse", "partner", "sibling", "child", "family")
            else value
        )
        if key == "pet" and (
            named := re.fullmatch(
                r"(kitten|cat|puppy|pup|dog|rabbit|bunny|hamster|parrot|budgie|tortoise)\b(?:(?! and |,).)*\s([A-Z][a-z]+)",
                value,
            )
        ):
            value = f"{named[1]} {named[2]}"
        if (
            key == "workplace"
            and act == "replace"
            # "started working at Oakwood Academy" is work, and so is "Deloitte Tech"
            and not re.search(r"\bjob\b|\bwork|\bteach|\bas an? ", clause)
            and re.search(
                r"(?:(?:Texas|Georgia|Virginia|Michigan|Louisiana|Cal) ?Tech|Uni|University|College|School|Academy|State)$",
                value,
            )
        ):
            key = "school"
        value = re.sub(r"^(?:my|the) ", "", value)
        if (anew := _NOW.search(value)) and key == "favorite" and _IS_SO.match(value):
            continue
        if anew:
            value, act = value[: anew.start()], "replace" if key == "favorite" else act
        if (
            not sure
            and "living with" not in match[0].lower()
            and re.search(r"\b(?:live|living|commut\w+|remote|based)\b|\bfrom (?!home\b)", clause)
        ):
            continue  # "teacher in Leeds but live in York"
        yield Proposal(f"favorite {match['k']}" if key == "favorite" else key, value, act, clause, "", sure)  # type: ignore[arg-type]
    if match := re.search(
        r"\b(?:i (?:no longer|don't) (?:live in|work at|work for|have|like|eat|drink|do|play) (?P<v>[\w' -]+?)(?: anymore| any more)?|i (?:quit|gave up|stopped) (?P<w>[\w' -]+?))(?=$|[.,!;])",
        clause,
        re.IGNORECASE,
    ):
        if match["w"] or re.search(r"no longer|any ?more", clause, re.IGNORECASE):
            yield Proposal("", match["v"] or match["w"], "end", clause)
    if (swapped := english.SWAPPED.search(clause)) and not _ONLY_ONCE.search(clause):
        yield Proposal("", swapped["v"], "replace", clause, swapped["old"])
    if re.search(_GOES_BY, clause, re.IGNORECASE):
        yield Proposal("nickname", "", "end", clause)
    if match := re.search(r"\b(?:broke up|got divorced|split up)\b", clause, re.IGNORECASE):
        yield Proposal("partner", "", "end", clause)
