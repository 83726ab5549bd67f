// @ts-check
/** The tab of her card: seen, edited, taken out, brought in. What comes in is shown as plain text with what it changes first. */

import { ask } from "./ask.js";
import { icon, make } from "./dom.js";
import { attempt, button, field } from "./drawer.js";
import { languageOf, t } from "./i18n.js";

const TEXTS = ["name", "nickname", "description", "personality", "scenario", "first_mes", "mes_example", "system_prompt", "creator_notes"];
const SHORT = new Set(["name", "nickname"]);
const LINES = ["alternate_greetings", "tags"];
const LARGEST = 12 * 1024 * 1024;

/** @typedef {{spec: string, spec_version: string, data: Record<string, any>}} Card */
/** @typedef {{field: string, before: string, after: string, parts: ["same" | "out" | "in", string][]}} Change */

/** @param {HTMLElement} body */
export async function showPersona(body) {
  const { card, own } = await ask("GET", "/api/persona");
  const said = make("div", "said-place");
  /** @type {Record<string, HTMLInputElement | HTMLTextAreaElement>} */
  const controls = {};
  const fields = [...TEXTS, ...LINES].map((name) => {
    const short = SHORT.has(name);
    const control = short ? make("input", "input") : make("textarea", "input");
    const value = card.data[name];
    control.value = Array.isArray(value) ? value.join("\n") : value ?? "";
    control.lang = languageOf(control.value);
    if (control instanceof HTMLTextAreaElement) control.rows = Math.min(8, 1 + Math.ceil(control.value.length / 38));
    controls[name] = control;
    return field(t(`card_${name}`), control, name === "description" ? t("card_macros") : LINES.includes(name) ? t("card_lines") : "");
  });
  /** @returns {Card} */
  const edited = () => {
    const data = { ...card.data };
    for (const name of TEXTS) data[name] = controls[name].value;
    for (const name of LINES) data[name] = controls[name].value.split("\n").map((line) => line.trim()).filter(Boolean);
    return { ...card, data };
  };
  const again = () => showPersona(clear(body));

  const save = button(t("card_save"), () => attempt(said, async () => {
    const read = await ask("POST", "/api/persona/read", edited());
    if (!read.changes.length) said.replaceChildren(make("p", "said", t("card_same")));
    else showChanges(clear(body), read, again);
  }), "plain");
  const file = make("input", "unseen");
  file.type = "file";
  file.accept = ".json,.png,application/json,image/png";
  file.tabIndex = -1;
  file.setAttribute("aria-label", t("card_import"));
  const take = (/** @type {File | undefined} */ chosen) => attempt(said, async () => {
    if (!chosen) return;
    if (chosen.size > LARGEST) {
      said.replaceChildren(make("p", "said bad", t("card_large")));
      return;
    }
    const png = chosen.type === "image/png" || chosen.name.toLowerCase().endsWith(".png");
    const read = await ask("POST", "/api/persona/read", new Blob([chosen], { type: png ? "image/png" : "application/json" }));
    showChanges(clear(body), read, again);
  });
  file.addEventListener("change", () => take(file.files?.[0]));
  body.addEventListener("dragover", (event) => event.preventDefault());
  body.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer?.files[0]);
  });
  const links = [["v3", "card_v3"], ["v2", "card_v2"], ["png", "card_png"]].map(([form, words]) => {
    const link = make("a", "second", icon("out"), t(words));
    link.href = `/api/persona/card?form=${form}`;
    link.download = "";
    return link;
  });
  const back = own
    ? [button(t("card_back"), () => attempt(said, async () => {
        await ask("DELETE", "/api/persona");
        await again();
      }))]
    : [];
  body.append(
    make("p", "hint", t(own ? "card_own" : "card_shipped")),
    make("div", "buttons", button(t("card_import"), () => file.click()), file, ...links, ...back),
    ...fields,
    said,
    make("div", "buttons", save),
  );
}

/**
 * What a card would change, as plain text; nothing is taken before the user says so.
 * @param {HTMLElement} body
 * @param {{card: Card, changes: Change[], dropped: string[]}} read
 * @param {() => Promise<void>} back
 */
function showChanges(body, read, back) {
  const said = make("div", "said-place");
  const changes = read.changes.map((change) => {
    const text = make("div", "difference", ...change.parts.map(([what, words]) => {
      const tag = what === "out" ? "del" : what === "in" ? "ins" : "span";
      return make(tag, "", words);
    }));
    text.lang = languageOf(change.after || change.before);
    return make("section", "change", make("h3", "", t(`card_${change.field}`)), text);
  });
  const take = button(t("card_accept"), () => attempt(said, async () => {
    await ask("PUT", "/api/persona", { card: read.card });
    await back();
  }), "plain");
  const heading = make("h3", "", t("card_changes"));
  heading.tabIndex = -1;
  body.append(
    heading,
    make("p", "hint", t(read.changes.length ? "card_changes_hint" : "card_same")),
    ...(read.dropped.length ? [make("p", "hint", t("card_dropped", { names: read.dropped.join(", ") }))] : []),
    ...changes,
    said,
    make("div", "buttons", ...(read.changes.length ? [take] : []), button(t("cancel"), back)),
  );
  heading.focus();
}

/** @param {HTMLElement} body */
function clear(body) {
  const fresh = make("div", body.className);
  body.replaceWith(fresh);
  return fresh;
}
