// @ts-check
/**
 * /stage: her picture alone, for OBS and the like. `?background=00b140` (a colour, or `transparent`), `&captions=1` (her words
 * under the picture), `&round=1`. A source that has no cookie yet brings the token: `/stage?token=…&background=…`.
 */

import { counters } from "./counters.js";
import { byId } from "./dom.js";
import { languageOf } from "./i18n.js";
import { Line } from "./line.js";
import { spoken } from "./markdown.js";
import { Stage } from "./stage.js";

const HELD_MS = 9000;
const asked = new URLSearchParams(location.search);
const colour = asked.get("background") ?? "";
const root = document.documentElement;
if (/^[0-9a-f]{3,8}$/i.test(colour)) root.style.setProperty("--background", `#${colour}`);
else if (/^[a-z]{3,30}$/i.test(colour)) root.style.setProperty("--background", colour);
root.toggleAttribute("data-round", asked.get("round") === "1");

const stage = new Stage(byId("face", HTMLCanvasElement), () => {}, () => {}, () => {});
stage.start();

if (asked.get("captions") === "1") {
  const captions = byId("captions", HTMLElement);
  captions.hidden = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let text = "";
  const show = (/** @type {string} */ words) => {
    captions.textContent = spoken(words);
    captions.lang = languageOf(words);
    clearTimeout(timer);
    timer = setTimeout(() => (captions.textContent = ""), HELD_MS);
  };
  new Line("/ws/chat", {
    heard(message) {
      if (message.type === "accepted") text = "";
      if (message.type === "token") show((text += message.text));
      if (message.type === "reply") show(message.text);
    },
  }).connect();
}
Object.assign(window, { ohlora: { counters } });
