// @ts-check
/**
 * The face panel: her face set by hand, in σ within what she reaches, by sliders or by the labels her words use; what is
 * measured on the picture then; how lively she idles and how large her picture is. One picture is drawn for all pages, so
 * all pages see it.
 */

import { ask, Refused } from "./ask.js";
import { byId, make } from "./dom.js";
import { has, language, onLanguage, t } from "./i18n.js";

const STEP = 0.05;
/** Sliders are let rest for so long before the picture is measured. */
const MEASURE_AFTER_MS = 350;
/** Farther from what was asked than this, a measured score is marked. */
const OFF = 0.25;
const MOST_LIVELY = 2;
const SIZES = [256, 512, 1024];

/** @typedef {{low: number, high: number, rest: number}} Limits */
/** @typedef {Record<string, number>} Scores */
/** @typedef {{attributes: Record<string, Limits>, presets: Record<string, Record<string, Scores>>, posed: Scores | null}} Controls */
/** @typedef {{idle: number, size: number, progress: number | null, error: {ko: string, en: string} | null}} Settings */
/** @typedef {{slider: HTMLInputElement, asked: HTMLElement, measured: HTMLElement, name: HTMLElement, ends: HTMLElement}} Row */

export class Panel {
  /**
   * @param {(message: object) => boolean} send - over /ws/face
   * @param {() => string} unavailable - why there is nothing to set now, "" where there is
   */
  constructor(send, unavailable) {
    this.send = send;
    this.unavailable = unavailable;
    this.root = byId("face-panel", HTMLElement);
    this.opener = byId("face-open", HTMLButtonElement);
    this.body = byId("face-body", HTMLElement);
    this.note = byId("face-note", HTMLElement);
    /** @type {Controls | null} */
    this.controls = null;
    /** @type {Scores} what the face is set to; what is missing is at rest */
    this.scores = {};
    /** @type {Record<string, number> | null} */
    this.measured = null;
    /** @type {(() => string) | null} */
    this.said = null;
    /** @type {Record<string, Row>} */
    this.rows = {};
    /** @type {HTMLButtonElement[]} */
    this.presets = [];
    /** @type {Settings | null} */
    this.settings = null;
    this.idle = byId("face-idle", HTMLInputElement);
    this.idle.max = String(MOST_LIVELY);
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.calm.addEventListener("change", () => this.#showSettings());
    this.sizes = SIZES.map((size) => {
      const button = make("button", "size", `${size}²`);
      button.type = "button";
      button.dataset.size = String(size);
      button.setAttribute("aria-label", t("face_pixels", { n: size }));
      button.addEventListener("click", () => void this.#settle({ size }));
      return button;
    });
    byId("face-sizes", HTMLElement).replaceChildren(...this.sizes);
    this.idle.addEventListener("input", () => this.#showIdle(Number(this.idle.value)));
    this.idle.addEventListener("change", () => void this.#settle({ idle: Number(this.idle.value) }));
    this.requested = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.opener.addEventListener("click", () => (this.open ? this.close() : this.show()));
    byId("face-close", HTMLElement).addEventListener("click", () => this.close());
    byId("face-reset", HTMLElement).addEventListener("click", () => this.reset());
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
    onLanguage(() => this.#words());
  }

  get open() {
    return !this.root.hidden;
  }

  show() {
    this.root.hidden = false;
    this.opener.setAttribute("aria-expanded", "true");
    this.refresh();
    byId("face-title", HTMLElement).focus();
  }

  /** Closes the panel; her face stays as it was set until she speaks or is reset. */
  close() {
    this.root.hidden = true;
    this.opener.setAttribute("aria-expanded", "false");
    this.opener.focus();
  }

  /** Asks the server anew: the connection came back, or her face has been loaded. */
  refresh() {
    if (!this.open) return;
    const reason = this.unavailable();
    if (reason || !this.send({ type: "controls" })) {
      this.controls = null;
      this.body.hidden = true;
      this.#say(() => this.unavailable() || t("not_connected"));
    }
  }

  /** Her face was let go by the server: she speaks. */
  letGo() {
    if (!Object.keys(this.scores).length) return;
    this.scores = {};
    this.measured = null;
    this.#show();
  }

  reset() {
    this.letGo();
    this.send({ type: "pose", scores: null });
    this.#measureSoon();
  }

  /** How things stand: every page is told when one has changed something. @param {Settings} settings */
  settled(settings) {
    this.settings = settings;
    this.#showSettings();
  }

  /** @param {{idle?: number, size?: number}} wanted */
  async #settle(wanted) {
    try {
      this.settled(await ask("PUT", "/api/face", wanted));
      this.#say(null);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { sentence } = error;
      this.#say(() => sentence[language()]);
      this.#showSettings();
    }
  }

  #showSettings() {
    if (!this.settings) return;
    const { idle, size, progress, error } = this.settings;
    if (document.activeElement !== this.idle || Number(this.idle.value) === idle) this.idle.value = String(idle);
    this.#showIdle(Number(this.idle.value));
    for (const button of this.sizes) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.size) === size));
      button.setAttribute("aria-label", t("face_pixels", { n: button.dataset.size ?? "" }));
      // Not `disabled`: the focus of who uses the keyboard would be lost.
      button.setAttribute("aria-disabled", String(progress !== null));
    }
    const note = progress !== null ? t("face_sizing", { n: Math.floor(100 * progress) }) : error ? error[language()] : t("face_size_hint");
    const where = byId("face-size-note", HTMLElement);
    if (where.textContent !== note) where.textContent = note;
    where.classList.toggle("bad", progress === null && Boolean(error));
    byId("face-idle-note", HTMLElement).textContent = t(this.calm.matches ? "face_idle_calm" : "face_idle_hint");
  }

  /** @param {number} idle */
  #showIdle(idle) {
    const words = idle === 0 ? t("face_still") : `${Math.round(100 * idle)} %`;
    byId("face-idle-value", HTMLElement).textContent = words;
    this.idle.setAttribute("aria-valuetext", words);
  }

  /** @param {any} message - one of /ws/face */
  heard(message) {
    if (message.type === "controls") {
      this.controls = message;
      this.scores = {};
      for (const [name, score] of Object.entries(message.posed ?? {})) {
        if (Math.abs(score - message.attributes[name]?.rest) > STEP / 2) this.scores[name] = score;
      }
      this.body.hidden = false;
      this.#say(null);
      this.#build();
      this.#measureSoon();
    } else if (message.type === "measured") {
      if (!this.#asks(message.asked)) return; // her face was set anew meanwhile: another answer comes
      this.measured = message.scores;
      this.#say(null);
      this.#show();
    } else if (message.type === "error" && this.open) {
      this.measured = null;
      this.#say(() => message[document.documentElement.lang === "ko" ? "ko" : "en"]);
      this.#show();
    }
  }

  /**
   * Whether these are the scores the face is set to now.
   * @param {Scores} asked
   */
  #asks(asked) {
    return Object.entries(this.controls?.attributes ?? {}).every(
      ([name, { rest }]) => !(name in asked) || Math.abs(asked[name] - (this.scores[name] ?? rest)) < STEP / 2,
    );
  }

  #build() {
    const { attributes, presets } = /** @type {Controls} */ (this.controls);
    this.rows = {};
    this.presets = [];
    const groups = Object.entries(presets).map(([part, labels]) => {
      const legend = make("span", "preset-name");
      legend.id = `preset-${part}`;
      legend.dataset.part = part;
      const buttons = Object.keys(labels).map((label) => {
        const button = make("button", "preset");
        button.type = "button";
        button.dataset.part = part;
        button.dataset.label = label;
        button.addEventListener("click", () => this.#take(labels[label]));
        this.presets.push(button);
        return button;
      });
      const group = make("div", "preset-row", legend, make("div", "preset-set", ...buttons));
      group.setAttribute("role", "group");
      group.setAttribute("aria-labelledby", legend.id);
      return group;
    });
    const sliders = Object.entries(attributes).map(([name, limits]) => this.#row(name, limits));
    byId("face-presets", HTMLElement).replaceChildren(...groups);
    byId("face-sliders", HTMLElement).replaceChildren(...sliders);
    this.#words();
  }

  /**
   * @param {string} name
   * @param {Limits} limits
   */
  #row(name, limits) {
    const slider = make("input", "score");
    slider.type = "range";
    slider.id = `score-${name}`;
    slider.min = String(limits.low);
    slider.max = String(limits.high);
    slider.step = "any";
    slider.addEventListener("input", () => this.#take({ [name]: Number(slider.value) }));
    // With step "any" the arrow keys would move by a hundredth of the range: a tenth of a σ is what one sees.
    slider.addEventListener("keydown", (event) => {
      const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5 }[event.key];
      if (!way) return;
      event.preventDefault();
      this.#take({ [name]: Number(slider.value) + 0.1 * way });
    });
    const label = make("label", "score-name");
    label.htmlFor = slider.id;
    const asked = make("output", "asked");
    asked.htmlFor = slider.id;
    const measured = make("span", "measured");
    const ends = make("span", "ends");
    this.rows[name] = { slider, asked, measured, name: label, ends };
    return make("div", "score-row", label, asked, slider, ends, measured);
  }

  /** @param {Scores} scores */
  #take(scores) {
    const { attributes } = /** @type {Controls} */ (this.controls);
    for (const [name, score] of Object.entries(scores)) {
      const { low, high } = attributes[name];
      this.scores[name] = Math.min(high, Math.max(low, score));
    }
    this.measured = null;
    this.#show();
    if (!this.requested) {
      this.requested = true;
      requestAnimationFrame(() => {
        this.requested = false;
        this.send({ type: "pose", scores: this.scores });
      });
    }
    this.#measureSoon();
  }

  #measureSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.open) this.send({ type: "measure" });
    }, MEASURE_AFTER_MS);
  }

  /** @param {(() => string) | null} sentence */
  #say(sentence) {
    this.said = sentence;
    this.note.textContent = sentence?.() ?? t("face_note");
    this.note.classList.toggle("bad", Boolean(sentence));
  }

  #words() {
    for (const [name, row] of Object.entries(this.rows)) {
      row.name.textContent = has(`attribute_${name}`) ? t(`attribute_${name}`) : name;
    }
    for (const legend of /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll(".preset-name"))) {
      legend.textContent = t(`part_${legend.dataset.part}`);
    }
    for (const button of this.presets) {
      const key = `label_${button.dataset.part}_${button.dataset.label}`;
      button.textContent = has(key) ? t(key) : button.dataset.label ?? "";
    }
    this.#say(this.said);
    this.#show();
    this.#showSettings();
  }

  #show() {
    if (!this.controls) return;
    const { attributes, presets } = this.controls;
    for (const [name, row] of Object.entries(this.rows)) {
      const { low, high, rest } = attributes[name];
      const score = this.scores[name] ?? rest;
      row.slider.value = String(score);
      row.slider.setAttribute("aria-valuetext", `${sigma(score)} σ`);
      row.asked.textContent = `${sigma(score)} σ`;
      row.ends.textContent = t("face_ends", { low: sigma(low), high: sigma(high) });
      const found = this.measured?.[name];
      row.measured.textContent = found === undefined ? "" : t("face_measured", { n: sigma(found) });
      row.measured.classList.toggle("off", found !== undefined && Math.abs(found - score) > OFF);
    }
    for (const button of this.presets) {
      const wanted = Object.entries(presets[button.dataset.part ?? ""]?.[button.dataset.label ?? ""] ?? {});
      const taken = wanted.every(([name, score]) => Math.abs((this.scores[name] ?? attributes[name].rest) - score) < STEP / 2);
      button.setAttribute("aria-pressed", String(taken));
    }
  }
}

/** A score with its sign and a real minus. @param {number} score */
function sigma(score) {
  const text = Math.abs(score).toFixed(2);
  return `${score < 0 && Number(text) !== 0 ? "−" : "+"}${text}`;
}
