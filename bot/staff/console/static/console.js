"use strict";

/* Keyboard, the command line, and pages that look again by themselves. Everything works without it, only slower. */

const byId = (id) => document.getElementById(id);
const signedIn = document.body.hasAttribute("data-signed-in");

/* --- looking again --- */

const SLOWEST = 3000; // a page of many cases is not fetched more often
let looking = false;
let again = false;
let lookedAt = 0;

function fetched(url) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", url);
    request.responseType = "document";
    request.setRequestHeader("X-Anbu-Live", "1");
    request.onload = () => resolve(request);
    request.onerror = reject;
    request.send();
  });
}

async function look() {
  if (looking) {
    again = true;
    return;
  }
  looking = true;
  try {
    const answer = await fetched(location.href);
    if (answer.status === 401) signedOut();
    else if (answer.status === 200 && answer.response) swap(answer.response);
  } catch {
    /* the stream tells when the service is back */
  }
  looking = false;
  lookedAt = Date.now();
  if (again) {
    again = false;
    soon();
  }
}

function swap(fresh) {
  const focused = document.activeElement?.id;
  for (const old of document.querySelectorAll("[data-live]")) {
    const now = fresh.getElementById(old.id);
    if (!now || now.innerHTML === old.innerHTML) continue;
    const near = old.dataset.follow !== undefined && atEnd();
    old.replaceWith(document.importNode(now, true));
    if (near) window.scrollTo(0, document.body.scrollHeight);
  }
  if (focused) byId(focused)?.focus({ preventScroll: true });
}

function atEnd() {
  return window.innerHeight + window.scrollY >= document.body.scrollHeight - 160;
}

let timer = 0;
function soon() {
  if (timer) return;
  const slow = document.querySelector('[data-live="*"]') ? SLOWEST : 0;
  const rest = Math.max(0, lookedAt + slow - Date.now());
  timer = setTimeout(() => {
    timer = 0;
    look();
  }, rest);
}

function concerns(number) {
  return [...document.querySelectorAll("[data-live]")].some(
    (each) => each.dataset.live === "*" || each.dataset.live === String(number),
  );
}

function signedOut() {
  stream?.close();
  byId("gone").hidden = false;
}

let stream = null;
if (signedIn && document.querySelector("[data-live]")) {
  stream = new EventSource("/staff/events");
  let lost = false;
  stream.addEventListener("open", () => {
    if (lost) soon();
    lost = false;
    document.body.dataset.stream = "open";
  });
  stream.addEventListener("error", () => {
    lost = true;
    document.body.dataset.stream = "lost";
    if (stream.readyState === EventSource.CLOSED) look();
  });
  stream.addEventListener("case", (event) => {
    if (concerns(JSON.parse(event.data).number)) soon();
  });
  stream.addEventListener("again", soon);
  stream.addEventListener("bye", look);
  setInterval(soon, 60000); // clocks go on
}

/* A talk opens at its end, as in a messenger. */
document.querySelector("[data-follow] > :last-child")?.scrollIntoView({ block: "nearest" });

/* --- the command line --- */

const answer = byId("answer");
const line = byId("command");

function show(text, wrong) {
  answer.textContent = text;
  answer.classList.toggle("wrong", wrong);
  answer.hidden = false;
}

line?.form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!line.value.trim()) return;
  const request = new XMLHttpRequest();
  request.open("POST", line.form.action);
  request.responseType = "document";
  request.onload = () => {
    const said = request.response?.getElementById("result");
    if (!said) location.reload();
    show(said.textContent, request.status !== 200);
    if (request.status === 200) {
      line.value = "";
      soon();
    }
  };
  request.send(new URLSearchParams(new FormData(line.form)));
});

let asking = 0;
line?.addEventListener("input", () => {
  clearTimeout(asking);
  asking = setTimeout(async () => {
    const answer = await fetched(`/staff/command?said=${encodeURIComponent(line.value || "/")}`);
    const list = line.list;
    const found = answer.response?.querySelectorAll("[data-hint]") ?? [];
    list.replaceChildren(
      ...[...found].slice(0, 40).map((row) => {
        const option = document.createElement("option");
        option.value = row.dataset.hint;
        option.label = row.lastElementChild.textContent;
        return option;
      }),
    );
  }, 120);
});

/* --- keys --- */

const typing = (where) => where.matches("input, textarea, select, [contenteditable]");
const rows = () => [...document.querySelectorAll("[data-row] a")];

function step(by) {
  const links = rows();
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  const next = links[Math.min(links.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function press(key) {
  const wanted = document.querySelector(`main [data-key="${CSS.escape(key)}"]`);
  if (!wanted) return false;
  wanted.closest("details")?.setAttribute("open", "");
  if (typing(wanted)) wanted.focus();
  else wanted.click();
  return true;
}

let going = false;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape") {
    if (answer) answer.hidden = true;
    document.querySelector("details.who[open]")?.removeAttribute("open");
    if (typing(event.target)) event.target.blur();
    return;
  }
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  const key = event.key;
  if (going) {
    going = false;
    document.querySelector(`.rail [data-key="${CSS.escape(key)}"]`)?.click();
  } else if (key === "g") going = true;
  else if (key === "j" || key === "ArrowDown") rows().length ? step(1) : (going = false);
  else if (key === "k" || key === "ArrowUp") rows().length ? step(-1) : (going = false);
  else if (key === "/" && line) line.focus();
  else if (key === "?") byId("help")?.showModal();
  else if (!press(key)) return;
  if (key !== "ArrowDown" && key !== "ArrowUp") event.preventDefault();
  else if (rows().length) event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form[data-send]");
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});

for (const button of document.querySelectorAll("[data-help]")) {
  button.hidden = false;
  button.addEventListener("click", () => byId("help").showModal());
}
document.addEventListener("click", (event) => {
  const open = document.querySelector("details.who[open]");
  if (open && !open.contains(event.target)) open.removeAttribute("open");
  if (answer && !answer.hidden && !answer.contains(event.target)) answer.hidden = true;
});

/* A form is sent once, however often it is pressed. */
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
