// @ts-check
/**
 * A small part of Markdown as elements: paragraphs, line breaks, **bold**, *italic*, `code`, code blocks, lists, headings as
 * bold lines. Everything else stays text. Links stay text too: what a model writes is not a place to be led to. Elements are
 * made one by one, never from markup, so there is nothing to escape.
 */

import { make } from "./dom.js";

const INLINE = /`([^`\n]+)`|\*\*(?=\S)([^\n]+?)(?<=\S)\*\*|(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=\S)\*(?![\w*])/g;
const ITEM = /^\s{0,3}(?:([-*•])|(\d{1,3})[.)])\s+(.*)$/;
const HEADING = /^#{1,6}\s+(.*)$/;
const FENCE = /^\s*```/;
const LONGEST = 20_000;

/**
 * The elements of a text.
 * @param {string} text
 * @returns {Node[]}
 */
export function rendered(text) {
  if (text.length > LONGEST) return [document.createTextNode(text)];
  /** @type {Node[]} */
  const blocks = [];
  /** @type {string[]} */
  let lines = [];
  const flush = () => {
    while (lines.length && !lines[0].trim()) lines.shift();
    while (lines.length && !lines[lines.length - 1].trim()) lines.pop();
    if (lines.length) blocks.push(make("p", "", ...inlines(lines.join("\n"))));
    lines = [];
  };
  const all = text.split("\n");
  for (let at = 0; at < all.length; at++) {
    const line = all[at];
    if (FENCE.test(line)) {
      flush();
      const end = all.findIndex((one, n) => n > at && FENCE.test(one));
      const stop = end < 0 ? all.length : end;
      blocks.push(make("pre", "", make("code", "", all.slice(at + 1, stop).join("\n"))));
      at = stop;
    } else if (ITEM.test(line)) {
      flush();
      const ordered = Boolean(ITEM.exec(line)?.[2]);
      const list = make(ordered ? "ol" : "ul");
      if (ordered) list.setAttribute("start", ITEM.exec(line)?.[2] ?? "1");
      for (; at < all.length; at++) {
        const item = ITEM.exec(all[at]);
        if (!item || Boolean(item[2]) !== ordered) break;
        list.append(make("li", "", ...inlines(item[3])));
      }
      at -= 1;
      blocks.push(list);
    } else if (HEADING.test(line)) {
      flush();
      blocks.push(make("p", "", make("strong", "", HEADING.exec(line)?.[1] ?? "")));
    } else if (!line.trim()) {
      flush();
    } else {
      lines.push(line);
    }
  }
  flush();
  return blocks;
}

/** @param {string} text @returns {(Node | string)[]} */
function inlines(text) {
  /** @type {(Node | string)[]} */
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    parts.push(text.slice(at, match.index));
    const [whole, code, bold, italic] = match;
    if (code !== undefined) parts.push(make("code", "", code));
    else if (bold !== undefined) parts.push(make("strong", "", ...inlines(bold)));
    else parts.push(make("em", "", italic));
    at = match.index + whole.length;
  }
  parts.push(text.slice(at));
  return parts.filter((part) => part !== "");
}

/** The text without its marks, as it is read aloud. @param {string} text */
export function spoken(text) {
  return rendered(text).map((node) => node.textContent ?? "").join("\n");
}
