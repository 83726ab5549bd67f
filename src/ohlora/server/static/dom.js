// @ts-check
/** Small helpers for the document. Text becomes text, never markup. */

/**
 * The element of an id, of a known kind.
 * @template {Element} T
 * @param {string} id
 * @param {new (...args: never[]) => T} kind
 * @returns {T}
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`);
  return found;
}

/**
 * A new element with a class and children; a string child becomes a text node.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} [className]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/**
 * A sentence whose options (`--llm`) are not broken at the end of a line.
 * @param {string} sentence
 * @returns {(Node | string)[]}
 */
export function whole(sentence) {
  return sentence.split(/(--[a-z][a-z-]*)/).map((part, n) => (n % 2 ? make("span", "whole", part) : part));
}

/**
 * One of the icons defined in index.html.
 * @param {string} name
 */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** What the browser keeps for this page; a browser that keeps nothing is no error. */
export const kept = {
  /** @param {string} key @returns {string | null} */
  get(key) {
    try { return localStorage.getItem(`ohlora.${key}`); } catch { return null; }
  },
  /** @param {string} key @param {string} value */
  set(key, value) {
    try { localStorage.setItem(`ohlora.${key}`, value); } catch { /* private mode */ }
  },
};
