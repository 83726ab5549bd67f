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
  keys: { ko: "Enter 보내기 · Shift+Enter 줄바꿈 · Esc 멈추기", en: "Enter to send · Shift+Enter for a new line · Esc to stop" },
  newest: { ko: "새 메시지", en: "New messages" },
  retry_now: { ko: "지금 다시 연결", en: "Reconnect now" },
  again: { ko: "다시 보내기", en: "Send again" },
  about: { ko: "오로라에 대하여", en: "About" },
  close: { ko: "닫기", en: "Close" },
  you: { ko: "나", en: "You" },
  chip_title: { ko: "초당 그려진 화면 수 · 첫 글자까지 걸린 시간", en: "Pictures drawn a second · time to the first word" },
  chip_fps: { ko: "초당 {n}장", en: "{n} fps" },
  chip_first: { ko: "첫 글자 {s}초", en: "first word {s} s" },

  theme_system: { ko: "화면: 시스템 설정", en: "Theme: system" },
  theme_light: { ko: "화면: 밝게", en: "Theme: light" },
  theme_dark: { ko: "화면: 어둡게", en: "Theme: dark" },

  state_connecting: { ko: "연결하는 중", en: "Connecting" },
  state_loading: { ko: "깨어나는 중 {n}%", en: "Waking up {n}%" },
  state_idle: { ko: "함께 있어요", en: "Here with you" },
  state_listening: { ko: "듣고 있어요", en: "Listening" },
  state_thinking: { ko: "생각하는 중", en: "Thinking" },
  state_speaking: { ko: "말하는 중", en: "Speaking" },
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
    ko: "얼굴은 여기서 그려집니다. 대화 글은 직접 고르신 언어 서버 {server}(으)로 전송됩니다.",
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
  version: { ko: "Oh-LoRA {version}", en: "Oh-LoRA {version}" },
};

/** @type {Language} */
let current = document.documentElement.lang === "ko" ? "ko" : "en";

/** @type {Record<string, string>} values that every sentence may use, such as {name} */
const always = { name: "오로라" };

/** @type {Set<() => void>} */
const listeners = new Set();

/** The language shown now. @returns {Language} */
export const language = () => current;

/**
 * The sentence of a key, with {names} filled in.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const words = WORDS[key];
  if (!words) throw new Error(`no words for ${key}`);
  const all = { ...always, ...values };
  return words[current].replace(/\{(\w+)\}/g, (whole, name) => (name in all ? String(all[name]) : whole));
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
