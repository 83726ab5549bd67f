// @ts-check
/**
 * Her picture: takes JPEG frames from /ws/face, draws the newest, acknowledges, and lends the room the picture's colours.
 *
 * A frame counts as drawn when it was put on the canvas inside an animation frame of the browser. Where a newer frame is
 * decoded before that, the older one is dropped, and acknowledged all the same.
 */

import { counters, frameDrawn } from "./counters.js";
import { Line } from "./line.js";

const HEADER_BYTES = 12;
const COLOUR_PERIOD_MS = 2000;
const SAMPLE = 12;

/** @typedef {{sequence: number, moment: number, bitmap: ImageBitmap}} Frame */

export class Stage {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {() => void} appeared - called when the first picture is drawn, and again after a pause
   * @param {(message: any) => void} told - takes the answers of /ws/face that are not about pictures
   * @param {() => void} connected - called when there is a connection, the first time and after each pause
   */
  constructor(canvas, appeared, told, connected) {
    this.canvas = canvas;
    this.appeared = appeared;
    this.told = told;
    const context = canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("this browser draws no 2d canvas");
    this.context = context;
    this.sampler = new OffscreenCanvas(SAMPLE, SAMPLE).getContext("2d", { willReadFrequently: true });
    this.colouredAt = -Infinity;
    this.visible = false;
    /** Whether there ever was a picture; the last one stays while the connection is away. */
    this.seen = false;
    this.paused = false;
    /** Server clock minus ours, in milliseconds, by the quickest answer so far. */
    this.offset = 0;
    this.quickest = Infinity;
    this.newest = 0;
    /** @type {Frame | null} */
    this.next = null;
    this.requested = false;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.calm.addEventListener("change", () => this.#look());
    document.addEventListener("visibilitychange", () => this.#look());
    this.line = new Line("/ws/face", {
      opened: () => {
        this.newest = 0;
        this.quickest = Infinity;
        for (let n = 0; n < 3; n++) setTimeout(() => this.line.send({ type: "clock", sent: now() }), 200 * n);
        this.#look();
        connected();
      },
      heard: (message) => this.#heard(message),
      received: (data) => this.#received(data),
      lost: () => this.#gone(),
    });
  }

  start() {
    this.line.connect();
  }

  /** Takes no more pictures until `resume`; for measuring what the pictures cost. */
  pause() {
    this.paused = true;
    this.#look();
  }

  resume() {
    this.paused = false;
    this.#look();
  }

  #look() {
    const away = this.paused || document.visibilityState === "hidden";
    this.line.send(away ? { type: "away" } : { type: "look", calm: this.calm.matches });
  }

  #gone() {
    this.next?.bitmap.close();
    this.next = null;
    this.visible = false;
  }

  /** @param {any} message */
  #heard(message) {
    if (message.type !== "clock") {
      this.told(message);
      return;
    }
    const trip = now() - message.sent;
    if (trip < this.quickest) {
      this.quickest = trip;
      this.offset = message.time * 1000 - (message.sent + trip / 2);
    }
  }

  /** @param {ArrayBuffer} data */
  async #received(data) {
    counters.received += 1;
    const header = new DataView(data, 0, HEADER_BYTES);
    const sequence = header.getUint32(0, true);
    const moment = header.getFloat64(4, true) * 1000;
    // No picture arrives before it was made: where one seems to, the clocks were compared while something was busy.
    this.offset = Math.max(this.offset, moment - now());
    this.newest = Math.max(this.newest, sequence);
    const line = this.line.socket;
    try {
      const bitmap = await createImageBitmap(new Blob([new Uint8Array(data, HEADER_BYTES)], { type: "image/jpeg" }));
      if (line !== this.line.socket) {
        bitmap.close();
        return;
      }
      this.#offer({ sequence, moment, bitmap });
    } catch {
      this.#drop(sequence);
    }
  }

  /** @param {Frame} frame */
  #offer(frame) {
    const older = this.next && this.next.sequence < frame.sequence ? this.next : frame;
    const newer = older === frame ? this.next : frame;
    if (newer && older !== newer) {
      older.bitmap.close();
      this.#drop(older.sequence);
    }
    this.next = newer ?? frame;
    if (!this.requested) {
      this.requested = true;
      requestAnimationFrame(() => this.#draw());
    }
  }

  /** @param {number} sequence */
  #drop(sequence) {
    counters.dropped += 1;
    this.line.send({ type: "ack", sequence });
  }

  #draw() {
    this.requested = false;
    const frame = this.next;
    if (!frame) return;
    this.next = null;
    const { width, height } = frame.bitmap;
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    this.context.drawImage(frame.bitmap, 0, 0);
    frameDrawn(now() + this.offset - frame.moment);
    this.line.send({ type: "ack", sequence: frame.sequence });
    this.#colour(frame.bitmap);
    frame.bitmap.close();
    if (!this.visible) {
      this.visible = this.seen = true;
      this.appeared();
    }
  }

  /**
   * Sets --edge-nw, --edge-ne, --edge-sw, --edge-se and their mean --edge on the document, now and then.
   * @param {ImageBitmap} bitmap
   */
  #colour(bitmap) {
    const time = performance.now();
    if (!this.sampler || time - this.colouredAt < COLOUR_PERIOD_MS) return;
    this.colouredAt = time;
    this.sampler.drawImage(bitmap, 0, 0, SAMPLE, SAMPLE);
    const { data } = this.sampler.getImageData(0, 0, SAMPLE, SAMPLE);
    const end = SAMPLE - 1;
    const half = SAMPLE / 2;
    const edge = (/** @type {number} */ x, /** @type {number} */ y) => x === 0 || y === 0 || x === end || y === end;
    /** @type {Record<string, (x: number, y: number) => boolean>} */
    const places = {
      "--edge": edge,
      "--edge-nw": (x, y) => edge(x, y) && x < half && y < half,
      "--edge-ne": (x, y) => edge(x, y) && x >= half && y < half,
      "--edge-sw": (x, y) => edge(x, y) && x < half && y >= half,
      "--edge-se": (x, y) => edge(x, y) && x >= half && y >= half,
    };
    for (const [name, chosen] of Object.entries(places)) {
      document.documentElement.style.setProperty(name, mean(data, chosen));
    }
  }
}

/** Milliseconds since 1970 with the resolution of performance.now(). */
function now() {
  return performance.timeOrigin + performance.now();
}

/**
 * Mean colour of chosen pixels.
 * @param {Uint8ClampedArray} data
 * @param {(x: number, y: number) => boolean} chosen
 */
function mean(data, chosen) {
  const sum = [0, 0, 0];
  let n = 0;
  for (let y = 0; y < SAMPLE; y++) {
    for (let x = 0; x < SAMPLE; x++) {
      if (!chosen(x, y)) continue;
      const at = 4 * (y * SAMPLE + x);
      for (let c = 0; c < 3; c++) sum[c] += data[at + c];
      n += 1;
    }
  }
  return `rgb(${sum.map((value) => Math.round(value / n)).join(" ")})`;
}
