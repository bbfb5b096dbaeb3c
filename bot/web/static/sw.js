// Shows what a push brings, unless the page is open before the person's eyes; a tap opens the page.

const pages = () => clients.matchAll({ type: "window", includeUncontrolled: true });

async function show({ title, text, lang, tag }) {
  if ((await pages()).some((page) => page.visibilityState === "visible")) return;
  await registration.showNotification(title, { body: text, lang, tag, icon: "/static/icon.svg" });
}

async function open() {
  const [page] = await pages();
  await (page ? page.focus() : clients.openWindow("/"));
}

addEventListener("push", (event) => event.waitUntil(show(event.data.json())));
addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open());
});
