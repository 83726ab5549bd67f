// @ts-check
/** Plain requests to the server; a refusal is its sentence in both languages. */

/** @typedef {{ko: string, en: string}} Sentence */

export class Refused extends Error {
  /** @param {Sentence} sentence @param {number} status */
  constructor(sentence, status) {
    super(sentence.en);
    this.sentence = sentence;
    this.status = status;
  }
}

const AWAY = { ko: "연결이 끊겨 있어요. 잠시 뒤에 다시 해 주세요.", en: "Not connected. Try again in a moment." };
const STRANGE = { ko: "서버가 이해할 수 없는 답을 했어요.", en: "The server gave an answer that makes no sense." };

/**
 * Asks and returns the parsed answer.
 * @param {string} method
 * @param {string} path
 * @param {object | Blob} [body] - an object goes as JSON, a blob as what it is
 * @returns {Promise<any>}
 * @throws {Refused}
 */
export async function ask(method, path, body) {
  const blob = body instanceof Blob;
  const headers = body ? { "Content-Type": blob ? body.type : "application/json" } : undefined;
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: blob ? body : body && JSON.stringify(body), cache: "no-store" });
  } catch {
    throw new Refused(AWAY, 0);
  }
  /** @type {any} */
  let data;
  try {
    data = await answer.json();
  } catch {
    throw new Refused(STRANGE, answer.status);
  }
  if (!answer.ok) throw new Refused(data?.error?.ko ? data.error : STRANGE, answer.status);
  return data;
}
