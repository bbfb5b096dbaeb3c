// A picture on its way to the server: how far it is, and what became of it.

import { tongue, word } from "./words.js";

const MOST = 10 * 1024 * 1024;
const PREVIEW = 320;
const SHOWN = 1024;

/** `{ref}`, or `{error, again}`; `progress(part)` is told parts of one. */
export function upload(file, token, progress) {
  if (file.size > MOST) return Promise.resolve({ error: word("large"), again: false });
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    const lost = () => done({ error: word("unsent"), again: true });
    request.open("POST", "/webhooks/web/photo");
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("Accept-Language", tongue());
    request.upload.onprogress = ({ loaded, total }) => total && progress(loaded / total);
    request.onload = () => {
      try {
        const answer = JSON.parse(request.response);
        done(answer.ref || answer.error ? answer : { error: word("unsent"), again: true });
      } catch {
        lost();
      }
    };
    request.onerror = request.onabort = request.ontimeout = lost;
    request.timeout = 120_000;
    request.send(file);
  });
}

/** A picture that an officer sent, drawn; null where it is no more. */
export async function received(ref, token) {
  try {
    const answer = await fetch(`/webhooks/web/photo/${ref}`, { headers: { Authorization: `Bearer ${token}` } });
    return answer.ok ? preview(await answer.blob(), SHOWN) : null;
  } catch {
    return null;
  }
}

/** The picture small, drawn here; null where this browser cannot open it. */
export async function preview(file, most = PREVIEW) {
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, most / Math.max(bitmap.width, bitmap.height));
    const size = { width: Math.ceil(bitmap.width * scale), height: Math.ceil(bitmap.height * scale) };
    const canvas = Object.assign(document.createElement("canvas"), size);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, size.width, size.height);
    return canvas;
  } catch {
    return null;
  }
}
