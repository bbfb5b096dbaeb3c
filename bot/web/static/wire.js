// The line to the server: comes back by itself, and sends again what was not acknowledged.

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30000;
const PING_EVERY = 25000;
const ANSWER_WITHIN = 10000;

export class Wire {
  #socket = null;
  #ready = false;
  #waiting = []; // not yet acknowledged, in order; only the first is ever under way
  #underWay = false;
  #tries = 0;
  #retry;
  #deadline;

  /** `hello()` gives the first frame; `hear(frame)` gets each frame; `feel(online)` each change. */
  constructor(hello, hear, feel) {
    Object.assign(this, { hello, hear, feel });
    setInterval(() => this.#ping(), PING_EVERY);
    addEventListener("online", () => this.connect());
    addEventListener("offline", () => this.#lost());
    document.addEventListener("visibilitychange", () => document.hidden || (this.#ready ? this.#ping() : this.connect()));
  }

  connect() {
    clearTimeout(this.#retry);
    this.#drop();
    const socket = new WebSocket(`${location.origin.replace("http", "ws")}/webhooks/web/ws`);
    this.#socket = socket;
    this.#await();
    socket.onopen = () => this.greet();
    socket.onmessage = (event) => socket === this.#socket && this.#heard(JSON.parse(event.data));
    socket.onclose = () => socket === this.#socket && this.#lost();
  }

  greet() {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(this.hello()));
  }

  say(frame) {
    this.#waiting.push(frame);
    this.#flush();
  }

  /** Said once, if there is a line; nobody waits for it. */
  tell(frame) {
    if (this.#ready) this.#socket.send(JSON.stringify(frame));
    return this.#ready;
  }

  #heard(frame) {
    this.#deadline = clearTimeout(this.#deadline);
    if (frame.type === "welcome" && !this.#ready) {
      this.#ready = true;
      this.#tries = 0;
      this.feel(true);
    }
    this.hear(frame);
    const settled = frame.type === "ack" ? frame.id : frame.type === "error" && frame.of;
    if (settled && this.#waiting[0]?.id === settled) this.#underWay = !this.#waiting.shift();
    this.#flush();
  }

  #flush() {
    if (!this.#ready || this.#underWay || !this.#waiting.length) return;
    this.#underWay = true;
    this.#socket.send(JSON.stringify(this.#waiting[0]));
  }

  #ping() {
    if (!this.#ready) return;
    this.#socket.send('{"type":"ping"}');
    this.#await();
  }

  #await() {
    this.#deadline ||= setTimeout(() => this.#lost(), ANSWER_WITHIN);
  }

  #drop() {
    this.#deadline = clearTimeout(this.#deadline);
    this.#socket?.close();
    this.#socket = null;
    this.#ready = this.#underWay = false;
  }

  #lost() {
    this.#drop();
    this.feel(false);
    clearTimeout(this.#retry);
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#tries++);
    this.#retry = setTimeout(() => this.connect(), wait * (0.5 + Math.random()));
  }
}
