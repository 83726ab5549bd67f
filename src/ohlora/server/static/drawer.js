// @ts-check
/** The drawer: one dialog with a tab for each thing that can be looked at or changed. Tabs are filled when they are shown. */

import { Refused } from "./ask.js";
import { byId, make, whole } from "./dom.js";
import { language, onLanguage, t } from "./i18n.js";

/**
 * One tab.
 * @typedef {object} Tab
 * @property {string} name - of the tab; its words are `tab_{name}`
 * @property {(body: HTMLElement) => void | Promise<void>} show - fills the body, anew each time
 * @property {() => void} [hide] - the tab is left
 */

export class Drawer {
  /** @param {Tab[]} tabs */
  constructor(tabs) {
    this.tabs = tabs;
    this.root = byId("drawer", HTMLDialogElement);
    this.list = byId("drawer-tabs", HTMLElement);
    this.body = byId("drawer-body", HTMLElement);
    this.current = tabs[0];
    /** @type {Element | null} */
    this.opener = null;
    this.list.append(...tabs.map((tab) => this.#button(tab)));
    byId("drawer-close", HTMLElement).addEventListener("click", () => this.root.close());
    this.root.addEventListener("click", (event) => {
      if (event.target === this.root) this.root.close();
    });
    this.root.addEventListener("close", () => this.current.hide?.());
    this.list.addEventListener("keydown", (event) => this.#key(event));
    onLanguage(() => {
      this.#words();
      if (this.root.open) this.refresh();
    });
  }

  /** @param {string} [name] */
  open(name = this.current.name) {
    if (!this.root.open) this.root.showModal();
    this.show(name);
  }

  get isOpen() {
    return this.root.open;
  }

  /** @param {string} name */
  show(name) {
    this.current.hide?.();
    this.current = this.tabs.find((tab) => tab.name === name) ?? this.current;
    this.refresh();
  }

  /** Fills the tab anew, where it is seen. @param {string} [name] */
  refresh(name = this.current.name) {
    if (!this.root.open || name !== this.current.name) return;
    this.#words();
    const tab = this.current;
    const body = make("div", `tab tab-${tab.name}`);
    this.body.replaceChildren(body);
    this.body.scrollTop = 0;
    Promise.resolve(tab.show(body)).catch((error) => body.replaceChildren(failure(error)));
  }

  #words() {
    for (const tab of this.tabs) {
      const button = byId(`tab-${tab.name}`, HTMLButtonElement);
      button.textContent = t(`tab_${tab.name}`);
      const chosen = tab === this.current;
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    }
    this.body.setAttribute("aria-labelledby", `tab-${this.current.name}`);
  }

  /** @param {Tab} tab */
  #button(tab) {
    const button = make("button", "tab-button");
    button.type = "button";
    button.id = `tab-${tab.name}`;
    button.setAttribute("role", "tab");
    button.setAttribute("aria-controls", "drawer-body");
    button.addEventListener("click", () => this.show(tab.name));
    return button;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = (this.tabs.indexOf(this.current) + step + this.tabs.length) % this.tabs.length;
    this.show(this.tabs[at].name);
    byId(`tab-${this.current.name}`, HTMLElement).focus();
  }
}

/** The sentence of a refusal, as a paragraph that is announced. @param {unknown} error */
export function failure(error) {
  if (!(error instanceof Refused)) throw error;
  const paragraph = make("p", "said bad", ...whole(error.sentence[language()]));
  paragraph.setAttribute("role", "alert");
  return paragraph;
}

/**
 * A button.
 * @param {string} words
 * @param {() => void | Promise<void>} pressed
 * @param {string} [kind] - class
 */
export function button(words, pressed, kind = "second") {
  const made = make("button", kind, words);
  made.type = "button";
  made.addEventListener("click", () => void pressed());
  return made;
}

/**
 * A labelled field.
 * @param {string} words
 * @param {HTMLElement} control
 * @param {string} [hint]
 */
export function field(words, control, hint = "") {
  const label = make("label", "field-name", words);
  control.id ||= `field-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  label.htmlFor = control.id;
  const made = make("div", "field", label, control);
  if (hint) {
    const note = make("p", "hint", hint);
    note.id = `${control.id}-hint`;
    control.setAttribute("aria-describedby", note.id);
    made.append(note);
  }
  return made;
}

/**
 * Does something that may be refused, and says the refusal in `where`.
 * @param {HTMLElement} where
 * @param {() => Promise<void>} work
 */
export async function attempt(where, work) {
  where.replaceChildren();
  try {
    await work();
  } catch (error) {
    where.replaceChildren(failure(error));
  }
}
