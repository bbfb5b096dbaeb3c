// Finds web addresses and telephone numbers in a text. No look-behind: older iPhones cannot read it.

const FIND = new RegExp(
  [
    "https://[\\w\\-.~:/?#[\\]@!$&'()*+,;=%]+",
    "(?:tel:)?(?:\\+82[- ]?\\d{1,2}|\\(?0\\d{1,3})[-) ] ?\\d{3,4}[- ]\\d{4}",
    "(?:tel:)?(?:01[016789]\\d{7,8}|1[568]\\d{2}-\\d{4}|0\\d{1,2}-1\\d{2}|1\\d{2,3})",
  ].join("|"),
  "g",
);
const EMERGENCY = new Set(["119", "112", "109"]);
const SHORT = new Set(["110", "120", "129", "132", "1330", "1332", "1345", "1350", "1355", "1357", "1366", "1382", "1388", "1397"]);
const INSIDE_NUMBER = /\w$|\d[-.,~]$/;
const GOES_ON = /^\d|^[-.,~]\d/;
const COUNTED =
  /^(?:만|천|백|억|원|명|세|살|일|년|월|주|개|회|점|번지|호|층|동|평|곳|건|가지|시간|분|쪽|%|㎡|k?m|k?g)|^ ?(?:[만천억] ?)?원|^ (?:만|천|억|million|won|people|years|months|days|hours|%)/;
const ADDRESS = /(?:로|길|동|리|가) ?$/;

function isNumber(found, before, after) {
  const digits = found.replace(/^tel:/, "");
  if (INSIDE_NUMBER.test(before) || GOES_ON.test(after)) return false;
  if (digits.length > 4) return true;
  if (COUNTED.test(after)) return false;
  return EMERGENCY.has(digits) || (SHORT.has(digits) && !ADDRESS.test(before));
}

function link(found, before, after) {
  if (!found.startsWith("https://"))
    return isNumber(found, before, after) && { text: found, href: `tel:${found.replace(/[^\d+]/g, "")}` };
  const bare = found.replace(/[.,;:!?'\]]+$/, "");
  const text = bare.includes("(") ? bare : bare.replace(/\)$/, "");
  return { text, href: text };
}

/** The text in pieces: `{text}` or, for a link, `{text, href}`. */
export function pieces(text) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(FIND)) {
    const end = match.index + match[0].length;
    const part = link(match[0], text.slice(0, match.index), text.slice(end));
    if (!part) continue;
    if (match.index > from) parts.push({ text: text.slice(from, match.index) });
    parts.push(part);
    from = match.index + part.text.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}
