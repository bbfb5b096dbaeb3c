// The page's hands: keeps its few settings, sends what the person does, shows what comes.

import { preview, received, upload } from "./photo.js";
import * as push from "./push.js";
import * as talk from "./talk.js";
import { Wire } from "./wire.js";
import { dress, tongue, word } from "./words.js";

const MAX_TEXT = 2000;
const COUNT_FROM = 1800;
const SIZES = 3;
const PATIENCE = 1500; // milliseconds; a shorter break is not worth a banner
const LEAVE_MS = 3000; // milliseconds that leaving waits for the server to hear of it
const THINKING = 400;
const TYPING_EVERY = 3000;

const root = document.documentElement;
const at = (id) => document.getElementById(id);
const [scroller, start, working, net, words, count, newer, settings] =
  ["talk", "start", "working", "net", "words", "count", "newer", "settings"].map(at);

// --- what is kept on this device ---

const memory = new Map(); // for browsers that keep nothing for us
function storage(act) {
  try {
    return act(localStorage);
  } catch {
    return null;
  }
}
const kept = (key) => storage((store) => store.getItem(`anbu.${key}`)) ?? memory.get(key) ?? null;
function keep(key, value) {
  memory.set(key, value);
  storage((store) => store.setItem(`anbu.${key}`, value));
}

// --- what comes ---

const said = new Map(); // frames by id, until the server has them
let latest = 0;
let past = 0; // lines of the past that are still to come
let officer = 0; // the last line of an officer
let shown = 0; // and the last of them that the person has seen
let key = ""; // for notifications
let thinking, outage, writing; // timers

const acts = { welcome, message: show, working: () => think(true), ack: ({ id }) => done(id), error: trouble, typing, push: rings };
const hear = (frame) => acts[frame.type]?.(frame);

function welcome({ token, lines, push: offered }) {
  keep("token", token);
  key = offered ?? "";
  at("bell").hidden = !key || !push.possible();
  if (kept("bell") === "on") push.again().then((frame) => frame && wire.tell(frame));
  past = talk.isEmpty() ? lines : 0;
  at("log").setAttribute("aria-busy", past > 0); // the past is not read aloud
  start.hidden = !talk.isEmpty() || past > 0;
}

function show(frame) {
  const old = past > 0;
  latest = Math.max(latest, frame.n ?? 0);
  start.hidden = true;
  if (frame.from !== "me") think(false);
  if (frame.from === "officer") {
    officer = Math.max(officer, frame.n);
    typing({ on: false });
  }
  const el = talk.hear(frame);
  if (old && --past > 0) return;
  talk.mend();
  at("log").setAttribute("aria-busy", false);
  if (old) toEnd();
  else if (el && resting) follow(el);
  look();
}

/** The officer is told what stood before the person's eyes. */
function seen() {
  if (document.hidden || !resting || officer <= shown || past > 0) return;
  if (wire.tell({ type: "seen", n: officer })) shown = officer;
}

function typing({ on }) {
  clearTimeout(writing);
  at("typing").hidden = !on;
  if (!on) return;
  writing = setTimeout(() => typing({ on: false }), 15000); // whatever became of them
  if (resting) follow(at("typing"));
}

function done(id) {
  said.delete(id);
  talk.sent(id);
  think(false);
}

function trouble({ text, of, again }) {
  think(false);
  if (!again) said.delete(of);
  return of ? talk.failed(of, text, again) : tell(text);
}

function think(yes) {
  clearTimeout(thinking);
  if (!yes) return (working.hidden = true);
  thinking = setTimeout(() => {
    working.hidden = false;
    if (resting) follow(working);
  }, THINKING);
}

function tell(text, state = "") {
  net.textContent = text;
  net.className = state;
}

function feel(online) {
  think(false);
  if (online) outage = clearTimeout(outage);
  else outage ||= setTimeout(offline, PATIENCE);
  if (!online || net.className !== "off") return;
  tell(word("online"), "on");
  setTimeout(() => net.className === "on" && tell(""), 3000);
}

function offline() {
  tell(word("offline"), "off");
  start.hidden = !talk.isEmpty();
}

// --- saying something ---

const wire = new Wire(() => ({ type: "hello", token: kept("token"), since: latest, lang: tongue() }), hear, feel);

