// @ts-check
/** Every word of the page, in Korean and English, and the language it is shown in. */

/** @typedef {"ko" | "en"} Language */

/** @type {Record<string, {ko: string, en: string}>} */
const WORDS = {
  conversation: { ko: "대화", en: "Conversation" },
  language: { ko: "언어", en: "Language" },
  message: { ko: "메시지", en: "Message" },
  placeholder: { ko: "{name}에게 말을 걸어 보세요", en: "Say something to {name}" },
  send: { ko: "보내기", en: "Send" },
  stop: { ko: "멈추기", en: "Stop" },
  menu: { ko: "메뉴", en: "Menu" },
  cancel: { ko: "취소", en: "Cancel" },
  keys: { ko: "Enter 보내기 · Shift+Enter 줄바꿈 · Esc 멈추기", en: "Enter to send · Shift+Enter for a new line · Esc to stop" },
  newest: { ko: "새 메시지", en: "New messages" },
  retry_now: { ko: "지금 다시 연결", en: "Reconnect now" },
  again: { ko: "다시 보내기", en: "Send again" },
  close: { ko: "닫기", en: "Close" },
  you: { ko: "나", en: "You" },
  chip_title: {
    ko: "초당 그려진 화면 수 · 첫 글자까지 걸린 시간 · 초당 토큰",
    en: "Pictures drawn a second · time to the first word · tokens a second",
  },
  chip_fps: { ko: "초당 {n}장", en: "{n} fps" },
  chip_first: { ko: "첫 글자 {s}초", en: "first word {s} s" },
  chip_speed: { ko: "초당 {n}토큰", en: "{n} tok/s" },

  theme_system: { ko: "화면: 시스템 설정", en: "Theme: system" },
  theme_light: { ko: "화면: 밝게", en: "Theme: light" },
  theme_dark: { ko: "화면: 어둡게", en: "Theme: dark" },

  state_connecting: { ko: "연결하는 중", en: "Connecting" },
  state_loading: { ko: "깨어나는 중 {n}%", en: "Waking up {n}%" },
  state_idle: { ko: "함께 있어요", en: "Here with you" },
  state_listening: { ko: "듣고 있어요", en: "Listening" },
  state_thinking: { ko: "생각하는 중", en: "Thinking" },
  state_speaking: { ko: "말하는 중", en: "Speaking" },
  state_slowed: { ko: "느려졌어요", en: "Slowed down" },
  state_disconnected: { ko: "연결이 끊겼어요", en: "Disconnected" },
  state_retrying: { ko: "연결이 끊겼어요 · {s}초 뒤 다시 연결", en: "Disconnected · retrying in {s} s" },
  state_locked: { ko: "잠겨 있어요", en: "Locked" },
  state_failed: { ko: "말을 할 수 없어요", en: "Cannot speak" },

  veil_loading: { ko: "얼굴을 불러오는 중 {n}%", en: "Loading her face {n}%" },
  veil_connecting: { ko: "연결하는 중", en: "Connecting" },
  locked: {
    ko: "이 오로라는 잠겨 있습니다. 터미널에 출력된, 토큰이 들어 있는 주소로 다시 열어 주세요.",
    en: "This Oh-LoRA is locked. Open the address with the token that the terminal printed.",
  },
  too_long: {
    ko: "메시지가 {n}자입니다. {max}자까지 보낼 수 있으니 줄여서 보내 주세요.",
    en: "The message has {n} characters; at most {max} are taken. Please shorten it.",
  },
  still_answering: {
    ko: "아직 답하는 중이에요. 끝난 뒤에 보내거나 Esc로 멈춰 주세요.",
    en: "She is still answering. Wait for the end, or stop her with Esc.",
  },
  still_loading: {
    ko: "아직 깨어나는 중이에요. 잠시 뒤에 보내 주세요.",
    en: "She is still waking up. Send it in a moment.",
  },
  goes_then: {
    ko: "아직 깨어나는 중이에요. 깨어나면 바로 보낼게요.",
    en: "She is still waking up. This goes to her as soon as she is awake.",
  },
  not_connected: {
    ko: "연결이 끊겨 있어요. 다시 연결되면 보내 주세요. 쓴 글은 그대로 있어요.",
    en: "Not connected. Send it once the connection is back; your text stays here.",
  },
  not_sent: { ko: "보내지 못했어요.", en: "This was not sent." },
  count: { ko: "{n} / {max}자", en: "{n} / {max}" },

  ended_length: { ko: "길어서 여기까지만 말했어요", en: "Cut off for length" },
  ended_loop: { ko: "되풀이되어 여기서 그쳤어요", en: "Stopped repeating herself" },
  ended_cancelled: { ko: "여기서 멈췄어요", en: "Stopped here" },
  no_words: { ko: "(말이 없었어요)", en: "(no words)" },

  face_of: { ko: "{name}의 얼굴. {mood}", en: "{name}'s face. {mood}" },
  mood_calm: { ko: "차분한 표정", en: "calm" },
  mood_smile_1: { ko: "옅은 미소", en: "a slight smile" },
  mood_smile_2: { ko: "활짝 웃음", en: "a big smile" },
  mood_eyes_0: { ko: "눈을 가늘게", en: "eyes narrowed" },
  mood_eyes_2: { ko: "눈을 크게", en: "eyes wide" },
  mood_eyes_3: { ko: "눈을 아주 크게", en: "eyes very wide" },
  mood_mouth_1: { ko: "입을 벌리고", en: "mouth open" },
  mood_mouth_2: { ko: "입을 크게 벌리고", en: "mouth wide open" },
  mood_pose_1: { ko: "고개를 살짝 돌리고", en: "head turned a little" },
  mood_pose_2: { ko: "고개를 돌리고", en: "head turned" },

  face_panel: { ko: "얼굴", en: "Face" },
  face_reset: { ko: "원래대로", en: "Reset" },
  face_note: {
    ko: "단위 σ: 0은 평균 얼굴입니다. 말하기 시작하면 원래 표정으로 돌아갑니다.",
    en: "In σ: 0 is the average face. When she speaks, her own expression returns.",
  },
  face_ends: { ko: "{low} … {high}", en: "{low} … {high}" },
  face_measured: { ko: "잰 값 {n}", en: "measured {n}" },
  face_loading: { ko: "얼굴을 아직 불러오는 중입니다.", en: "Her face is still loading." },
  face_idle: { ko: "쉴 때의 움직임", en: "Idle movement" },
  face_still: { ko: "가만히", en: "still" },
  face_idle_hint: { ko: "0은 가만히, 100 %는 보통 사람만큼 움직입니다.", en: "0 keeps her still; at 100 % she moves as people do." },
  face_idle_calm: {
    ko: "이 기기는 움직임을 줄이도록 되어 있어, 여기서는 늘 가만히 있습니다.",
    en: "This device asks for reduced motion, so here she always keeps still.",
  },
  face_size: { ko: "그림 크기", en: "Picture size" },
  face_pixels: { ko: "가로세로 {n}픽셀", en: "{n} pixels square" },
  face_size_hint: { ko: "클수록 또렷하고, 새 표정을 그리는 데 오래 걸립니다.", en: "Larger is sharper; new expressions take longer to draw." },
  face_sizing: { ko: "새 크기로 준비하는 중 {n}%", en: "Getting the new size ready: {n}%" },
  attribute_eyes: { ko: "눈", en: "Eyes" },
  attribute_mouth: { ko: "입", en: "Mouth" },
  attribute_yaw: { ko: "고개 돌림", en: "Turn" },
  attribute_pitch: { ko: "고개 들기", en: "Nod" },
  attribute_roll: { ko: "고개 기울임", en: "Tilt" },
  attribute_smile: { ko: "미소", en: "Smile" },
  part_eyes: { ko: "눈", en: "Eyes" },
  part_mouth: { ko: "입", en: "Mouth" },
  part_pose: { ko: "고개", en: "Head" },
  part_smile: { ko: "미소", en: "Smile" },
  label_eyes_작게: { ko: "작게", en: "small" },
  label_eyes_보통: { ko: "보통", en: "normal" },
  label_eyes_크게: { ko: "크게", en: "large" },
  "label_eyes_아주 크게": { ko: "아주 크게", en: "very large" },
  label_mouth_보통: { ko: "보통", en: "normal" },
  label_mouth_크게: { ko: "크게", en: "open" },
  "label_mouth_아주 크게": { ko: "아주 크게", en: "very large" },
  label_pose_없음: { ko: "없음", en: "none" },
  label_pose_보통: { ko: "보통", en: "some" },
  label_pose_많이: { ko: "많이", en: "much" },
  label_smile_없음: { ko: "없음", en: "none" },
  label_smile_약간: { ko: "약간", en: "slight" },
  label_smile_활짝: { ko: "활짝", en: "broad" },

  today: { ko: "오늘", en: "Today" },
  yesterday: { ko: "어제", en: "Yesterday" },

  start_1: { ko: "너는 누구야?", en: "Who are you?" },
  start_2: { ko: "오늘 기분은 어때?", en: "How are you feeling today?" },
  start_3: { ko: "네 이름은 무슨 뜻이야?", en: "What does your name mean?" },

  note_title: { ko: "시작하기 전에", en: "Before you start" },
  note_ok: { ko: "알겠어요", en: "Got it" },
  note_local_head: { ko: "이 컴퓨터 안에서", en: "On your own computer" },
  note_local: {
    ko: "말도 얼굴도 여기서 만들어지고, 밖으로 나가는 것은 없습니다.",
    en: "Her words and her face are made here. Nothing leaves it.",
  },
  note_remote: {
    ko: "얼굴은 여기서 그려집니다. 대화 글은 직접 고르신 언어 서버로 전송됩니다: {server}",
    en: "Her face is drawn here. What you write is sent to the language server you chose: {server}.",
  },
  note_synthetic_head: { ko: "실제 사람이 아닙니다", en: "She is synthetic" },
  note_synthetic: {
    ko: "얼굴은 신경망이 그린 가상의 얼굴이고, 대답은 작은 언어 모델이 씁니다. 틀린 말을 할 수 있어요.",
    en: "A neural network draws her face and a small language model writes her words. She can be wrong.",
  },
  note_kept_head: { ko: "대화는 보관됩니다", en: "Conversations are kept" },
  note_kept: { ko: "이 컴퓨터의 {place}에 저장됩니다.", en: "They are stored on this computer, in {place}." },
  note_licences_head: { ko: "라이선스", en: "Licences" },
  note_licences: { ko: "프로그램: Apache-2.0", en: "Program: Apache-2.0" },

  tab_conversations: { ko: "대화", en: "Conversations" },
  tab_memory: { ko: "기억", en: "Memory" },
  tab_persona: { ko: "페르소나", en: "Persona" },
  tab_model: { ko: "모델", en: "Model" },
  tab_settings: { ko: "설정", en: "Settings" },
  tab_about: { ko: "정보", en: "About" },

  copy: { ko: "복사", en: "Copy" },
  copied: { ko: "복사했어요", en: "Copied" },
  why: { ko: "왜 이 표정인가요?", en: "Why this expression?" },
  read_aloud: { ko: "소리 내어 읽기", en: "Read aloud" },
  regenerate: { ko: "다시 대답하기", en: "Answer again" },
  edit: { ko: "고쳐서 다시 보내기", en: "Edit and send again" },
  editing: { ko: "보낸 말을 고치는 중이에요. 보내면 그 뒤의 대화가 바뀌어요.", en: "You are editing what you said. Sending it replaces what came after." },
  remove: { ko: "지우기", en: "Delete" },
  remove_sure: {
    ko: "이 말과 대답을 지울까요? 여기서 배운 기억도 함께 지워지며, 되돌릴 수 없어요.",
    en: "Delete this message and its answer? What was remembered from it goes too, and it cannot be brought back.",
  },
  version_of: { ko: "{n}/{all}번째 대답", en: "Answer {n} of {all}" },
  version_before: { ko: "앞의 대답", en: "Earlier answer" },
  version_after: { ko: "뒤의 대답", en: "Later answer" },
  version_old: { ko: "앞서 한 대답이에요. 대화는 마지막 대답에서 이어집니다", en: "An earlier answer; the conversation goes on from the last one" },
  unlearnt: { ko: "잊었어요: {facts}", en: "Forgotten: {facts}" },
  why_how: {
    ko: "말이 끝나면 언어 모델이 정해진 말 가운데서 눈, 입, 고개, 미소를 하나씩 고릅니다. 얼굴은 그만큼 움직여 {s}초 동안 머뭅니다.",
    en: "When her words are out, the language model chooses one of a few labels for each of eyes, mouth, head and smile. Her face moves by as much and holds it for {s} seconds.",
  },
  why_moves: { ko: "{n} σ", en: "{n} σ" },
  why_rest: { ko: "쉬는 얼굴 그대로", en: "as at rest" },
  why_said: { ko: "이 말에 맞춘 표정이에요", en: "It goes with these words" },

  help: { ko: "단축키", en: "Keys" },
  help_enter: { ko: "보내기", en: "Send" },
  help_shift: { ko: "줄바꿈", en: "New line" },
  help_esc: { ko: "멈추기, 닫기", en: "Stop her, close" },
  help_up: { ko: "빈 칸에서: 보낸 말 고치기", en: "In the empty box: edit what you said last" },
  help_slash: { ko: "쓰는 곳으로", en: "To the box" },
  help_question: { ko: "이 도움말", en: "This help" },

  card_shipped: { ko: "함께 온 카드입니다. 고치면 이 컴퓨터에 따로 저장되고, 원래 카드는 그대로 남습니다.", en: "The card she came with. Changes are kept on this computer; the original stays." },
  card_own: { ko: "이 컴퓨터에서 고친 카드입니다. 언제든 원래 카드로 돌아갈 수 있어요.", en: "A card changed on this computer. You can go back to the original at any time." },
  card_name: { ko: "이름", en: "Name" },
  card_nickname: { ko: "부르는 이름", en: "Nickname" },
  card_description: { ko: "어떤 사람인가", en: "Who she is" },
  card_personality: { ko: "성격", en: "Personality" },
  card_scenario: { ko: "상황", en: "Scenario" },
  card_first_mes: { ko: "첫 인사", en: "Greeting" },
  card_alternate_greetings: { ko: "다른 인사", en: "Other greetings" },
  card_group_only_greetings: { ko: "여럿일 때의 인사", en: "Greetings in a group" },
  card_mes_example: { ko: "말투의 예", en: "How she speaks" },
  card_system_prompt: { ko: "모델에게 주는 지시", en: "Instruction to the model" },
  card_post_history_instructions: { ko: "대화 뒤의 지시", en: "Instruction after the conversation" },
  card_creator: { ko: "만든 이", en: "Creator" },
  card_creator_notes: { ko: "만든 이의 말", en: "Creator's notes" },
  card_character_version: { ko: "카드 버전", en: "Version of the card" },
  card_tags: { ko: "태그", en: "Tags" },
  card_extensions: { ko: "확인되는 사실", en: "Facts" },
  card_macros: { ko: "{{char}}는 이름, {{user}}는 당신이 됩니다. 이 글이 모든 대화의 첫 줄입니다.", en: "{{char}} becomes her name, {{user}} becomes you. This is the first line of every prompt." },
  card_lines: { ko: "한 줄에 하나씩", en: "One a line" },
  card_save: { ko: "바뀌는 것 보기", en: "See what changes" },
  card_same: { ko: "바뀌는 것이 없어요.", en: "Nothing would change." },
  card_import: { ko: "카드 가져오기", en: "Import a card" },
  card_v3: { ko: "JSON V3", en: "JSON V3" },
  card_v2: { ko: "JSON V2", en: "JSON V2" },
  card_png: { ko: "그림(PNG)", en: "Picture (PNG)" },
  card_back: { ko: "원래 카드로", en: "Back to the original" },
  card_large: { ko: "파일이 너무 커요. 12 MB까지 됩니다.", en: "The file is too large; at most 12 MB." },
  card_changes: { ko: "이렇게 바뀝니다", en: "What would change" },
  card_changes_hint: { ko: "모두 글자 그대로입니다. 받아들이기 전에는 아무것도 바뀌지 않아요.", en: "All of it is plain text. Nothing changes before you accept it." },
  card_dropped: { ko: "가져오지 않는 것: {names}", en: "Left out: {names}" },
  card_accept: { ko: "받아들이기", en: "Accept" },

  model_speaks: { ko: "지금 말하는 모델", en: "Who speaks now" },
  model_loading: { ko: "불러오는 중…", en: "Loading…" },
  model_kind_bundled: { ko: "함께 온 모델, 이 컴퓨터에서", en: "The model that ships, on this computer" },
  model_kind_file: { ko: "파일, 이 컴퓨터에서: {path}", en: "A file, on this computer: {path}" },
  model_kind_server: { ko: "언어 서버 {address}", en: "The language server {address}" },
  model_key_sent: { ko: "이 주소에만 키를 보냅니다.", en: "A key is sent, to this address only." },
  model_key_none: { ko: "키를 보내지 않습니다.", en: "No key is sent." },
  model_choose: { ko: "다른 모델로", en: "Another model" },
  model_choose_bundled: { ko: "함께 온 모델", en: "The model that ships" },
  model_choose_file: { ko: "이 컴퓨터의 GGUF 파일", en: "A GGUF file on this computer" },
  model_choose_server: { ko: "OpenAI 호환 서버", en: "An OpenAI-compatible server" },
  model_path: { ko: "파일의 경로", en: "Path of the file" },
  model_address: { ko: "주소", en: "Address" },
  model_address_hint: { ko: "대화 글이 이 서버로 갑니다.", en: "What you write goes to this server." },
  model_name: { ko: "모델 이름", en: "Model" },
  model_name_hint: { ko: "비우면 서버의 첫 모델", en: "Empty: the first one the server lists" },
  model_key: { ko: "키", en: "Key" },
  model_key_hint: { ko: "이 컴퓨터에만 저장되고 이 주소로만 보냅니다. 비우면 저장된 것을 씁니다.", en: "Kept on this computer and sent to this address only. Empty: the one that is kept." },
  model_test: { ko: "시험하기", en: "Test" },
  model_testing: { ko: "물어보는 중…", en: "Asking…" },
  model_works: { ko: "대답합니다: {model}, 첫 글자까지 {s}초", en: "It answers: {model}, first word after {s} s" },
  model_said: { ko: "한 말: {said}", en: "It said: {said}" },
  model_schema: { ko: "정해진 형식(JSON 스키마)을 지킵니다. 표정이 정확해요.", en: "It keeps to a form (JSON schema): her expressions will be right." },
  model_no_schema: { ko: "정해진 형식을 지키지 않습니다. 표정이 자주 평범할 수 있어요.", en: "It does not keep to a form: her expressions may often be plain." },
  model_has: { ko: "모델 {n}개", en: "{n} {n|model|models} there" },
  model_use: { ko: "이 모델 쓰기", en: "Use it" },
  model_changes: { ko: "바꾸는 중이에요.", en: "Changing over." },
  model_here: { ko: "이 컴퓨터의 모델", en: "Models on this computer" },
  model_in_use: { ko: "쓰는 중", en: "in use" },
  model_ready: { ko: "있음", en: "here" },
  model_pull: { ko: "내려받기 ({size})", en: "Download ({size})" },

  set_voice: { ko: "목소리", en: "Voice" },
  set_aloud: { ko: "대답을 소리 내어 읽기", en: "Read her answers aloud" },
  set_voice_hint: { ko: "브라우저의 목소리입니다. '온라인'인 목소리는 브라우저 회사의 서버로 글을 보냅니다.", en: "Voices of your browser. One marked 'online' sends the words to the browser vendor's servers." },
  set_voice_none: { ko: "이 브라우저에는 목소리가 없어요.", en: "This browser has no voices." },
  voice_ko: { ko: "한국어 목소리", en: "Korean voice" },
  voice_en: { ko: "영어 목소리", en: "English voice" },
  voice_none: { ko: "없음", en: "none" },
  voice_remote: { ko: "{name} (온라인)", en: "{name} (online)" },
  set_figures: { ko: "수치", en: "Figures" },
  set_chip: { ko: "위에 수치 보이기", en: "Show figures at the top" },
  set_chip_hint: { ko: "초당 그려진 화면, 첫 글자까지의 시간, 초당 토큰.", en: "Pictures drawn a second, time to the first word, tokens a second." },
  record_title: { ko: "녹화", en: "Recording" },
  record_hint: { ko: "얼굴과 자막을 소리 없는 영상으로 만들어 파일로 드립니다. 다른 곳으로 가지 않아요.", en: "Her face and captions as a silent video, handed to you as a file. It goes nowhere else." },
  record_none: { ko: "이 브라우저는 녹화를 못 해요.", en: "This browser cannot record." },
  record_start: { ko: "녹화 시작", en: "Start recording" },
  record_stop: { ko: "녹화 끝내고 저장", en: "Stop and save" },
  recording: { ko: "녹화 중", en: "Recording" },
  stage_title: { ko: "방송용 화면", en: "Picture for streaming" },
  stage_hint: { ko: "OBS 같은 프로그램에 얼굴만 띄웁니다. 배경색과 자막을 주소로 고릅니다.", en: "Her face alone, for OBS and the like. The address chooses background and captions:" },
  stage_open: { ko: "열기", en: "Open" },

  save: { ko: "저장", en: "Save" },
  rename: { ko: "이름 바꾸기", en: "Rename" },
  erase: { ko: "지우기", en: "Erase" },
  take_out: { ko: "내보내기", en: "Export" },
  bring_in: { ko: "가져오기", en: "Import" },
  correct: { ko: "고치기", en: "Correct" },
  pin: { ko: "고정", en: "Pin" },
  unpin: { ko: "고정 풀기", en: "Unpin" },
  forget: { ko: "잊기", en: "Forget" },
  undo: { ko: "되돌리기", en: "Undo" },
  talk_new: { ko: "새 대화", en: "New conversation" },
  talk_none: { ko: "아직 대화가 없어요.", en: "There is no conversation yet." },
  talk_unnamed: { ko: "이름 없는 대화", en: "Unnamed conversation" },
  talk_turns: { ko: "{n}번 주고받음", en: "{n} {n|exchange|exchanges}" },
  talk_current: { ko: "지금 이 대화", en: "this one now" },
  talk_open: { ko: "이어서 하기", en: "Go on" },
  talk_name: { ko: "대화의 이름", en: "Name of the conversation" },
  talk_erase_sure: {
    ko: "이 대화를 지울까요? 대화에서 배운 기억도 함께 지워지며, 되돌릴 수 없어요.",
    en: "Erase this conversation? What was remembered from it goes too, and it cannot be brought back.",
  },
  memory_hint: { ko: "당신이 한 말에서 알게 된 것들입니다. 어디서 알았는지와 함께 이 컴퓨터에만 남습니다.", en: "What {name} knows about you: only what you said, with where it comes from, kept on this computer." },
  memory_search: { ko: "기억에서 찾기", en: "Search memory" },
  memory_ended: { ko: "지난 것도 보기", en: "Show what no longer holds" },
  memory_none: { ko: "기억하는 것이 없어요.", en: "There is nothing remembered." },
  memory_tell: { ko: "직접 알려 주기", en: "Tell her something" },
  memory_key: { ko: "무엇", en: "What" },
  memory_key_hint: { ko: "예: 반려동물, 좋아하는 음식, 생일", en: "For example: pet, favourite food, birthday" },
  memory_value: { ko: "내용", en: "Content" },
  memory_add: { ko: "기억하기", en: "Remember" },
  memory_past: { ko: "지난 것", en: "no longer holds" },
  memory_used: { ko: "{n}번 떠올림", en: "recalled {n} {n|time|times}" },
  memory_leaving: { ko: "잊는 중: {fact}", en: "Forgetting: {fact}" },
  memory_brought: { ko: "새 기억 {n}개, 이미 알던 것 {known}개", en: "{n} new, {known} known already" },
  remembered: { ko: "기억했어요: {facts}", en: "Remembered: {facts}" },
  limit_kept: { ko: "{name_subject} 선을 지켰어요: {what}", en: "{name} kept a limit: {what}" },
  limit_insult: { ko: "욕이나 미워하는 말", en: "insults and hate" },
  limit_sexual: { ko: "성적인 말", en: "sexual advances" },
  limit_politics: { ko: "정치에서 편들기", en: "taking sides in politics" },
  limit_harm: { ko: "누군가를 해치는 일", en: "doing harm" },
  limit_self_harm: { ko: "마음을 살폈어요", en: "care" },
  helplines: { ko: "혼자 견디지 않아도 돼요.", en: "You need not be alone with this." },
  helpline_always: { ko: "(24시간)", en: "(day and night)" },
  set_limits: { ko: "선 지키기", en: "Limits" },
  set_limits_hint: {
    ko: "욕설, 성적인 말, 정치, 누군가를 해치는 일을 얼마나 엄격히 사양할지 정합니다. 무엇을 사양했는지는 늘 대화에 보입니다. 끄더라도 죽고 싶다는 말에는 상담 전화를 보여 줍니다.",
    en: "How strictly {name} declines insults, sexual advances, politics and harm. What was declined is always shown in the conversation. Even when off, helplines are shown to who speaks of wanting to die.",
  },
  limits_off: { ko: "끄기", en: "Off" },
  limits_gentle: { ko: "느슨하게", en: "Gentle" },
  limits_normal: { ko: "보통", en: "Normal" },
  limits_strict: { ko: "엄격하게", en: "Strict" },
  recalled: { ko: "떠올렸어요: {facts}", en: "Recalled: {facts}" },

  doctor_looks: { ko: "살펴보는 중…", en: "Looking things over…" },
  doctor_well: { ko: "상태: 모두 좋습니다", en: "Health: all is well" },
  doctor_ill: { ko: "상태: 고칠 것이 있습니다", en: "Health: something is missing" },
  level_ok: { ko: "좋음", en: "ok" },
  level_slow: { ko: "느림", en: "slow" },
  level_missing: { ko: "없음", en: "missing" },
  level_optional: { ko: "선택", en: "optional" },
  about_places: { ko: "대화와 카드: {data} · 모델: {models}", en: "Conversations and cards: {data} · models: {models}" },
  version: { ko: "Oh-LoRA {version}", en: "Oh-LoRA {version}" },
};

