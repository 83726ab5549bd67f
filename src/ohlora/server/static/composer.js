// @ts-check
/**
 * Where the user writes. Enter sends, Shift+Enter breaks the line, Esc stops her; the box grows with the text.
 *
 * Input methods. While a syllable is being composed, browsers and systems disagree on Enter:
 *   Chrome on Windows, Linux   keydown (composing), compositionend, then a line break is inserted
 *   Chrome on macOS            keydown (composing), compositionend, a second keydown that is not composing
 *   Safari                     compositionend, then keydown with key code 229
 * In Korean the user means "send" in all of them, with the last syllable, once. In Japanese and Chinese, Enter chooses a
 * candidate and must send nothing. So: when Enter is pressed on a Hangul composition, the text is sent after the
 * composition has ended; whatever else the same key press brings finds nothing to send or is prevented.
 */

import { onLanguage, t } from "./i18n.js";

const HANGUL = /[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]$/;
/** Events of one key press come within this time. */
const SAME_PRESS_MS = 120;
const COUNT_FROM = 0.8;

export class Composer {
  /**
   * @param {HTMLTextAreaElement} box
   * @param {HTMLElement} count
   * @param {{send: (text: string) => boolean, stop: () => void, typing: () => void, editLast: () => void}} actions - `send`
   *   returns whether the text was taken; if not, it stays in the box. `editLast`: the up key in the empty box
   */
  constructor(box, count, actions) {
    this.box = box;
    this.count = count;
    this.actions = actions;
    this.limit = Infinity;
    this.composed = "";
    this.sendWhenComposed = false;
    this.composedAt = -Infinity;
    this.sentAt = -Infinity;
    box.addEventListener("compositionstart", () => {
      this.composed = "";
    });
    box.addEventListener("compositionupdate", (event) => {
      this.composed = event.data;
    });
    box.addEventListener("compositionend", (event) => this.#composed(event));
    box.addEventListener("keydown", (event) => this.#key(event));
    box.addEventListener("beforeinput", (event) => {
      const breaks = event.inputType === "insertLineBreak" || event.inputType === "insertParagraph";
      const same = performance.now() - this.sentAt < SAME_PRESS_MS;
      if (breaks && (same || this.sendWhenComposed)) event.preventDefault();
    });
    box.addEventListener("input", () => {
      this.#fit();
      this.actions.typing();
    });
    onLanguage(() => this.#fit());
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "ArrowUp" && !event.isComposing && !this.box.value) {
      event.preventDefault();
      this.actions.editLast();
      return;
    }
    // An input method that handles the key itself hides its name (key "Process") but not its place.
    const hidden = event.keyCode === 229 && (event.code === "Enter" || event.code === "NumpadEnter");
    if ((event.key !== "Enter" && !hidden) || event.shiftKey) return;
    const now = performance.now();
    if (event.isComposing) {
      this.sendWhenComposed = HANGUL.test(this.composed);
      return;
    }
    event.preventDefault();
    if (event.keyCode === 229) {
      // Safari: the composition has just ended. After anything but Hangul the key only ended it.
      if (now - this.composedAt < SAME_PRESS_MS && !HANGUL.test(this.composed)) return;
    }
    // The same key press again, after the text has gone: it is not a second message, and not an empty one.
    if (now - this.sentAt < SAME_PRESS_MS && !this.box.value.trim()) return;
    this.send();
  }

  /** @param {CompositionEvent} event */
  #composed(event) {
    this.composed = event.data || this.composed;
    this.composedAt = performance.now();
    if (!this.sendWhenComposed) return;
    // The box holds the last syllable only after this event; the line break that may follow is prevented above.
    setTimeout(() => {
      this.sendWhenComposed = false;
      if (this.box.value.trim()) this.send();
    });
  }

  /** Hands over the text; it stays in the box where it is not taken. */
  send() {
    const text = this.box.value.trim();
    if (!text) {
      this.box.focus();
      return;
    }
    if (!this.actions.send(text)) return;
    this.sentAt = performance.now();
    this.box.value = "";
    this.#fit();
  }

  /** Puts a text into the box, in front of what is there. @param {string} text */
  put(text) {
    this.box.value = [text, this.box.value].filter(Boolean).join("\n");
    this.#fit();
  }

  /** Puts a text into the box in place of what is there, with the cursor behind it. @param {string} text */
  replace(text) {
    this.box.value = text;
    this.#fit();
    this.box.focus();
    this.box.setSelectionRange(text.length, text.length);
  }

  get empty() {
    return !this.box.value.trim();
  }

  #fit() {
    this.box.style.height = "auto";
    this.box.style.height = `${this.box.scrollHeight}px`;
    const n = [...this.box.value].length;
    const near = n >= COUNT_FROM * this.limit;
    this.count.textContent = near ? t("count", { n: n.toLocaleString(), max: this.limit.toLocaleString() }) : "";
    this.count.classList.toggle("over", n > this.limit);
  }
}
