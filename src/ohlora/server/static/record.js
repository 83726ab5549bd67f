// @ts-check
/**
 * A recording of the conversation as a video: her picture, and what is said under it. It is made in the browser and handed to
 * the user as a file; it goes nowhere else. Voices of the browser cannot be recorded, so the video is silent and has captions.
 */

const WIDTH = 720;
const HEIGHT = 1080;
const FACE = 720;
const RATE = 25;
const KINDS = ["video/mp4;codecs=avc1.42E01E", "video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm"];

export class Recorder {
  /**
   * @param {HTMLCanvasElement} face
   * @param {() => {mine: string, hers: string}} words - what was said last
   */
  constructor(face, words) {
    this.face = face;
    this.words = words;
    /** @type {MediaRecorder | null} */
    this.recorder = null;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.timer = undefined;
  }

  static get kind() {
    return typeof MediaRecorder === "undefined" ? undefined : KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
  }

  get running() {
    return this.recorder !== null;
  }

  start() {
    const kind = Recorder.kind;
    if (!kind || this.recorder) return;
    const canvas = document.createElement("canvas");
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    const context = canvas.getContext("2d", { alpha: false });
    if (!context) return;
    const draw = () => this.#draw(context);
    draw();
    this.timer = setInterval(draw, 1000 / RATE);
    const recorder = new MediaRecorder(canvas.captureStream(RATE), { mimeType: kind, videoBitsPerSecond: 4_000_000 });
    /** @type {Blob[]} */
    const pieces = [];
    recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
    recorder.addEventListener("stop", () => {
      clearInterval(this.timer);
      save(new Blob(pieces, { type: kind }), `ohlora-${stamp()}.${kind.includes("mp4") ? "mp4" : "webm"}`);
    });
    recorder.start(1000);
    this.recorder = recorder;
  }

  stop() {
    this.recorder?.stop();
    this.recorder = null;
  }

  /** @param {CanvasRenderingContext2D} context */
  #draw(context) {
    const style = getComputedStyle(document.documentElement);
    context.fillStyle = style.getPropertyValue("--ground") || "#f4f3f0";
    context.fillRect(0, 0, WIDTH, HEIGHT);
    context.drawImage(this.face, 0, 0, FACE, FACE);
    const { mine, hers } = this.words();
    const font = style.getPropertyValue("--font") || "sans-serif";
    let y = FACE + 56;
    y = this.#lines(context, mine, y, `400 25px ${font}`, style.getPropertyValue("--ink-2"), 3);
    this.#lines(context, hers, y + 14, `600 30px ${font}`, style.getPropertyValue("--ink"), 6);
  }

  /**
   * Writes a text in at most `most` lines; returns where the next one begins.
   * @param {CanvasRenderingContext2D} context
   * @param {string} text
   * @param {number} y
   * @param {string} font
   * @param {string} colour
   * @param {number} most
   */
  #lines(context, text, y, font, colour, most) {
    context.font = font;
    context.fillStyle = colour;
    const height = parseInt(font.split(" ")[1], 10) * 1.45;
    let line = "";
    let n = 0;
    for (const word of text.split(/\s+/)) {
      const longer = line ? `${line} ${word}` : word;
      if (line && context.measureText(longer).width > WIDTH - 96) {
        context.fillText(line, 48, y + n * height);
        n += 1;
        line = word;
        if (n === most) return y + n * height;
      } else {
        line = longer;
      }
    }
    if (line) context.fillText(line, 48, y + n * height);
    return y + (n + 1) * height;
  }
}

/** @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function stamp() {
  return new Date().toISOString().slice(0, 19).replace(/[:T]/g, "-");
}