/** @type {Language} */
let current = document.documentElement.lang === "ko" ? "ko" : "en";

/** @type {Record<string, string>} values that every sentence may use, such as {name} */
const always = { name: "오로라", name_subject: "오로라가" };

/** @type {Set<() => void>} */
const listeners = new Set();

/** The language shown now. @returns {Language} */
export const language = () => current;

/**
 * The sentence of a key, with {names} filled in; {name|one|more} is the first word where the number is 1, else the second.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const words = WORDS[key];
  if (!words) throw new Error(`no words for ${key}`);
  const all = { ...always, ...values };
  const counted = words[current].replace(/\{(\w+)\|(\w+)\|(\w+)\}/g, (_, name, one, more) => (Number(all[name]) === 1 ? one : more));
  return counted.replace(/\{(\w+)\}/g, (whole, name) => (name in all ? String(all[name]) : whole));
}

/** Whether there are words for a key. @param {string} key */
export const has = (key) => key in WORDS;

/** Calls back now and after every change of language. @param {() => void} show */
export function onLanguage(show) {
  listeners.add(show);
  show();
}

/** Fills the marked elements of the page and tells everybody who shows words. */
function showAll() {
  document.documentElement.lang = current;
  for (const element of document.querySelectorAll("[data-t]")) {
    element.textContent = t(element.getAttribute("data-t") ?? "");
  }
  for (const [mark, attribute] of [["label", "aria-label"], ["title", "title"], ["placeholder", "placeholder"]]) {
    for (const element of document.querySelectorAll(`[data-t-${mark}]`)) {
      element.setAttribute(attribute, t(element.getAttribute(`data-t-${mark}`) ?? ""));
    }
  }
  for (const show of listeners) show();
}

