// @ts-check
/** What a user should know before the first word: what is local, that she is synthetic, what is kept, the licences. */

import { ask } from "./ask.js";
import { icon, make } from "./dom.js";
import { language, t } from "./i18n.js";

/**
 * @typedef {object} Persona
 * @property {string} shown - her name
 * @property {string} greeting - her usual first words
 * @property {string[]} greetings - these and the others, perhaps in another language
 * @property {string | null} server - where words come from when not from this computer
 * @property {string} place - folder of the conversations
 * @property {{name: string, licence: string}[]} licences - of the models in use
 */

/**
 * The facts, as a list.
 * @param {Persona} persona
 */
export function facts(persona) {
  const list = make("ul", "facts");
  /** @type {(picture: string, head: string, ...body: (Node | string)[]) => void} */
  const add = (picture, head, ...body) => {
    list.append(make("li", "", icon(picture), make("div", "", make("strong", "", t(head)), ...body)));
  };
  const where = persona.server ? t("note_remote", { server: persona.server }) : t("note_local");
  add("home", "note_local_head", make("p", "", where));
  add("spark", "note_synthetic_head", make("p", "", t("note_synthetic")));
  add("disk", "note_kept_head", make("p", "", t("note_kept", { place: persona.place })));
  const licences = persona.licences.map(({ name, licence }) => make("p", "licence", `${name}: ${licence}`));
  add("paper", "note_licences_head", make("p", "", t("note_licences")), ...licences);
  return list;
}

/**
 * The tab of what this is: the facts, the doctor's findings, every licence, where things lie.
 * @param {HTMLElement} body
 * @param {Persona | null} persona
 */
export async function showAbout(body, persona) {
  if (persona) body.append(facts(persona));
  const waiting = make("p", "hint", t("doctor_looks"));
  body.append(waiting);
  const found = await ask("GET", `/api/doctor?language=${language()}`);
  const rows = found.findings.map((/** @type {{level: string, name: string, value: string, remedy: string}} */ one) => {
    const mark = make("span", `level ${one.level}`, t(`level_${one.level}`));
    const remedy = one.remedy && one.level !== "ok" ? [make("p", "hint", make("code", "", one.remedy))] : [];
    return make("li", "", mark, make("div", "", make("p", "", make("strong", "", one.name), ` ${one.value}`), ...remedy));
  });
  const licences = found.licences.map((/** @type {{name: string, licence: string}} */ one) => make("li", "", make("div", "", make("strong", "", one.name), make("p", "hint", one.licence))));
  waiting.replaceWith(
    make("h3", "", t("version", { version: found.version })),
    make("p", "hint", t("about_places", { data: found.places.data, models: found.places.models })),
    make("h3", "", t(found.ok ? "doctor_well" : "doctor_ill")),
    make("ul", "doctor", ...rows),
    make("h3", "", t("note_licences_head")),
    make("ul", "licences", ...licences),
    make("p", "hint", t("note_licences")),
  );
}
