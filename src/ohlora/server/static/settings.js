// @ts-check
/** The tab of how the page behaves: reading aloud, figures, recording, the picture for other programs. */

import { kept, make } from "./dom.js";
import { ask, Refused } from "./ask.js";
import { button, field } from "./drawer.js";
import { language, t } from "./i18n.js";
import { Recorder } from "./record.js";
import { LANGUAGES, Speech } from "./speech.js";

/**
 * @param {HTMLElement} body
 * @param {{speech: Speech, recorder: Recorder, changed: () => void}} page
 */
export function showSettings(body, { speech, recorder, changed }) {
  const voices = make("div", "stack");
  const showVoices = () => voices.replaceChildren(...LANGUAGES.map((language) => voice(speech, language)));
  showVoices();
  speech.onVoices(() => voices.isConnected && showVoices());
  const aloud = checkbox("aloud", speech.on, t("set_aloud"), (yes) => {
    speech.on = yes;
    changed();
  });
  aloud.querySelector("input")?.toggleAttribute("disabled", !speech.engine);
  const figures = checkbox("figures", kept.get("chip") !== "0", t("set_chip"), (yes) => {
    kept.set("chip", yes ? "1" : "0");
    changed();
  });
  const record = button("", () => {
    if (recorder.running) recorder.stop();
    else recorder.start();
    words();
    changed();
  });
  const words = () => {
    record.textContent = t(recorder.running ? "record_stop" : "record_start");
    record.setAttribute("aria-pressed", String(recorder.running));
  };
  words();
  record.disabled = !Recorder.kind;
  const link = make("a", "second", t("stage_open"));
  link.href = "/stage";
  link.target = "_blank";
  link.rel = "noopener";
  const strict = make("select", "input");
  strict.id = "set-limits";
  const notice = make("p", "hint");
  notice.setAttribute("role", "status");
  void showLimits(strict, notice);
  body.append(
    make("section", "card", make("h3", "", t("set_voice")), aloud, voices, make("p", "hint", t(speech.engine ? "set_voice_hint" : "set_voice_none"))),
    make("section", "card", make("h3", "", t("set_figures")), figures, make("p", "hint", t("set_chip_hint"))),
    make("section", "card", make("h3", "", t("record_title")), make("p", "hint", t(Recorder.kind ? "record_hint" : "record_none")), make("div", "buttons", record)),
    make("section", "card", make("h3", "", t("set_limits")), field(t("set_limits"), strict), notice, make("p", "hint", t("set_limits_hint"))),
    make("section", "card", make("h3", "", t("stage_title")), make("p", "hint", t("stage_hint")), make("p", "hint", make("code", "", "/stage?background=00b140&captions=1")), make("div", "buttons", link)),
  );
}

/**
 * How strictly her limits are kept; the server keeps it.
 * @param {HTMLSelectElement} select
 * @param {HTMLElement} notice
 */
async function showLimits(select, notice) {
  const say = (/** @type {unknown} */ error) => {
    notice.textContent = error instanceof Refused ? error.sentence[language()] : "";
  };
  select.disabled = true;
  try {
    const { level, levels } = await ask("GET", "/api/limits");
    for (const one of levels) {
      const option = make("option", "", t(`limits_${one}`));
      option.value = one;
      option.selected = one === level;
      select.append(option);
    }
    select.disabled = false;
  } catch (error) {
    say(error);
  }
  select.addEventListener("change", async () => {
    try {
      await ask("PUT", "/api/limits", { level: select.value });
      notice.textContent = "";
    } catch (error) {
      say(error);
    }
  });
}

/**
 * @param {Speech} speech
 * @param {"ko" | "en"} language
 */
function voice(speech, language) {
  const select = make("select", "input");
  const voices = speech.voices(language);
  const chosen = speech.voice(language);
  for (const one of voices) {
    const option = make("option", "", one.localService ? one.name : t("voice_remote", { name: one.name }));
    option.value = one.voiceURI;
    option.selected = one === chosen;
    select.append(option);
  }
  if (!voices.length) select.append(make("option", "", t("voice_none")));
  select.disabled = !voices.length;
  select.addEventListener("change", () => speech.choose(language, select.value));
  return field(t(`voice_${language}`), select);
}

/**
 * @param {string} id
 * @param {boolean} on
 * @param {string} words
 * @param {(yes: boolean) => void} changed
 */
function checkbox(id, on, words, changed) {
  const box = make("input");
  box.type = "checkbox";
  box.id = `set-${id}`;
  box.checked = on;
  box.addEventListener("change", () => changed(box.checked));
  return make("label", "check", box, make("span", "", words));
}
