// @ts-check
/** A WebSocket that comes back: it reconnects with growing, jittered pauses until it is closed for good. */

const FIRST_PAUSE_S = 0.5;
const LONGEST_PAUSE_S = 10;

/**
 * @typedef {object} Handlers
 * @property {() => void} [opened]
 * @property {(data: any) => void} heard - parsed JSON of a text message
 * @property {(data: ArrayBuffer) => void} [received] - a binary message
 * @property {(retryInSeconds: number) => void} [lost] - called when the connection goes and every second until it is back
 */

export class Line {
  /**
   * @param {string} path - of the WebSocket, on this host
   * @param {Handlers} handlers
   */
  constructor(path, handlers) {
    this.url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
    this.handlers = handlers;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.failures = 0;
    this.retryAt = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    addEventListener("online", () => this.retry());
  }

  get open() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  connect() {
    clearTimeout(this.timer);
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.addEventListener("open", () => {
      this.handlers.opened?.();
    });
    socket.addEventListener("message", ({ data }) => {
      // Only a connection that carries something has really come back.
      this.failures = 0;
      if (typeof data === "string") this.handlers.heard(JSON.parse(data));
      else this.handlers.received?.(data);
    });
    socket.addEventListener("close", () => {
      if (this.socket !== socket) return;
      const pause = Math.min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** this.failures) * (0.8 + 0.4 * Math.random());
      this.failures += 1;
      this.retryAt = performance.now() + pause * 1000;
      this.#wait();
    });
  }

  #wait() {
    const left = (this.retryAt - performance.now()) / 1000;
    if (left <= 0.02) {
      this.connect();
      return;
    }
    this.handlers.lost?.(left);
    this.timer = setTimeout(() => this.#wait(), Math.min(1, left) * 1000);
  }

  /** Tries again at once instead of waiting; does nothing while connected. */
  retry() {
    if (this.socket && this.socket.readyState === WebSocket.CLOSED) this.connect();
  }

  /**
   * Sends an object; false when there is no connection.
   * @param {object} message
   */
  send(message) {
    if (!this.open) return false;
    this.socket?.send(JSON.stringify(message));
    return true;
  }
}
