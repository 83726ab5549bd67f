// @ts-check
/**
 * What the page measures about itself, readable as `window.ohlora.counters` (see docs/page.md).
 * Times are `performance.now()`, in milliseconds.
 */

const FRAMES_KEPT = 6000;
const TURNS_KEPT = 200;

/**
 * @typedef {object} Turn
 * @property {string} id
 * @property {number} sent - when the message was sent
 * @property {number | null} firstToken - when the first piece of the reply was there
 * @property {number | null} replied - when the whole reply was there
 * @property {number | null} finished - when the turn was kept
 * @property {number} tokens
 */

export const counters = {
  /** Frames that came over the socket. */
  received: 0,
  /** Frames drawn on the canvas. */
  drawn: 0,
  /** Frames thrown away because a newer one was there first. */
  dropped: 0,
  /** Messages sent. */
  sent: 0,
  /** Times the conversation was connected. */
  connections: 0,
  /** Frames drawn in the last second. */
  fps: 0,
  /** [when drawn, age in milliseconds] of the newest frames. @type {[number, number][]} */
  frames: [],
  /** The newest turns. @type {Turn[]} */
  turns: [],
};

/**
 * A frame was drawn.
 * @param {number} age - milliseconds between the moment it shows and its drawing
 */
export function frameDrawn(age) {
  const now = performance.now();
  counters.drawn += 1;
  counters.frames.push([now, age]);
  if (counters.frames.length > FRAMES_KEPT) counters.frames.splice(0, FRAMES_KEPT / 2);
}

/** Brings `fps` up to date. */
export function measureFps() {
  const since = performance.now() - 1000;
  let n = 0;
  for (let i = counters.frames.length - 1; i >= 0 && counters.frames[i][0] >= since; i--) n += 1;
  counters.fps = n;
}

/** A message was sent. @param {string} id */
export function turnSent(id) {
  counters.sent += 1;
  counters.turns.push({ id, sent: performance.now(), firstToken: null, replied: null, finished: null, tokens: 0 });
  if (counters.turns.length > TURNS_KEPT) counters.turns.shift();
}

/**
 * Something happened in a turn this page began.
 * @param {string} id
 * @param {"token" | "replied" | "finished"} what
 */
export function turnWent(id, what) {
  const turn = counters.turns.findLast((one) => one.id === id);
  if (!turn) return;
  const now = performance.now();
  if (what === "token") {
    turn.firstToken ??= now;
    turn.tokens += 1;
  } else {
    turn[what] = now;
  }
}

/** Milliseconds to the first piece of the newest reply, null before there was one. */
export function lastFirstToken() {
  const turn = counters.turns.findLast((one) => one.firstToken !== null);
  return turn && turn.firstToken !== null ? turn.firstToken - turn.sent : null;
}

/** Tokens a second of the newest reply that is whole, null before there was one. */
export function lastSpeed() {
  const turn = counters.turns.findLast((one) => one.replied !== null && one.tokens > 1);
  if (!turn || turn.replied === null || turn.firstToken === null || turn.replied <= turn.firstToken) return null;
  return ((turn.tokens - 1) * 1000) / (turn.replied - turn.firstToken);
}

/** Median age of the frames drawn in the last three seconds, 0 where there are none. */
export function medianAge() {
  const since = performance.now() - 3000;
  const ages = counters.frames.filter(([drawn]) => drawn >= since).map(([, age]) => age).sort((a, b) => a - b);
  return ages[Math.floor(ages.length / 2)] ?? 0;
}
