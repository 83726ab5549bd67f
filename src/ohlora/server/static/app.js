// @ts-check
/** The page: connects conversation, picture, words and controls, and says how things stand. */

import { facts, showAbout } from "./about.js";
import { ask, Refused } from "./ask.js";
import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { counters, lastFirstToken, lastSpeed, measureFps, medianAge, turnSent, turnWent } from "./counters.js";
import { showConversations } from "./conversations.js";
import { byId, kept, make } from "./dom.js";
import { Drawer } from "./drawer.js";
import { language, languageOf, moodOf, onLanguage, setLanguage, setName, t } from "./i18n.js";
import { Line } from "./line.js";
import { showModel } from "./model.js";
import { leaveMemory, showMemory } from "./memory.js";
import { Panel } from "./panel.js";
import { showPersona } from "./persona.js";
import { Recorder } from "./record.js";
import { showSettings } from "./settings.js";
import { Speech } from "./speech.js";
import { Stage } from "./stage.js";
import { showWhy } from "./why.js";

/** @typedef {{ko: string, en: string}} Sentence */
/** @typedef {{ready: boolean, progress: number, error: Sentence | null, refused: Sentence | null}} Part */
/** @typedef {{state: string, parts: {language: Part, face: Part}, face: import("./panel.js").Settings}} State */

const TYPING_MS = 4000;
const NOTICE_MS = 9000;
/** Pictures come so much later or so much more rarely that she seems to stand still. */
const SLOW_AGE_MS = 450;
const SLOW_FPS = 4;
const SLOW_FOR_S = 3;
const THEMES = /** @type {const} */ (["system", "light", "dark"]);

const root = document.documentElement;
const notice = byId("notice", HTMLElement);
const nameOf = byId("name", HTMLElement);
const canvas = byId("face", HTMLCanvasElement);

/** @type {State | null} what the server said last */
let state = null;
/** @type {import("./about.js").Persona | null} */
let persona = null;
let instance = "";
/** @type {{locked: boolean, retryIn: number} | null} null while connected */
let lost = { locked: false, retryIn: 0 };
let typedAt = -Infinity;
/** @type {Record<string, string>} */
let labels = {};
let expressionMs = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let expressionTimer;
/** @type {(() => string) | null} the sentence shown above the box */
let noticed = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let noticeTimer;
/** Enter was pressed before she was awake: what stands in the box goes to her then, unless it is changed. */
let early = false;

let slowSeconds = 0;
/** @type {Record<string, Record<string, Record<string, number>>>} what each label moves, in σ */
let offsets = {};
/** @type {number | null} the kept turn whose message is being edited */
let editing = null;

const chat = new Chat(byId("log", HTMLElement), byId("announcer", HTMLElement), byId("to-end", HTMLElement), {
  say(text) {
    if (!say(text)) composer.put(text);
  },
  why: (turn) => showWhy(turn, offsets, expressionMs / 1000),
  read: (text) => speech.say(text),
  again(turn) {
    if (mayChange()) begin({ type: "regenerate", of: turn.id });
  },
  edit,
  remove(turn) {
    sure(t("remove_sure"), t("remove"), () => line.send({ type: "delete", of: turn.id }));
  },
  async unlearn(facts) {
    try {
      for (const { id } of facts) await ask("DELETE", `/api/memory/${id}`);
      return true;
    } catch (error) {
      if (error instanceof Refused) tell(() => error.sentence[language()]);
      return false;
    }
  },
});
const speech = new Speech((aloud) => stage.line.send({ type: "voice", aloud }));
const recorder = new Recorder(canvas, () => chat.lastWords);
const stage = new Stage(canvas, showState, (message) => panel.heard(message), () => panel.refresh());
const panel = new Panel(
  (message) => stage.line.send(message),
  () => failureOf("face") ?? (lost ? t("not_connected") : state?.parts.face.ready ? "" : t("face_loading")),
);
const composer = new Composer(byId("message", HTMLTextAreaElement), byId("count", HTMLElement), {
  send: (text) => (editing === null ? say(text) : sayInstead(text)),
  stop: stopHer,
  editLast() {
    if (chat.last) edit(chat.last);
  },
  typing() {
    if (early) tell(null);
    early = false;
    typedAt = composer.empty ? -Infinity : performance.now();
    showState();
    setTimeout(showState, TYPING_MS + 50);
  },
});
const line = new Line("/ws/chat", {
  opened() {
    counters.connections += 1;
  },
  heard,
  async lost(retryIn) {
    const first = lost === null;
    lost = { locked: lost?.locked ?? false, retryIn };
    showState();
    // A WebSocket does not say why it was refused; a plain request does.
    if (first || counters.connections === 0) lost = { locked: await isLocked(), retryIn };
  },
});

