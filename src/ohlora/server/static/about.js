// @ts-check
/** What a user should know before the first word: what is local, that she is synthetic, what is kept, the licences. */

import { icon, make } from "./dom.js";
import { t } from "./i18n.js";

/**
 * @typedef {object} Persona
 * @property {string} shown - her name
 * @property {string} greeting - her first words
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
