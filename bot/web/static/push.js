// Notifications, where the person wants them: this browser's subscription.

const WORKER = "/sw.js";
const policy = window.trustedTypes?.createPolicy("anbu", {
  createScriptURL: (url) => (url === WORKER ? url : null),
});

export const possible = () => isSecureContext && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));

async function current() {
  const registration = possible() && (await navigator.serviceWorker.getRegistration("/"));
  return registration ? registration.pushManager.getSubscription() : null;
}

const frame = (subscription, on) => {
  const { endpoint, keys = {} } = subscription.toJSON();
  return { type: "push", on, endpoint, p256dh: keys.p256dh, auth: keys.auth };
};

/** The frame that tells the server; null where the person said no. Throws where the browser cannot. */
export async function begin(key) {
  if ((await Notification.requestPermission()) !== "granted") return null;
  await navigator.serviceWorker.register(policy ? policy.createScriptURL(WORKER) : WORKER);
  const { pushManager } = await navigator.serviceWorker.ready;
  await (await pushManager.getSubscription())?.unsubscribe(); // it may hold an older key of ours
  return frame(await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) }), true);
}

/** The frame that tells the server that it goes on; null where there is nothing. */
export async function again() {
  const subscription = await current();
  return subscription && frame(subscription, true);
}

/** Ends it in this browser; the frame that tells the server, or null. */
export async function end() {
  const subscription = await current();
  if (!subscription) return null;
  const told = frame(subscription, false);
  await subscription.unsubscribe();
  return told;
}