// ── what the server says ─────────────────────────────────────────────────────

/** @param {any} message one of the messages of docs/protocol.md */
function heard(message) {
  switch (message.type) {
    case "hello":
      hello(message);
      break;
    case "state": {
      const ready = state?.parts.face.ready;
      stands(message);
      if (!ready && message.parts.face.ready) panel.refresh();
      if (message.state === "speaking") panel.letGo();
      break;
    }
    case "accepted":
      chat.accepted(message.turn, message.text, message.replaces);
      speech.stop();
      offerStart();
      break;
    case "token":
      turnWent(message.turn, "token");
      chat.token(message.turn, message.text);
      break;
    case "reply":
      turnWent(message.turn, "replied");
      chat.replied(message.turn, message.text);
      if (speech.on && document.visibilityState === "visible" && message.ended_by !== "cancelled") speech.say(message.text);
      break;
    case "limited":
      chat.limited(message.turn, message.limit);
      break;
    case "recalled":
      chat.recalled(message.turn, message.facts);
      break;
    case "remembered":
      chat.remembered(message.turn, message.changes);
      break;
    case "deleted":
      chat.deleted(message.turns);
      offerStart();
      break;
    case "history":
      chat.show(message.turns, message.turn);
      offerStart();
      break;
    case "expression":
      express(message.labels);
      break;
    case "finished":
      turnWent(message.turn, "finished");
      chat.finished(message.turn, message.kept);
      break;
    case "error": {
      const sentence = () => message[language()];
      if (!message.turn || !chat.failed(message.turn, sentence)) tell(sentence);
      break;
    }
  }
  showState();
}

/** How things stand. That another model speaks than was chosen is said once. @param {State} now */
function stands(now) {
  const before = state?.parts.language.refused?.en;
  state = now;
  panel.settled(now.face);
  const { refused } = now.parts.language;
  if (refused && refused.en !== before) tell(() => refused[language()]);
  if (early && (now.parts.language.ready || now.parts.language.error)) {
    early = false;
    setTimeout(() => composer.send()); // after all of this message has been taken in
  }
}

/** @param {any} message */
function hello(message) {
  lost = null;
  const unconfirmed = chat.unconfirmed();
  persona = message.persona;
  stands(message.state);
  composer.limit = message.max_characters;
  offsets = message.offsets ?? {};
  expressionMs = message.expression_s * 1000;
  setName(message.persona.shown);
  chat.show(message.turns, message.turn);
  // A message on its way when the connection went: the server says which ones it has taken.
  for (const { id, text } of unconfirmed) {
    if (message.accepted.includes(id)) continue;
    chat.remove(id);
    if (instance === message.instance && line.send({ type: "say", turn: id, text })) chat.sent(id, text);
    else composer.put(text);
  }
  instance = message.instance;
  offerStart();
  drawer.refresh("about");
}

/**
 * Her face takes on an expression, and lets it go after a while; so do the words under it.
 * @param {Record<string, string>} taken
 */
function express(taken) {
  labels = taken;
  clearTimeout(expressionTimer);
  expressionTimer = setTimeout(() => {
    labels = {};
    showState();
  }, expressionMs);
}

async function isLocked() {
  try {
    return (await fetch("/api/status", { cache: "no-store" })).status === 401;
  } catch {
    return false;
  }
}

// ── what the user does ───────────────────────────────────────────────────────

/** Whether something can be begun now; says why not. @param {string} [text] */
function mayChange(text = "") {
  const n = [...text].length;
  const reason = lost ? "not_connected"
    : !state?.parts.language.ready ? "still_loading"
    : state.state !== "idle" || chat.unconfirmed().length ? "still_answering"
    : n > composer.limit ? "too_long" : "";
  if (reason) tell(() => failureOf("language") ?? t(reason, { n: n.toLocaleString(), max: composer.limit.toLocaleString() }));
  return !reason;
}

