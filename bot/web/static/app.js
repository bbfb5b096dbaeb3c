// The page's hands: keeps its few settings, sends what the person does, shows what comes.

import * as talk from "./talk.js";
import { Wire } from "./wire.js";
import { dress, tongue, word } from "./words.js";

const MAX_TEXT = 2000;
const COUNT_FROM = 1800;
const SIZES = 3;
const PATIENCE = 1500; // milliseconds; a shorter break is not worth a banner
const THINKING = 400;

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
let thinking, outage; // timers

const acts = { welcome, message: show, working: () => think(true), ack: ({ id }) => done(id), error: trouble };
const hear = (frame) => acts[frame.type]?.(frame);

function welcome({ token, lines }) {
  keep("token", token);
  past = talk.isEmpty() ? lines : 0;
  at("log").setAttribute("aria-busy", past > 0); // the past is not read aloud
  start.hidden = !talk.isEmpty() || past > 0;
}

function show(frame) {
  const old = past > 0;
  latest = Math.max(latest, frame.n ?? 0);
  start.hidden = true;
  if (frame.from !== "me") think(false);
  const el = talk.hear(frame);
  if (old && --past > 0) return;
  talk.mend();
  at("log").setAttribute("aria-busy", false);
  if (old) toEnd();
  else if (el && resting) follow(el);
  look();
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
  size(root.dataset.size);
}

function switchTongue() {
  const text = word("other");
  speak(tongue() === "en" ? "ko" : "en");
  keep("lang", tongue());
  wire.greet();
  say({ type: "text", text }, text);
}

function leave() {
  if (!confirm(word("leave"))) return;
  said.clear();
  storage((store) => store.removeItem("anbu.token"));
  location.reload();
}

function shut(goBack) {
  if (goBack && settings.open) settings.querySelector("summary").focus();
  settings.open = false;
}

const onClick = (el, act) => el.addEventListener("click", act);

talk.listen({ press, resend: (id) => wire.say(said.get(id)) });
at("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  write();
});
words.addEventListener("input", fit);
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

speak(tongue());
start.hidden = Boolean(kept("token"));
wire.connect();
