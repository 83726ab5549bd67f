// @ts-check
/**
 * Her words read aloud by the browser's own voices. Off until the user wants it; nothing is sent anywhere by the page, but
 * some browsers' voices are made by their vendor's servers: those are marked, and never chosen by themselves.
 */

import { kept } from "./dom.js";
import { languageOf } from "./i18n.js";
import { spoken } from "./markdown.js";

const LANGUAGES = /** @type {const} */ (["ko", "en"]);

export class Speech {
  /** @param {(aloud: boolean) => void} moved - called when her voice begins and ends, for her mouth */
  constructor(moved) {
    this.moved = moved;
    /** @type {SpeechSynthesis | undefined} */
    this.engine = window.speechSynthesis;
    /** @type {(() => void)[]} */
    this.listeners = [];
    this.aloud = 0;
    this.engine?.addEventListener?.("voiceschanged", () => this.listeners.forEach((one) => one()));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.stop();
    });
  }

  get on() {
    return kept.get("aloud") === "1" && Boolean(this.engine);
  }

  /** @param {boolean} yes */
  set on(yes) {
    kept.set("aloud", yes ? "1" : "0");
    if (!yes) this.stop();
  }

  /** Calls back when the list of voices changes. @param {() => void} listener */
  onVoices(listener) {
    this.listeners.push(listener);
  }

  /** Voices of a language; those of this computer first. @param {"ko" | "en"} language */
  voices(language) {
    const all = this.engine?.getVoices() ?? [];
    return all
      .filter((voice) => voice.lang.toLowerCase().startsWith(language))
      .sort((a, b) => Number(b.localService) - Number(a.localService));
  }

  /** The voice chosen for a language, or the first of this computer. @param {"ko" | "en"} language */
  voice(language) {
    const voices = this.voices(language);
    const chosen = kept.get(`voice.${language}`);
    return voices.find((voice) => voice.voiceURI === chosen) ?? voices.find((voice) => voice.localService);
  }

  /** @param {"ko" | "en"} language @param {string} uri */
  choose(language, uri) {
    kept.set(`voice.${language}`, uri);
  }

  /** Reads a text aloud, after what is being read. @param {string} text */
  say(text) {
    const words = spoken(text).trim();
    if (!this.engine || !words) return;
    const language = languageOf(words);
    const speech = new SpeechSynthesisUtterance(words);
    const voice = this.voice(language);
    if (voice) speech.voice = voice;
    speech.lang = voice?.lang ?? (language === "ko" ? "ko-KR" : "en-US");
    speech.addEventListener("start", () => this.#count(1));
    let begun = false;
    speech.addEventListener("start", () => (begun = true));
    for (const end of ["end", "error"]) speech.addEventListener(end, () => begun && this.#count(-1), { once: true });
    this.engine.speak(speech);
  }

  stop() {
    this.engine?.cancel();
    if (this.aloud) this.moved(false);
    this.aloud = 0;
  }

  /** @param {1 | -1} step */
  #count(step) {
    const before = this.aloud;
    this.aloud = Math.max(0, this.aloud + step);
    if (Boolean(before) !== Boolean(this.aloud)) this.moved(this.aloud > 0);
  }
}

export { LANGUAGES };