/** Whether she is only not awake yet. */
function waking() {
  return !lost && !state?.parts.language.ready && !failureOf("language");
}

/**
 * Begins a turn; its id, or "" where there is no connection.
 * @param {object} message
 */
function begin(message) {
  const id = newId();
  if (!line.send({ ...message, turn: id })) return "";
  turnSent(id);
  tell(null);
  return id;
}

/**
 * Sends a message; false where it cannot go, with the reason shown.
 * @param {string} text
 */
function say(text) {
  if (!mayChange(text)) {
    early = waking() && [...text].length <= composer.limit;
    if (early) tell(() => t("goes_then"), true);
    return false;
  }
  const id = begin({ type: "say", text });
  if (!id) return false;
  typedAt = -Infinity;
  chat.sent(id, text);
  offerStart();
  showState();
  return true;
}

/** Takes a message back into the box, to be said another way. @param {import("./chat.js").Kept} turn */
function edit(turn) {
  editing = turn.id;
  composer.replace(turn.message);
  tell(() => t("editing"), true);
}

/** @param {string} text */
function sayInstead(text) {
  if (!mayChange(text) || !begin({ type: "edit", of: editing, text })) return false;
  editing = null;
  tell(null);
  return true;
}

function leaveEditing() {
  editing = null;
  composer.replace("");
  tell(null);
}

/**
 * Asks before what cannot be undone.
 * @param {string} question
 * @param {string} yes
 * @param {() => void} work
 */
function sure(question, yes, work) {
  const dialog = byId("sure", HTMLDialogElement);
  byId("sure-text", HTMLElement).textContent = question;
  const button = byId("sure-yes", HTMLButtonElement);
  button.textContent = yes;
  button.onclick = () => {
    dialog.close();
    work();
  };
  dialog.showModal();
}

function stopHer() {
  if (answering()) line.send({ type: "stop" });
}