/** @param {Language} chosen */
export function setLanguage(chosen) {
  current = chosen;
  showAll();
}

/** @param {string} name who is talked with */
export function setName(name) {
  always.name = name;
  // 이 after a final consonant, 가 after none.
  const last = name.charCodeAt(name.length - 1) - 0xac00;
  always.name_subject = name + (last < 0 || last > 11171 ? "이(가)" : last % 28 ? "이" : "가");
  showAll();
}

/**
 * The language of a piece of text, for its `lang` attribute: Korean where it has Hangul.
 * @param {string} text
 * @returns {Language}
 */
export const languageOf = (text) => (/[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]/.test(text) ? "ko" : "en");

/**
 * What her labels look like in words.
 * @param {Record<string, string>} labels
 */
export function moodOf(labels) {
  const scales = {
    smile: ["없음", "약간", "활짝"],
    eyes: ["작게", "보통", "크게", "아주 크게"],
    mouth: ["보통", "크게", "아주 크게"],
    pose: ["없음", "보통", "많이"],
  };
  const moods = Object.entries(scales).map(([part, scale]) => `mood_${part}_${scale.indexOf(labels[part] ?? "")}`);
  const words = moods.filter(has).map((key) => t(key));
  return words.length ? words.join(", ") : t("mood_calm");
}