function uuid() {
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function say(frame, shown) {
  const id = uuid();
  said.set(id, { ...frame, id });
  start.hidden = true;
  talk.mine(id, shown);
  toEnd();
  wire.say(said.get(id));
}
const press = ({ payload, title }) => say({ type: "press", payload, title }, title);

function write() {
  const text = words.value.trim();
  words.focus();
  if (!text || tally() > MAX_TEXT) return;
  say({ type: "text", text }, text);
  words.value = "";
  fit();
}

let typedAt = 0;
function tellTyping() {
  if (!officer || !words.value || Date.now() - typedAt < TYPING_EVERY) return;
  typedAt = Date.now();
  wire.tell({ type: "typing" });
}

async function sendPhoto(file) {
  const id = uuid();
  start.hidden = true;
  talk.mine(id, word("photo"));
  toEnd();
  preview(file).then((canvas) => {
    talk.adorn(id, canvas);
    if (resting) toEnd();
  });
  await uploadAs(id, file);
}

async function uploadAs(id, file) {
  said.set(id, { retry: () => uploadAs(id, file) });
  const { ref, error, again } = await upload(file, kept("token"), (part) => talk.leaving(id, part));
  if (!ref) return trouble({ text: error, of: id, again });
  said.set(id, { type: "photo", id, ref });
  wire.say(said.get(id));
}

function tally() {
  const length = [...words.value.trim()].length;
  count.textContent = length > COUNT_FROM ? `${word("long")} ${length.toLocaleString()}` : "";
  count.className = length > MAX_TEXT ? "over" : "";
  return length;
}

function fit() {
  words.style.height = "auto";
  words.style.height = `${words.scrollHeight + words.offsetHeight - words.clientHeight}px`;
  tally();
}

function shareLocation() {
  tell(word("locating"));
  const found = ({ coords: { latitude, longitude } }) => {
    tell("");
    say({ type: "location", latitude, longitude }, word("here"));
  };
  navigator.geolocation.getCurrentPosition(found, () => tell(word("nowhere")), { timeout: 15000, maximumAge: 60000 });
}

// --- where one reads ---

let resting = true; // at the end, so that what comes may move the page
const toEnd = () => (scroller.scrollTop = scroller.scrollHeight);
function look() {
  resting = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
  newer.hidden = resting || talk.isEmpty();
  seen();
}

/** To the end, but not past the top of the answer, or of the new line: so a long one is read. */
function follow(line) {
  const answer = scroller.querySelector(".line.latest + .line");
  const top = answer?.offsetTop >= scroller.scrollTop ? answer : line;
  scroller.scrollTop = top.offsetTop - 12;
}

// --- settings ---

function size(step) {
  root.dataset.size = step;
  at("size").textContent = word(Number(step) === SIZES ? "normal" : "larger");
  keep("size", step);
  fit();
}

function speak(lang) {
  root.lang = lang;
  dress();
  talk.retell();
  Object.assign(at("tongue"), { textContent: word("other"), lang: lang === "en" ? "ko" : "en" });
  if (net.className === "off") tell(word("offline"), "off");
  at("bell").textContent = word(kept("bell") === "on" ? "quiet" : "ring");
  size(root.dataset.size);
}

function switchTongue() {
  const text = word("other");
  speak(tongue() === "en" ? "ko" : "en");
  keep("lang", tongue());
  wire.greet();
  say({ type: "text", text }, text);
}

let silenced = () => {};

function rings({ on }) {
  if (!on) silenced();
  keep("bell", on ? "on" : "off");
  at("bell").textContent = word(on ? "quiet" : "ring");
}

async function ring() {
  const on = kept("bell") !== "on";
  try {
    const frame = await (on ? push.begin(key) : push.end());
    if (on && !frame) return tell(word("denied"));
    if (frame) wire.tell(frame);
    else rings({ on: false });
    tell(word(on ? "ringing" : "silent"));
  } catch {
    tell(word("unable"));
  }
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function leave() {
  if (!confirm(word("leave"))) return;
  const frame = await push.end().catch(() => null);
  // A page that goes away at once may take the frame with it.
  if (frame && wire.tell(frame)) await Promise.race([new Promise((done) => (silenced = done)), pause(LEAVE_MS)]);
  storage((store) => store.removeItem("anbu.bell"));
  said.clear();
  storage((store) => store.removeItem("anbu.token"));
  location.reload();
}

function shut(goBack) {
  if (goBack && settings.open) settings.querySelector("summary").focus();
  settings.open = false;
}

const onClick = (el, act) => el.addEventListener("click", act);

const resend = (id) => (said.get(id).retry ? said.get(id).retry() : wire.say(said.get(id)));
talk.listen({ press, resend, picture: (ref) => received(ref, kept("token")) });
at("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  write();
});
words.addEventListener("input", fit);
words.addEventListener("input", tellTyping);
words.addEventListener("keydown", (event) => {
  // 229: a Korean syllable is still being put together.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  write();
});
for (const button of start.querySelectorAll("button"))
  onClick(button, () => press({ payload: button.dataset.payload, title: button.querySelector("strong").textContent }));
onClick(at("menu"), () => press({ payload: "/show_menu", title: word("menu") }));
onClick(at("place"), shareLocation);
onClick(at("photo"), () => at("file").click());
at("file").addEventListener("change", ({ target }) => {
  const [file] = target.files;
  target.value = "";
  if (file) sendPhoto(file);
});
onClick(at("bell"), ring);
document.addEventListener("visibilitychange", seen);
at("place").hidden = !("geolocation" in navigator && isSecureContext);
onClick(at("size"), () => size(String((Number(root.dataset.size) % SIZES) + 1)));
onClick(at("tongue"), switchTongue);
for (const radio of document.querySelectorAll("[name=theme]")) {
  radio.checked = radio.value === root.dataset.theme;
  radio.addEventListener("change", () => keep("theme", (root.dataset.theme = radio.value)));
}
onClick(at("print"), () => print());
onClick(at("leave"), leave);
onClick(document, (event) => settings.contains(event.target) || shut());
document.addEventListener("keydown", (event) => event.key === "Escape" && shut(true));
onClick(newer, toEnd);
scroller.addEventListener("scroll", look);
new ResizeObserver(() => resting && toEnd()).observe(scroller); // a keyboard opens, a banner comes
addEventListener("resize", fit);
addEventListener("beforeunload", (event) => said.size && event.preventDefault());
addEventListener("storage", (event) => event.key === "anbu.token" && !event.newValue && location.reload());

/** Words that a link brought along stand in the field; nobody but the person sends them. */
function brought() {
  const found = /^#say=([^&]{1,900})$/.exec(location.hash);
  if (!found) return;
  history.replaceState(null, "", location.pathname + location.search);
  try {
    words.value = decodeURIComponent(found[1]).slice(0, MAX_TEXT);
  } catch {
    return; // half a letter
  }
  fit();
}

speak(tongue());
start.hidden = Boolean(kept("token"));
brought();
wire.connect();
