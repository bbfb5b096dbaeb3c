// The conversation as it is drawn. Texts become text nodes; nothing is ever parsed as HTML.

import { pieces } from "./links.js";
import { tongue, word } from "./words.js";

const log = document.getElementById("log");
const lines = new Map(); // by key: "n:12", "id:…" for my own, "part:…" for what is not kept
const acts = {}; // press(button), resend(id), picture(ref)

export const listen = (to) => Object.assign(acts, to);

export const isEmpty = () => lines.size === 0;

const languageOf = (text) => (/[가-힣]/.test(text) ? "ko" : "en");

function make(tag, name, text = "", more = {}) {
  return Object.assign(document.createElement(tag), { className: name, textContent: text }, more);
}

function button(text, act) {
  const el = make("button", "", text, { type: "button", lang: languageOf(text) });
  el.addEventListener("click", act);
  return el;
}

function drawPiece({ text, href }) {
  if (!href) return text;
  const away = href.startsWith("https:") && { target: "_blank", rel: "noopener noreferrer" };
  return make("a", "", text, { href, ...away });
}

function draw(line) {
  line.el = make("div", `line ${line.from}`);
  line.day = make("p", "day");
  line.note = make("p", "note");
  line.who = make("span", "who");
  line.time = make("time", "", "", { dateTime: line.at.toISOString() });
  line.state = make("span", "state");
  const bubble = make("div", "bubble");
  const text = make("p", "text", "", { lang: languageOf(line.text) });
  text.append(...pieces(line.text).map(drawPiece));
  bubble.append(line.who, text);
  const meta = make("p", "meta");
  meta.setAttribute("aria-live", "off");
  meta.append(line.time, line.state);
  line.el.append(line.day, line.note, bubble, meta);
  if (line.buttons?.length) {
    line.choices = make("div", "choices");
    line.choices.setAttribute("role", "group");
    line.choices.append(...line.buttons.map((choice) => button(choice.title, () => line.live && acts.press(choice))));
    line.el.append(line.choices);
  }
  relabel(line);
}

function relabel(line) {
  const day = { year: "numeric", month: "long", day: "numeric", weekday: "long" };
  line.who.textContent = word(line.from);
  line.day.textContent = line.at.toLocaleDateString(tongue(), day);
  line.time.textContent = line.at.toLocaleTimeString(tongue(), { hour: "numeric", minute: "2-digit" });
  line.note.textContent = word("private");
  line.choices?.setAttribute("aria-label", word("choices"));
  drawState(line);
}

function drawState({ el, state, is = "", why, again, id }) {
  el.dataset.state = is;
  state.textContent = is && word(is) + (why ? ` · ${why}` : "");
  if (!again) return;
  const retry = button(word("again"), () => {
    change(id, { is: "sending", why: "", again: false });
    acts.resend(id);
  });
  retry.className = "again";
  state.append(retry);
}

function change(id, now) {
  const line = lines.get(`id:${id}`);
  if (line?.is) drawState(Object.assign(line, now)); // what came as history has no state
}

/** How much of a picture has left, in parts of one. */
export function leaving(id, part) {
  const line = lines.get(`id:${id}`);
  if (line?.is === "sending") line.state.textContent = `${word("sending")} ${Math.floor(part * 100)}%`;
}

/** A picture under the words of a line. */
function hang(line, canvas, name) {
  if (!line || !canvas) return;
  canvas.className = "picture";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", name);
  line.el.querySelector(".bubble").append(canvas);
}

/** A small picture under my own words; it is gone when the page is. */
export const adorn = (id, canvas) => hang(lines.get(`id:${id}`), canvas, word("mine"));

export const sent = (id) => change(id, { is: "sent", why: "", again: false });

export const failed = (id, why, again) => change(id, { is: "failed", why, again });

const drawn = () => [...log.children].map((el) => el.line);

/** Kept lines stand in the order of `n`; what is not kept, where it came; what is on its way, last. */
function place(line) {
  const onItsWay = (one) => one.is === "sending";
  const later = (other) => (line.n && other.n > line.n) || (onItsWay(other) && !onItsWay(line));
  const next = drawn().find((other) => other !== line && later(other))?.el ?? null;
  line.el.line = line;
  if (!line.el.isConnected || line.el.nextSibling !== next) log.insertBefore(line.el, next);
}

/** What hangs on the neighbours: days, the beginning of an unkept part, which buttons still work. */
export function mend() {
  const all = drawn();
  const lastMine = all.findLastIndex((line) => line.from === "me");
  const live = all.slice(lastMine + 1).findLast((line) => line.choices);
  let answer = ""; // what I said next, seen from the end
  for (let i = all.length - 1; i >= 0; i--) {
    const [line, before] = [all[i], all[i - 1]];
    line.day.hidden = before?.at.toDateString() === line.at.toDateString();
    line.note.hidden = !line.private || Boolean(before?.private);
    line.el.classList.toggle("private", Boolean(line.private));
    line.el.classList.toggle("latest", i === lastMine);
    if (line.from === "me") answer = line.text;
    line.live = line === live;
    for (const el of line.choices?.children ?? []) {
      el.setAttribute("aria-disabled", !line.live);
      el.tabIndex = line.live ? 0 : -1;
      el.classList.toggle("chosen", !line.live && el.textContent === answer);
    }
  }
}

function add(key, line) {
  lines.set(key, line);
  draw(line);
  place(line);
  return line.el;
}

/** My own words, before the server has them. */
export function mine(id, text) {
  add(`id:${id}`, { id, text, from: "me", at: new Date(), n: 0, is: "sending" });
  mend();
}

function keyOf({ of, part, n, from, private: unkept }) {
  if (unkept) return `part:${of}/${part}`;
  return from === "me" && of ? `id:${of}` : `n:${n}`;
}

/** A line from the server; returns its element, or null if it was here already. Then `mend`. */
export function hear(frame) {
  const key = keyOf(frame);
  const known = lines.get(key);
  sent(frame.of); // an answer proves that the question arrived
  if (!known) {
    const asked = lines.get(`id:${frame.of}`);
    if (frame.private && asked) asked.private = true;
    const el = add(key, { ...frame, n: frame.n ?? 0, at: new Date(frame.at) });
    if (frame.photo) acts.picture(frame.photo).then((canvas) => hang(lines.get(key), canvas, word("theirs")));
    return el;
  }
  if (frame.n && !known.n) {
    Object.assign(known, { n: frame.n, at: new Date(frame.at) });
    relabel(known);
    place(known);
  }
  return null;
}

/** The page speaks another language now. */
export function retell() {
  for (const line of lines.values()) relabel(line);
}
