// @ts-check
/**
 * The tab of memory: what she knows about the user, where from; corrected, pinned, forgotten. Forgetting is for good, so it
 * waits a few seconds in which it can be taken back.
 */

import { ask } from "./ask.js";
import { icon, make } from "./dom.js";
import { attempt, button, field } from "./drawer.js";
import { language, languageOf, t } from "./i18n.js";

const UNDO_MS = 6000;
const SEARCH_AFTER_MS = 250;

/**
 * @typedef {{id: number, key: string, value: string, words: string, recorded: string, date: string | null, pinned: boolean,
 *   status: string, uses: number, turn: number | null}} Fact
 */

/** @type {Map<number, {timer: ReturnType<typeof setTimeout>}>} facts that are about to be forgotten */
const leaving = new Map();

/** What was to be forgotten is forgotten now: the tab is left. */
export function leaveMemory() {
  for (const [id, { timer }] of leaving) {
    clearTimeout(timer);
    void forget(id);
  }
}

/** @param {number} id */
async function forget(id) {
  leaving.delete(id);
  await ask("DELETE", `/api/memory/${id}`).catch(() => {});
}

/** @param {HTMLElement} body */
export async function showMemory(body) {
  const said = make("div", "said-place");
  const list = make("ul", "rows");
  const none = make("p", "hint", t("memory_none"));
  const search = make("input", "input");
  search.type = "search";
  search.id = "memory-search";
  search.placeholder = t("memory_search");
  search.setAttribute("aria-label", t("memory_search"));
  const ended = make("input");
  ended.type = "checkbox";
  const past = make("label", "check", ended, make("span", "", t("memory_ended")));
  let asked = 0;
  const look = async () => {
    const mine = (asked += 1);
    const query = new URLSearchParams({ search: search.value, ended: String(ended.checked) });
    /** @type {{facts: Fact[]}} */
    const { facts } = await ask("GET", `/api/memory?${query}`);
    if (mine !== asked) return;
    list.replaceChildren(...facts.map((fact) => row(fact, look, said)));
    none.hidden = facts.length > 0;
  };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => void attempt(said, look), SEARCH_AFTER_MS);
  });
  ended.addEventListener("change", () => void attempt(said, look));
  const out = make("a", "second", icon("out"), t("take_out"));
  out.href = "/api/memory/file";
  out.download = "";
  const file = make("input", "unseen");
  file.type = "file";
  file.accept = ".json,application/json";
  file.tabIndex = -1;
  file.setAttribute("aria-label", t("bring_in"));
  file.addEventListener("change", () => void attempt(said, async () => {
    const chosen = file.files?.[0];
    if (!chosen) return;
    const { new: fresh, known } = await ask("POST", "/api/memory/file", new Blob([chosen], { type: "application/json" }));
    await look();
    said.replaceChildren(make("p", "said good", t("memory_brought", { n: fresh, known })));
  }));
  await look();
  body.append(
    make("p", "hint", t("memory_hint")),
    search,
    past,
    adding(look, said),
    said,
    none,
    list,
    make("div", "buttons", out, button(t("bring_in"), () => file.click()), file),
  );
}

/**
 * @param {() => Promise<void>} look
 * @param {HTMLElement} said
 */
function adding(look, said) {
  const key = make("input", "input");
  const value = make("input", "input");
  key.maxLength = 40;
  value.maxLength = 120;
  key.required = value.required = true;
  const form = make("form", "card", field(t("memory_key"), key, t("memory_key_hint")), field(t("memory_value"), value));
  form.append(make("div", "buttons", make("button", "plain", t("memory_add"))));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(said, async () => {
      await ask("POST", "/api/memory", { key: key.value, value: value.value });
      form.reset();
      await look();
    });
  });
  const more = make("details", "", make("summary", "", t("memory_tell")), form);
  return more;
}

/**
 * @param {Fact} fact
 * @param {() => Promise<void>} look
 * @param {HTMLElement} said
 */
function row(fact, look, said) {
  const text = make("p", "fact", make("span", "key", fact.key), ` ${fact.value}`);
  text.lang = languageOf(fact.value);
  const words = make("q", "", fact.words);
  words.lang = languageOf(fact.words);
  const when = new Date(fact.recorded).toLocaleDateString(language(), { dateStyle: "medium" });
  const source = make("p", "hint", `${when} · `, words);
  if (fact.status === "ended") source.append(` · ${t("memory_past")}`);
  if (fact.uses) source.append(` · ${t("memory_used", { n: fact.uses })}`);
  const value = make("input", "input");
  value.value = fact.value;
  value.maxLength = 120;
  value.setAttribute("aria-label", t("memory_value"));
  const editing = make("form", "inline", value, make("button", "second", t("save")));
  editing.hidden = true;
  editing.addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(said, async () => {
      await ask("PUT", `/api/memory/${fact.id}`, { value: value.value });
      await look();
    });
  });
  const edit = button(t("correct"), () => {
    editing.hidden = !editing.hidden;
    if (!editing.hidden) value.focus();
  }, "link");
  const pin = button(t(fact.pinned ? "unpin" : "pin"), () => attempt(said, async () => {
    await ask("PUT", `/api/memory/${fact.id}`, { pinned: !fact.pinned });
    await look();
  }), "link");
  pin.setAttribute("aria-pressed", String(fact.pinned));
  const links = make("div", "links", pin, edit);
  const item = make("li", fact.pinned ? "pinned" : "", text, source, links, editing);
  const leave = button(t("forget"), () => {
    const undo = button(t("undo"), () => {
      clearTimeout(leaving.get(fact.id)?.timer);
      leaving.delete(fact.id);
      item.replaceChildren(text, source, links, editing);
      leave.focus();
    }, "link");
    const note = make("p", "hint", t("memory_leaving", { fact: `${fact.key}: ${fact.value}` }));
    note.setAttribute("role", "status");
    item.replaceChildren(note, make("div", "links", undo));
    undo.focus();
    const timer = setTimeout(() => void attempt(said, async () => {
      await forget(fact.id);
      if (item.isConnected) await look();
    }), UNDO_MS);
    leaving.set(fact.id, { timer });
  }, "link bad");
  if (fact.status !== "ended") links.append(leave);
  return item;
}
