// @ts-check
/** The tab of models: which one speaks, another one in its place, and what is on this computer. */

import { ask } from "./ask.js";
import { make } from "./dom.js";
import { attempt, button, field } from "./drawer.js";
import { language, t } from "./i18n.js";

const LOOK_AGAIN_MS = 1000;

/** @typedef {{kind: string, name: string | null, address: string | null, path: string | null, key: boolean, refused: {ko: string, en: string} | null}} Speaks */
/** @typedef {{name: string, title: string, role: string, licence: string, bytes: number, used: boolean, ready: boolean, progress: number | null, error: {ko: string, en: string} | null}} Model */

/** @param {HTMLElement} body */
export async function showModel(body) {
  /** @type {{speaks: Speaks, models: Model[]}} */
  const { speaks, models } = await ask("GET", `/api/models?language=${language()}`);
  const now = make("section", "card", make("h3", "", t("model_speaks")), make("p", "strong", speaks.name?.split("+")[0] ?? t("model_loading")));
  now.append(make("p", "hint", t(`model_kind_${speaks.kind}`, { address: speaks.address ?? "", path: speaks.path ?? "" })));
  if (speaks.kind === "server") now.append(make("p", "hint", t(speaks.key ? "model_key_sent" : "model_key_none")));
  if (speaks.refused) now.append(make("p", "said bad", speaks.refused[language()]));

  const list = make("ul", "models");
  const showList = (/** @type {Model[]} */ all) => list.replaceChildren(...all.map((model) => row(model, look)));
  const look = async () => {
    const fresh = await ask("GET", `/api/models?language=${language()}`);
    if (!body.isConnected) return;
    showList(fresh.models);
    if (fresh.models.some((/** @type {Model} */ model) => model.progress !== null)) setTimeout(() => void look().catch(() => {}), LOOK_AGAIN_MS);
  };
  showList(models);
  if (models.some((model) => model.progress !== null)) void look();
  body.append(now, chooser(speaks, () => body.isConnected && rebuild(body)), make("h3", "", t("model_here")), list);
  if (!speaks.name && !speaks.refused) setTimeout(() => body.isConnected && rebuild(body), LOOK_AGAIN_MS);
}

/** @param {HTMLElement} body */
function rebuild(body) {
  // What is being typed is not taken away.
  if (body.contains(document.activeElement) && document.activeElement instanceof HTMLInputElement) return;
  const fresh = make("div", body.className);
  body.replaceWith(fresh);
  void showModel(fresh).catch(() => {});
}

/**
 * @param {Speaks} speaks
 * @param {() => void} changed
 */
function chooser(speaks, changed) {
  const said = make("div", "said-place");
  const kind = make("select", "input");
  for (const one of ["bundled", "file", "server"]) {
    const option = make("option", "", t(`model_choose_${one}`));
    option.value = one;
    kind.append(option);
  }
  kind.value = speaks.kind;
  const path = make("input", "input");
  path.value = speaks.path ?? "";
  path.placeholder = "/models/model.gguf";
  const address = make("input", "input");
  address.type = "url";
  address.value = speaks.address ?? "";
  address.placeholder = "http://127.0.0.1:11434/v1";
  const model = make("input", "input");
  model.setAttribute("list", "model-names");
  const names = make("datalist");
  names.id = "model-names";
  const key = make("input", "input");
  key.type = "password";
  key.autocomplete = "off";
  const asked = () => ({ address: address.value.trim(), model: model.value.trim() || null, key: key.value || null });

  const test = button(t("model_test"), () => attempt(said, async () => {
    said.replaceChildren(make("p", "said", t("model_testing")));
    const found = await ask("POST", "/api/llm/test", asked());
    names.replaceChildren(...found.models.map((/** @type {string} */ name) => {
      const option = make("option");
      option.value = name;
      return option;
    }));
    said.replaceChildren(
      make("p", "said good", t("model_works", { model: found.model, s: found.first_token_s ?? "?" })),
      make("p", "hint", t("model_said", { said: found.said })),
      make("p", "hint", t(found.schema ? "model_schema" : "model_no_schema")),
      make("p", "hint", t("model_has", { n: found.models.length })),
    );
  }));
  const use = button(t("model_use"), () => attempt(said, async () => {
    const choice = kind.value === "server" ? { kind: "server", server: asked() } : { kind: kind.value, path: path.value.trim() };
    await ask("PUT", "/api/llm", choice);
    use.blur();
    said.replaceChildren(make("p", "said good", t("model_changes")));
    setTimeout(changed, LOOK_AGAIN_MS);
  }), "plain");
  const ofFile = make("div", "", field(t("model_path"), path));
  const ofServer = make(
    "div", "stack",
    field(t("model_address"), address, t("model_address_hint")),
    field(t("model_name"), model, t("model_name_hint")),
    field(t("model_key"), key, t("model_key_hint")),
    names,
  );
  const show = () => {
    ofFile.hidden = kind.value !== "file";
    ofServer.hidden = test.hidden = kind.value !== "server";
  };
  kind.addEventListener("change", show);
  show();
  return make("section", "card", field(t("model_choose"), kind), ofFile, ofServer, said, make("div", "buttons", use, test));
}

/**
 * @param {Model} model
 * @param {() => Promise<void>} look
 */
function row(model, look) {
  const megabytes = `${Math.round(model.bytes / 1e6).toLocaleString()}\u00a0MB`;
  const state = make("div", "model-state");
  if (model.progress !== null) {
    const bar = make("progress", "bar-progress");
    bar.max = 1;
    bar.value = model.progress;
    bar.setAttribute("aria-label", model.title);
    state.append(bar, make("span", "hint", `${Math.floor(model.progress * 100)} %`));
  } else if (model.ready) {
    state.append(make("span", "hint good", t(model.used ? "model_in_use" : "model_ready")));
  } else {
    state.append(button(t("model_pull", { size: megabytes }), () => attempt(said, async () => {
      await ask("POST", "/api/models/pull", { name: model.name });
      await look();
    })));
  }
  const said = make("div", "said-place");
  if (model.error) said.append(make("p", "said bad", model.error[language()]));
  return make("li", "", make("p", "strong", model.title), make("p", "hint", `${model.role} · ${megabytes} · ${model.licence}`), state, said);
}
