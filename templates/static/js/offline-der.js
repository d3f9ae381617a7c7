// As much of DER, X.509 (RFC 5280) and ECDSA as the offline page needs: P-256 with SHA-256, nothing else.
const ECDSA_SHA256 = "300a06082a8648ce3d040302";
const P256 = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
const BASIC_CONSTRAINTS = "0603551d13";
const EXTENDED_KEY_USAGE = "0603551d25";

export class Refused extends Error {}

export function need(condition, code) {
  if (!condition) throw new Refused(code);
}

export const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export function base64(text) {
  try {
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  } catch {
    throw new Refused("form");
  }
}

export async function sha256(bytes) {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

function item(bytes, at) {
  need(at + 2 <= bytes.length, "form");
  let length = bytes[at + 1];
  let head = 2;
  if (length & 0x80) {
    const width = length & 0x7f;
    need(width >= 1 && width <= 3 && at + 2 + width <= bytes.length, "form");
    length = 0;
    for (let place = 0; place < width; place += 1) length = (length << 8) | bytes[at + 2 + place];
    head += width;
  }
  const end = at + head + length;
  need(end <= bytes.length, "form");
  return { tag: bytes[at], content: bytes.subarray(at + head, end), whole: bytes.subarray(at, end), end };
}

function items(content) {
  const found = [];
  for (let at = 0; at < content.length;) {
    const next = item(content, at);
    found.push(next);
    at = next.end;
  }
  return found;
}

function signed(der) {
  const outer = item(der, 0);
  need(outer.end === der.length && outer.tag === 0x30, "form");
  const [body, algorithm, bits] = items(outer.content);
  need(bits && bits.tag === 0x03 && bits.content[0] === 0 && hex(algorithm.whole) === ECDSA_SHA256, "form");
  return { body, signature: raw(bits.content.subarray(1)) };
}

// r and s of fixed length, as WebCrypto takes them.
function raw(der) {
  const numbers = items(item(der, 0).content);
  need(numbers.length === 2, "form");
  const out = new Uint8Array(64);
  numbers.forEach(({ content }, place) => {
    const digits = content[0] === 0 ? content.subarray(1) : content;
    need(digits.length <= 32, "form");
    out.set(digits, 32 * (place + 1) - digits.length);
  });
  return out;
}

export async function verifies(spki, signature, data) {
  need(hex(spki).startsWith(P256) && signature.length === 64, "form");
  const key = await crypto.subtle.importKey("spki", spki, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, data);
}

function time({ tag, content }) {
  const text = new TextDecoder().decode(content);
  const digits = tag === 0x17 ? (Number(text.slice(0, 2)) < 50 ? "20" : "19") + text : text;
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits);
  need(found, "form");
  const [year, month, day, hour, minute, second] = found.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

export function certificate(der) {
  const { body, signature } = signed(der);
  const parts = items(body.content);
  need(parts.length >= 8 && parts[0].tag === 0xa0, "form");
  const extensions = new Map();
  const last = parts.find(({ tag }) => tag === 0xa3);
  for (const each of last ? items(item(last.content, 0).content) : []) {
    const fields = items(each.content);
    extensions.set(hex(fields[0].whole), fields.at(-1).content);
  }
  const [from, to] = items(parts[4].content).map(time);
  return {
    signedBytes: body.whole,
    signature,
    serial: hex(parts[1].content),
    issuer: hex(parts[3].whole),
    from,
    to,
    subject: hex(parts[5].whole),
    spki: parts[6].whole,
    // SEQUENCE { BOOLEAN TRUE, ... }: a CA.
    ca: hex(extensions.get(BASIC_CONSTRAINTS) ?? []).slice(4, 10) === "0101ff",
    usage: extensions.has(EXTENDED_KEY_USAGE) ? hex(item(extensions.get(EXTENDED_KEY_USAGE), 0).content) : "",
  };
}

export function revocations(der) {
  const { body, signature } = signed(der);
  const parts = items(body.content);
  if (parts[0].tag === 0x02) parts.shift();
  const more = parts.find(({ tag }) => tag === 0xa0);
  // RFC 5280, 5.2: a critical extension makes a list a partial one, or one that nobody here understands.
  for (const each of more ? items(item(more.content, 0).content) : []) need(items(each.content)[1].tag !== 0x01, "form");
  const listed = parts.slice(3).find(({ tag }) => tag === 0x30);
  const serials = new Set(listed ? items(listed.content).map((each) => hex(items(each.content)[0].content)) : []);
  return { signedBytes: body.whole, signature, issuer: hex(parts[1].whole), made: time(parts[2]), serials };
}