/** Whether there is something to stop; a message just sent counts, the server hears of it before it hears of the stop. */
function answering() {
  return !lost && (state?.state === "thinking" || state?.state === "speaking" || chat.unconfirmed().length > 0);
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// ── what is shown ────────────────────────────────────────────────────────────

/** @param {"language" | "face"} part */
function failureOf(part) {
  return state?.parts[part].error?.[language()];
}

/** What she is doing, as one word that is also a colour. */
function doing() {
  if (lost) return "disconnected";
  if (!state || !persona) return "connecting";
  if (state.parts.language.error) return "failed";
  if (state.state !== "idle") return state.state;
  if (chat.unconfirmed().length) return "thinking";
  if (performance.now() - typedAt < TYPING_MS) return "listening";
  return slowSeconds >= SLOW_FOR_S ? "slowed" : "idle";
}

function stateText() {
  const now = doing();
  if (now === "loading") return t("state_loading", { n: percent(state?.parts.language) });
  if (now !== "disconnected") return t(`state_${now}`);
  if (lost?.locked) return t("state_locked");
  if (counters.connections === 0 && !lost?.retryIn) return t("state_connecting");
  return lost?.retryIn ? t("state_retrying", { s: Math.ceil(lost.retryIn) }) : t("state_disconnected");
}

/** @param {Part | undefined} part */
function percent(part) {
  return Math.floor(100 * (part?.progress ?? 0));
}

function showState() {
  const now = doing();
  document.body.dataset.state = lost && counters.connections === 0 && !lost.retryIn ? "connecting" : now;
  setIfChanged(byId("state-text", HTMLElement), stateText());
  byId("retry", HTMLElement).hidden = now !== "disconnected" || !lost?.retryIn || lost.locked;
  showVeil();
  const mood = moodOf(labels);
  setIfChanged(byId("mood", HTMLElement), stage.visible ? mood : "");
  canvas.setAttribute("aria-label", t("face_of", { mood }));
  const stopping = answering();
  const send = byId("send", HTMLButtonElement);
  send.classList.toggle("stop", stopping);
  send.setAttribute("aria-label", t(stopping ? "stop" : "send"));
  send.title = t(stopping ? "stop" : "send");
  byId("send-icon", SVGUseElement).setAttribute("href", stopping ? "#i-stop" : "#i-send");
  if (lost?.locked) tell(() => t("locked"), true);
}

/** The veil over the picture: how far it is, or why there is none. */
function showVeil() {
  const face = state?.parts.face;
  byId("veil", HTMLElement).hidden = stage.visible || (lost !== null && stage.seen);
  const n = face ? percent(face) : 0;
  byId("ring", SVGCircleElement).style.strokeDashoffset = String(100 - n);
  const text = failureOf("face") ?? (lost && !lost.retryIn ? t("veil_connecting") : lost ? "" : t("veil_loading", { n }));
  setIfChanged(byId("veil-text", HTMLElement), text);
  byId("veil", HTMLElement).classList.toggle("failed", Boolean(face?.error));
}

/**
 * Shows a sentence above the box for a while, or takes it away.
 * @param {(() => string) | null} sentence
 * @param {boolean} [stays]
 */
function tell(sentence, stays = false) {
  noticed = sentence ?? (editing === null ? null : () => t("editing"));
  if (!sentence && noticed) stays = true;
  clearTimeout(noticeTimer);
  if (noticed && !stays) noticeTimer = setTimeout(() => tell(null), NOTICE_MS);
  showNotice();
}

function showNotice() {
  byId("notice-line", HTMLElement).hidden = !noticed;
  setIfChanged(notice, noticed?.() ?? "");
  byId("notice-line", HTMLElement).classList.toggle("calm", editing !== null);
  byId("leave-editing", HTMLElement).hidden = editing === null;
}

/** Above the first message: the note of the first start, her greeting, and ways to begin. */
function offerStart() {
  if (!persona) return;
  const opening = make("div", "opening");
  if (kept.get("noted") !== "1") opening.append(firstNote(persona));
  const greeting = persona.greetings.find((one) => languageOf(one) === language()) ?? persona.greeting;
  if (greeting) {
    const words = make("p", "words", greeting);
    words.lang = languageOf(greeting);
    opening.append(make("div", "row left", make("div", "bubble hers", words)));
  }
  if (chat.empty) {
    const starts = ["start_1", "start_2", "start_3"].map((key) => {
      const start = make("button", "start", t(key));
      start.type = "button";
      start.addEventListener("click", () => say(t(key)));
      return start;
    });
    opening.append(make("div", "starts", ...starts));
  }
  chat.setOpening(opening);
}

/** @param {import("./about.js").Persona} who */
function firstNote(who) {
  const ok = make("button", "plain", t("note_ok"));
  ok.type = "button";
  ok.addEventListener("click", () => {
    kept.set("noted", "1");
    offerStart();
    byId("message", HTMLTextAreaElement).focus();
  });
  return make("section", "note", make("h2", "", t("note_title")), facts(who), ok);
}

function showChip() {
  measureFps();
  const first = lastFirstToken();
  const speed = lastSpeed();
  byId("chip", HTMLElement).hidden = kept.get("chip") === "0" || (!counters.drawn && first === null);
  byId("recording", HTMLElement).hidden = !recorder.running;
  setIfChanged(byId("chip-speed", HTMLElement), speed === null ? "" : t("chip_speed", { n: Math.round(speed) }));
  const visible = stage.visible && !stage.paused && document.visibilityState === "visible" && !stage.calm.matches;
  const slow = visible && (counters.fps < SLOW_FPS || medianAge() > SLOW_AGE_MS);
  slowSeconds = slow ? slowSeconds + 1 : 0;
  if (slowSeconds === 0 || slowSeconds === SLOW_FOR_S) showState();
  setIfChanged(byId("chip-fps", HTMLElement), t("chip_fps", { n: counters.fps }));
  setIfChanged(byId("chip-first", HTMLElement), first === null ? "" : t("chip_first", { s: (first / 1000).toFixed(2) }));
}

/**
 * Touches the document only where there is something to change: what a screen reader watches stays quiet.
 * @param {HTMLElement} element
 * @param {string} text
 */
function setIfChanged(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// ── theme and language ───────────────────────────────────────────────────────

const system = matchMedia("(prefers-color-scheme: dark)");

function theme() {
  const chosen = kept.get("theme");
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

function showTheme() {
  const chosen = theme();
  const shown = chosen === "system" ? (system.matches ? "dark" : "light") : chosen;
  root.dataset.theme = shown;
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", shown === "dark" ? "#0d1017" : "#f4f3f0");
  const button = byId("theme", HTMLElement);
  button.setAttribute("aria-label", t(`theme_${chosen}`));
  button.title = t(`theme_${chosen}`);
  byId("theme-icon", SVGUseElement).setAttribute("href", `#i-${chosen}`);
}

system.addEventListener("change", showTheme);
byId("theme", HTMLElement).addEventListener("click", () => {
  kept.set("theme", THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length]);
  showTheme();
});

const languageButtons = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("[data-language]"));
for (const button of languageButtons) {
  button.addEventListener("click", () => {
    const chosen = button.dataset.language === "ko" ? "ko" : "en";
    kept.set("language", chosen);
    setLanguage(chosen);
  });
}

onLanguage(() => {
  for (const button of languageButtons) button.setAttribute("aria-pressed", String(button.dataset.language === language()));
  if (persona) nameOf.textContent = persona.shown;
  if (persona) document.title = `${persona.shown} · Oh-LoRA`;
  showTheme();
  showNotice();
  showState();
  showChip();
  offerStart();
});

// ── controls ─────────────────────────────────────────────────────────────────

byId("composer", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  if (answering()) stopHer();
  else composer.send();
});
byId("leave-editing", HTMLElement).addEventListener("click", leaveEditing);
byId("retry", HTMLElement).addEventListener("click", () => {
  line.retry();
  stage.line.retry();
});
for (const id of ["help", "why", "sure"]) {
  const dialog = byId(id, HTMLDialogElement);
  const close = document.getElementById(id === "sure" ? "sure-no" : `${id}-close`);
  close?.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
}

