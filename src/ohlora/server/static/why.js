// @ts-check
/** "Why this expression?": the labels her words were given, what each of them moves, and how it came about. */

import { byId, make } from "./dom.js";
import { has, languageOf, moodOf, t } from "./i18n.js";
import { rendered } from "./markdown.js";

/**
 * @param {import("./chat.js").Kept} turn
 * @param {Record<string, Record<string, Record<string, number>>>} offsets - part → label → attribute → σ
 * @param {number} seconds - how long it is held
 */
export function showWhy(turn, offsets, seconds) {
  const rows = Object.entries(turn.labels).map(([part, label]) => {
    const moved = Object.entries(offsets[part]?.[label] ?? {}).filter(([, sigma]) => sigma);
    const effect = moved.length
      ? moved.map(([name, sigma]) => `${has(`attribute_${name}`) ? t(`attribute_${name}`) : name} ${t("why_moves", { n: signed(sigma) })}`).join(", ")
      : t("why_rest");
    const words = has(`label_${part}_${label}`) ? t(`label_${part}_${label}`) : label;
    return make("tr", "", header(t(`part_${part}`)), make("td", "strong", words), make("td", "hint", effect));
  });
  const quote = make("blockquote", "words", ...rendered(turn.reply));
  quote.lang = languageOf(turn.reply);
  byId("why-body", HTMLElement).replaceChildren(
    make("p", "strong", moodOf(turn.labels)),
    make("p", "hint", t("why_said")),
    quote,
    make("table", "why-table", make("tbody", "", ...rows)),
    make("p", "hint", t("why_how", { s: seconds })),
  );
  byId("why", HTMLDialogElement).showModal();
}

/** @param {string} words */
function header(words) {
  const cell = make("th", "", words);
  cell.scope = "row";
  return cell;
}

/** @param {number} sigma */
function signed(sigma) {
  return `${sigma < 0 ? "−" : "+"}${Math.abs(sigma).toFixed(1)}`;
}
