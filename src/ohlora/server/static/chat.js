// @ts-check
/**
 * The conversation as it is seen: messages, the reply as it streams, scrolling that leaves the reader in peace, and
 * finished sentences for screen readers. Holds no connection; app.js tells it what happens.
 */

import { icon, make, whole } from "./dom.js";
import { has, language, languageOf, moodOf, onLanguage, t } from "./i18n.js";
import { rendered, spoken } from "./markdown.js";

const NEAR_END_PX = 60;
const ANNOUNCED_KEPT = 6;
/** The end of a sentence: its mark, closing quotes, and a space or line end after them. */
const SENTENCE = /[\s\S]*?[.!?。！？…~]+["'”’)\]」』]*(?=\s)|[\s\S]*?\n/y;

/**
 * @typedef {{id: number, time: string, message: string, reply: string, ended_by: string, labels: Record<string, string>, limit?: Limit | null}} Kept
 */
/**
 * A limit of hers that a message touches; helplines where somebody thinks of dying.
 * @typedef {{category: string, helplines: {number: string, ko: string, en: string, hours: string}[]}} Limit
 */
/** @typedef {{id: number, key: string, value: string, what?: string}} Fact */
/** @typedef {{turn: string, message: string, time: string, reply: string, replaces: number | null, limit?: Limit | null}} Current */

/**
 * What can be done with a message.
 * @typedef {object} Actions
 * @property {(text: string) => void} say - sends a text again
 * @property {(kept: Kept) => void} why - explains an expression
 * @property {(text: string) => void} read - reads aloud
 * @property {(kept: Kept) => void} again - another answer
 * @property {(kept: Kept) => void} edit - the message back into the box
 * @property {(kept: Kept) => void} remove
 * @property {(facts: Fact[]) => Promise<boolean>} unlearn - forgets what was just remembered
 */

/**
 * One message and her answer, on the page.
 * @typedef {object} Shown
 * @property {string} id
 * @property {HTMLElement} group
 * @property {HTMLElement} mine
 * @property {HTMLElement} hers
 * @property {HTMLElement} words - the text of her reply
 * @property {HTMLElement} foot - under her reply: what the expression was, how it ended
 * @property {string} text - the message
 * @property {string} reply
 * @property {HTMLElement} actions - buttons
 * @property {HTMLElement} notes - what was recalled and remembered
 * @property {Kept | null} kept
 * @property {Kept[]} earlier - answers that were given before this one, as long as the page is open
 * @property {number} seen - which of the answers is shown, counted from 0
 * @property {number} announced - characters of the reply that were handed to screen readers
 */

export class Chat {
  /**
   * @param {HTMLElement} log
   * @param {HTMLElement} announcer
   * @param {HTMLElement} toEnd - the button that scrolls to the newest message
   * @param {Actions} actions
   */
  constructor(log, announcer, toEnd, actions) {
    this.log = log;
    this.announcer = announcer;
    this.toEnd = toEnd;
    this.actions = actions;
    /** @type {Kept[]} answers that the one under way takes the place of */
    this.replaced = [];
    /** @type {Shown[]} the kept turns on the page, oldest first */
    this.kept = [];
    /** @type {Map<string, Shown>} turns that are not yet kept, by id */
    this.open = new Map();
    this.following = true;
    this.height = log.clientHeight;
    /** Where the log was scrolled to when it was last looked at. */
    this.top = 0;
    this.scrollRequested = false;
    /** @type {HTMLElement | null} what stands above the first message: note, greeting, suggestions */
    this.opening = null;
    this.day = "";
    log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    toEnd.addEventListener("click", () => this.scrollToEnd());
    new ResizeObserver(() => {
      this.height = log.clientHeight;
      this.#follow();
    }).observe(log);
    onLanguage(() => this.#speakAgain());
  }

  /**
   * Shows the conversation anew: what is kept, then what is under way.
   * @param {Kept[]} turns
   * @param {Current | null} current
   */
  show(turns, current) {
    const failed = [...this.open.values()].filter((shown) => shown.group.classList.contains("failed"));
    this.open.clear();
    this.kept = [];
    this.day = "";
    this.log.replaceChildren(...(this.opening ? [this.opening] : []));
    for (const kept of turns) this.#finish(this.#add(`kept-${kept.id}`, kept.message, kept.time), kept);
    if (current?.replaces) this.#dropFrom(current.replaces, current.message);
    for (const shown of failed) {
      this.log.append(shown.group);
      this.open.set(shown.id, shown);
    }
    if (current) {
      const shown = this.#add(current.turn, current.message, current.time);
      this.open.set(current.turn, shown);
      this.#waiting(shown, true);
      if (current.limit) this.limited(current.turn, current.limit);
      if (current.reply) this.token(current.turn, current.reply);
    }
    this.#follow();
  }

  /** What stands above the first message. @param {HTMLElement | null} element */
  setOpening(element) {
    this.opening?.remove();
    this.opening = element;
    if (element) this.log.prepend(element);
    if (this.empty) this.log.scrollTop = 0;
    this.#follow();
  }

  get empty() {
    return !this.log.querySelector(".group");
  }

  /**
   * The user has sent a message; it is shown at once.
   * @param {string} id
   * @param {string} text
   */
  sent(id, text) {
    if (this.open.has(id)) return;
    const shown = this.#add(id, text, new Date().toISOString());
    shown.group.classList.add("sending");
    this.open.set(id, shown);
    this.#waiting(shown, true);
    this.scrollToEnd();
  }

  /**
   * The server has taken a message, from this page or another one.
   * @param {string} id
   * @param {string} text
   * @param {number | null} [replaces] - the kept turn in whose place it is said
   */
  accepted(id, text, replaces = null) {
    this.replaced = replaces ? this.#dropFrom(replaces, text) : [];
    this.sent(id, text);
    const shown = this.open.get(id);
    if (!shown) return;
    shown.group.classList.remove("sending");
    shown.text = text;
    setText(shown.mine, text);
  }

  /**
   * A piece of the reply.
   * @param {string} id
   * @param {string} text
   */
  token(id, text) {
    const shown = this.open.get(id);
    if (!shown) return;
    this.#waiting(shown, false);
    shown.reply += text;
    shown.words.append(text);
    shown.words.lang = languageOf(shown.reply);
    this.#announce(shown, false);
    this.#follow();
  }

  /**
   * The whole reply.
   * @param {string} id
   * @param {string} text
   */
  replied(id, text) {
    const shown = this.open.get(id);
    if (!shown) return;
    this.#waiting(shown, false);
    shown.reply = text;
    setRendered(shown.words, text);
    shown.group.classList.remove("streaming");
    this.#announce(shown, true);
    this.#follow();
  }

  /**
   * The turn is kept.
   * @param {string} id
   * @param {Kept} kept
   */
  finished(id, kept) {
    const shown = this.open.get(id);
    if (!shown) return;
    this.open.delete(id);
    shown.earlier = this.replaced;
    shown.seen = this.replaced.length;
    this.replaced = [];
    this.#finish(shown, kept);
    this.#follow();
  }

  /**
   * The turn failed; the message can be sent again.
   * @param {string} id
   * @param {() => string} sentence - says why, in the language of the page
   */
  failed(id, sentence) {
    const shown = this.open.get(id);
    if (!shown) return false;
    this.#waiting(shown, false);
    shown.group.classList.remove("sending", "streaming");
    shown.group.classList.add("failed");
    const again = make("button", "link", icon("again"), make("span", "", t("again")));
    again.type = "button";
    again.addEventListener("click", () => {
      this.open.delete(id);
      shown.group.remove();
      this.actions.say(shown.text);
    });
    const why = make("p", "why", ...whole(sentence()));
    why.setAttribute("role", "alert");
    shown.hers.replaceChildren(why, again);
    respoken(shown.group, () => {
      why.replaceChildren(...whole(sentence()));
      again.lastElementChild?.replaceChildren(t("again"));
    });
    this.#follow();
    return true;
  }

  /** Messages sent whose acceptance was never heard. @returns {{id: string, text: string}[]} */
  unconfirmed() {
    return [...this.open.values()]
      .filter((shown) => shown.group.classList.contains("sending"))
      .map(({ id, text }) => ({ id, text }));
  }

  /** Takes a message off the page. @param {string} id */
  remove(id) {
    this.open.get(id)?.group.remove();
    this.open.delete(id);
  }

  /** The newest kept turn, null where there is none. */
  get last() {
    return this.kept.at(-1)?.kept ?? null;
  }

  /** What was said last, for captions. */
  get lastWords() {
    const shown = [...this.open.values()].at(-1) ?? this.kept.at(-1);
    return { mine: shown?.text ?? "", hers: spoken(shown?.reply ?? "") };
  }

  scrollToEnd() {
    this.following = true;
    this.top = this.log.scrollTop; // what the reader scrolled before this counts no more, although its event may still come
    this.toEnd.hidden = true;
    this.#follow();
  }

  /**
   * @param {string} id
   * @param {string} text
   * @param {string} time
   * @returns {Shown}
   */
  #add(id, text, time) {
    const moment = new Date(time);
    this.#dayMark(moment);
    const mine = make("p", "bubble mine");
    setText(mine, text);
    const words = make("div", "words");
    const foot = make("p", "foot");
    const actions = make("div", "actions");
    const notes = make("div", "notes");
    const hers = make("div", "bubble hers", words);
    const clock = make("time", "clock");
    clock.dateTime = time;
    const group = make("article", "group", make("div", "row right", clock, mine), make("div", "row left", hers), make("div", "under", foot, actions), notes);
    respoken(group, () => {
      clock.textContent = moment.toLocaleTimeString(language(), { hour: "numeric", minute: "2-digit" });
    });
    this.log.append(group);
    return { id, group, mine, hers, words, foot, actions, notes, text, reply: "", kept: null, earlier: [], seen: 0, announced: 0 };
  }

  /** @param {Date} moment */
  #dayMark(moment) {
    const day = moment.toDateString();
    if (day === this.day) return;
    this.day = day;
    const mark = make("p", "day");
    respoken(mark, () => {
      mark.textContent = dayName(moment);
    });
    this.log.append(mark);
  }

  /**
   * @param {Shown} shown
   * @param {Kept} kept
   */
  #finish(shown, kept) {
    this.#waiting(shown, false);
    shown.group.classList.remove("sending", "streaming");
    setText(shown.mine, kept.message);
    shown.kept = kept;
    shown.text = kept.message;
    shown.reply = kept.reply;
    if (kept.limit) this.#limit(shown, kept.limit);
    const before = this.kept.at(-1);
    this.kept.push(shown);
    if (before) this.#showActions(before);
    respoken(shown.foot, () => this.#showAnswer(shown));
  }

  /** The answer that is chosen, and what goes with it. @param {Shown} shown */
  #showAnswer(shown) {
    const answer = [...shown.earlier, shown.kept][shown.seen];
    if (!answer) return;
    setRendered(shown.words, answer.reply || t("no_words"));
    const ended = `ended_${answer.ended_by}`;
    shown.foot.replaceChildren(
      make("span", "mood", moodOf(answer.labels)),
      ...(has(ended) ? [make("span", "ended", t(ended))] : []),
      ...(answer === shown.kept ? [] : [make("span", "ended", t("version_old"))]),
    );
    this.#showActions(shown);
  }

  /** The buttons under an answer. @param {Shown} shown */
  #showActions(shown) {
    const { kept } = shown;
    const answer = [...shown.earlier, kept][shown.seen];
    if (!kept || !answer) return;
    const last = this.kept.at(-1) === shown;
    const act = (/** @type {string} */ name, /** @type {string} */ picture, /** @type {string} */ words, /** @type {() => void} */ work) => {
      const button = make("button", "act", icon(picture));
      button.type = "button";
      button.dataset.act = name;
      button.title = t(words);
      button.setAttribute("aria-label", t(words));
      button.addEventListener("click", work);
      return button;
    };
    const buttons = [
      act("copy", "copy", "copy", () => void this.#copy(shown)),
      act("why", "why", "why", () => this.actions.why(answer)),
    ];
    if ("speechSynthesis" in window) buttons.push(act("read", "voice", "read_aloud", () => this.actions.read(answer.reply)));
    if (last) buttons.push(act("again", "again", "regenerate", () => this.actions.again(kept)));
    buttons.push(act("edit", "edit", "edit", () => this.actions.edit(kept)));
    buttons.push(act("remove", "bin", "remove", () => this.actions.remove(kept)));
    const all = shown.earlier.length + 1;
    if (all > 1) {
      const of = make("span", "versions", `${shown.seen + 1}/${all}`);
      of.title = t("version_of", { n: shown.seen + 1, all });
      const turnTo = (/** @type {number} */ step) => {
        shown.seen += step;
        this.#showAnswer(shown);
        const name = step < 0 ? "earlier" : "later";
        /** @type {HTMLElement | null} */ (shown.actions.querySelector(`[data-act=${name}]:enabled`) ?? shown.actions.querySelector("[data-act=copy]"))?.focus();
      };
      const earlier = act("earlier", "left", "version_before", () => turnTo(-1));
      const later = act("later", "right", "version_after", () => turnTo(1));
      earlier.disabled = shown.seen === 0;
      later.disabled = shown.seen === all - 1;
      shown.actions.replaceChildren(earlier, of, later, ...buttons);
      return;
    }
    shown.actions.replaceChildren(...buttons);
  }

  /** @param {Shown} shown */
  async #copy(shown) {
    try {
      await navigator.clipboard.writeText(shown.words.innerText);
    } catch {
      return; // not allowed here (plain http on another machine): the text can still be selected
    }
    const said = make("span", "copied", t("copied"));
    said.setAttribute("role", "status");
    shown.actions.append(said);
    setTimeout(() => said.remove(), 1600);
  }

  /**
   * Takes a kept turn and all after it off the page; returns its answers, where it is the same message.
   * @param {number} id
   * @param {string} text
   */
  #dropFrom(id, text) {
    const at = this.kept.findIndex((shown) => shown.kept?.id === id);
    if (at < 0) return [];
    const gone = this.kept.splice(at);
    for (const shown of gone) shown.group.remove();
    const [first] = gone;
    return first.kept && first.text === text ? [...first.earlier, first.kept] : [];
  }

  /** Turns were erased. @param {number[]} ids */
  deleted(ids) {
    for (const shown of this.kept.filter(({ kept }) => kept && ids.includes(kept.id))) shown.group.remove();
    this.kept = this.kept.filter(({ kept }) => !kept || !ids.includes(kept.id));
    const last = this.kept.at(-1);
    if (last) this.#showActions(last);
  }

  /**
   * A limit of hers that the message touches.
   * @param {string} id
   * @param {Limit} limit
   */
  limited(id, limit) {
    const shown = this.open.get(id);
    if (!shown) return;
    this.#limit(shown, limit);
    this.#follow();
  }

  /**
   * @param {Shown} shown
   * @param {Limit} limit
   */
  #limit(shown, { category, helplines }) {
    if (shown.notes.querySelector("[data-limit]")) return;
    const note = make("p", helplines.length ? "memo care" : "memo");
    note.dataset.limit = category;
    note.setAttribute("role", "status");
    respoken(note, () => {
      if (!helplines.length) {
        note.replaceChildren(icon("shield"), t("limit_kept", { what: t(`limit_${category}`) }));
        return;
      }
      const lines = helplines.map((line) => {
        const where = make("a", "", line.number);
        const call = /^[\d\s-]+$/.test(line.number);
        where.href = call ? `tel:${line.number.replace(/\D/g, "")}` : `https://${line.number}`;
        if (!call) {
          where.target = "_blank";
          where.rel = "noopener noreferrer";
        }
        return make("span", "helpline", `${line[language()]} `, where, line.hours === "24h" ? ` ${t("helpline_always")}` : "");
      });
      note.replaceChildren(icon("heart"), t("helplines"), ...lines);
    });
    shown.notes.prepend(note);
  }

  /**
   * What she recalled for an answer.
   * @param {string} id
   * @param {Fact[]} facts
   */
  recalled(id, facts) {
    const shown = this.open.get(id);
    if (!shown || !facts.length) return;
    const note = make("p", "memo");
    respoken(note, () => note.replaceChildren(icon("spark"), make("span", "told", t("recalled", { facts: listed(facts) }))));
    shown.notes.append(note);
    this.#follow();
  }

  /**
   * What she remembered from a message; it can be taken back.
   * @param {string} id
   * @param {Fact[]} facts
   */
  remembered(id, facts) {
    const shown = this.open.get(id);
    const fresh = facts.filter(({ what }) => what === "recorded");
    if (!shown || !fresh.length) return;
    const note = make("p", "memo");
    const undo = make("button", "link");
    undo.type = "button";
    undo.dataset.act = "unlearn";
    let gone = false;
    undo.addEventListener("click", async () => {
      gone = await this.actions.unlearn(fresh);
      show();
    });
    const show = () => {
      undo.textContent = t("undo");
      undo.hidden = gone;
      note.replaceChildren(icon("pin"), make("span", "told", t(gone ? "unlearnt" : "remembered", { facts: listed(fresh) })), undo);
    };
    note.setAttribute("role", "status");
    respoken(note, show);
    shown.notes.append(note);
    this.#follow();
  }

  /**
   * @param {Shown} shown
   * @param {boolean} yes
   */
  #waiting(shown, yes) {
    shown.group.classList.toggle("waiting", yes);
    shown.group.classList.toggle("streaming", !yes);
  }

  /**
   * Hands finished sentences to screen readers, each once.
   * @param {Shown} shown
   * @param {boolean} whole - the reply has ended: the rest counts as a sentence
   */
  #announce(shown, whole) {
    const say = (/** @type {string} */ sentence) => {
      if (!sentence.trim()) return;
      const line = make("p", "", spoken(sentence).trim());
      line.lang = languageOf(sentence);
      this.announcer.append(line);
      while (this.announcer.childElementCount > ANNOUNCED_KEPT) this.announcer.firstElementChild?.remove();
    };
    for (;;) {
      SENTENCE.lastIndex = shown.announced;
      const found = SENTENCE.exec(shown.reply);
      if (!found || !found[0]) break;
      shown.announced += found[0].length;
      say(found[0]);
    }
    if (whole) {
      say(shown.reply.slice(shown.announced));
      shown.announced = shown.reply.length;
    }
  }

  #scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.log;
    const up = scrollTop < this.top;
    this.top = scrollTop;
    // Not the reader: the room has become another (a keyboard came up), and the observer has not yet been told.
    if (clientHeight !== this.height) return;
    const near = scrollHeight - clientHeight - scrollTop < NEAR_END_PX;
    // Words that came meanwhile put the end farther away, which is not the reader leaving it.
    if (near || this.empty) this.following = true;
    else if (up) this.following = false;
    if (this.following) this.toEnd.hidden = true;
  }

  /** Keeps the end in sight for a reader who is there; tells one who reads above that there is more. */
  #follow() {
    if (this.empty) return; // what stands above the first message is read from its start
    if (!this.following) {
      this.toEnd.hidden = false;
      return;
    }
    if (this.scrollRequested) return;
    this.scrollRequested = true;
    requestAnimationFrame(() => {
      this.scrollRequested = false;
      // The reader may have scrolled up since it was asked for.
      if (!this.following) return;
      this.log.scrollTop = this.log.scrollHeight;
      this.top = this.log.scrollTop; // its event may be one with that of the reader scrolling up
    });
  }

  #speakAgain() {
    for (const element of this.log.querySelectorAll("*")) speakers.get(element)?.();
  }
}

/** @type {WeakMap<Element, () => void>} how an element shows its words in the language of the page */
const speakers = new WeakMap();

/**
 * Shows words now and after every change of language, as long as the element is on the page.
 * @param {Element} element
 * @param {() => void} show
 */
function respoken(element, show) {
  const before = speakers.get(element);
  speakers.set(element, () => {
    before?.();
    show();
  });
  show();
}

/**
 * @param {HTMLElement} element
 * @param {string} text
 */
function setText(element, text) {
  element.textContent = text;
  element.lang = languageOf(text);
}

/**
 * Her words: Markdown's small safe part; what the user wrote stays as it was written.
 * @param {HTMLElement} element
 * @param {string} text
 */
function setRendered(element, text) {
  element.replaceChildren(...rendered(text));
  element.lang = languageOf(text);
}

/** @param {Fact[]} facts */
const listed = (facts) => facts.map(({ key, value }) => `${key}: ${value}`).join(", ");

/** @param {Date} moment */
function dayName(moment) {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(moment).setHours(0, 0, 0, 0)) / 86_400_000);
  if (days === 0) return t("today");
  if (days === 1) return t("yesterday");
  return moment.toLocaleDateString(language(), { year: "numeric", month: "long", day: "numeric", weekday: "short" });
}