function showHelp() {
  /** @type {[string, string][]} */
  const keys = [["Enter", "help_enter"], ["Shift + Enter", "help_shift"], ["Esc", "help_esc"], ["↑", "help_up"], ["/", "help_slash"], ["?", "help_question"]];
  byId("help-keys", HTMLElement).replaceChildren(
    ...keys.map(([key, words]) => make("div", "", make("dt", "", make("kbd", "", key)), make("dd", "", t(words)))),
  );
  byId("help", HTMLDialogElement).showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") {
    if (editing !== null) leaveEditing();
    else stopHer();
    speech.stop();
    return;
  }
  const writing = event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement;
  if (writing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") byId("message", HTMLElement).focus();
  else if (event.key === "?") showHelp();
  else return;
  event.preventDefault();
});

const page = { close: () => byId("drawer", HTMLDialogElement).close(), sure };
const drawer = new Drawer([
  { name: "conversations", show: (body) => showConversations(body, page) },
  { name: "memory", show: showMemory, hide: leaveMemory },
  { name: "persona", show: showPersona },
  { name: "model", show: showModel },
  { name: "settings", show: (body) => showSettings(body, { speech, recorder, changed: showChip }) },
  { name: "about", show: (body) => showAbout(body, persona) },
]);
byId("menu-open", HTMLElement).addEventListener("click", () => drawer.open());

// The visible height where an on-screen keyboard covers the page instead of shrinking it (iOS), and whether it is so low
// that her picture makes room (see style.css).
const viewport = window.visualViewport;
function fitHeight() {
  const height = viewport?.height ?? window.innerHeight;
  root.style.setProperty("--visible-height", `${height}px`);
  root.toggleAttribute("data-low", height <= 560);
  if (height < window.innerHeight) scrollTo(0, 0);
}
viewport?.addEventListener("resize", fitHeight);
fitHeight();

setInterval(showChip, 1000);
line.connect();
stage.start();
if (matchMedia("(pointer: fine)").matches) byId("message", HTMLTextAreaElement).focus();

/** For measuring and for tests; see docs/page.md. */
Object.assign(window, { ohlora: { counters, pauseFace: () => stage.pause(), resumeFace: () => stage.resume() } });
