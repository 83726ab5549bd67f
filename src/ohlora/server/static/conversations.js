// @ts-check
/** The tab of conversations: begin, go on with, name, take out, erase. */

import { ask } from "./ask.js";
import { make } from "./dom.js";
import { attempt, button } from "./drawer.js";
import { language, languageOf, t } from "./i18n.js";

/** @typedef {{id: string, name: string, created: string, last: string, turns: number}} Conversation */

/**
 * @param {HTMLElement} body
 * @param {{close: () => void, sure: (question: string, yes: string, work: () => void) => void}} page
 */
export async function showConversations(body, page) {
  /** @type {{current: string, conversations: Conversation[]}} */
  const { current, conversations } = await ask("GET", "/api/conversations");
  const said = make("div", "said-place");
  const again = async () => {
    const fresh = make("div", body.className);
    body.replaceWith(fresh);
    await showConversations(fresh, page);
  };
  const begin = button(t("talk_new"), () => attempt(said, async () => {
    await ask("POST", "/api/conversations");
    page.close();
  }), "plain");
  const rows = conversations.map((one) => row(one, one.id === current, said, page, again));
  body.append(make("div", "buttons", begin), said, make("ul", "rows", ...rows));
  if (!rows.length) body.append(make("p", "hint", t("talk_none")));
}

/**
 * @param {Conversation} one
 * @param {boolean} current
 * @param {HTMLElement} said
 * @param {{close: () => void, sure: (question: string, yes: string, work: () => void) => void}} page
 * @param {() => Promise<void>} again
 */
function row(one, current, said, page, again) {
  const title = make("span", "strong", one.name || t("talk_unnamed"));
  title.lang = languageOf(one.name || t("talk_unnamed"));
  const when = new Date(one.last).toLocaleString(language(), { dateStyle: "medium", timeStyle: "short" });
  const about = make("p", "hint", [when, t("talk_turns", { n: one.turns }), ...(current ? [t("talk_current")] : [])].join(" · "));
  const name = make("input", "input");
  name.value = one.name;
  name.maxLength = 80;
  name.setAttribute("aria-label", t("talk_name"));
  const naming = make("form", "inline", name);
  const save = make("button", "second", t("save"));
  naming.append(save);
  naming.hidden = true;
  naming.addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(said, async () => {
      await ask("PUT", `/api/conversations/${one.id}`, { name: name.value });
      await again();
    });
  });
  const rename = button(t("rename"), () => {
    naming.hidden = !naming.hidden;
    if (!naming.hidden) name.focus();
  }, "link");
  const open = button(t("talk_open"), () => attempt(said, async () => {
    await ask("POST", `/api/conversations/${one.id}/open`);
    page.close();
  }), "link");
  open.hidden = current;
  const file = make("a", "link", t("take_out"));
  file.href = `/api/conversations/${one.id}/file`;
  file.download = "";
  const erase = button(t("erase"), () => page.sure(t("talk_erase_sure"), t("erase"), () => void attempt(said, async () => {
    await ask("DELETE", `/api/conversations/${one.id}`);
    await again();
  })), "link bad");
  const item = make("li", current ? "current" : "", title, about, make("div", "links", open, rename, file, erase), naming);
  return item;
}
