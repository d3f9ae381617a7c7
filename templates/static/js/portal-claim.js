// The offline claim of a report's second QR code, read and checked in the page (docs/formats/claim.md).
// Reads exactly the form that is issued: COSE_Sign1, ES256, core deterministic CBOR; anything else is refused.
const MAX_BYTES = 370;
const FACTS = 17;
const PRIVATE_CLAIM = -70001;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export class ClaimForm extends Error {}

function require(condition) {
  if (!condition) throw new ClaimForm("claim_form");
}

export function base32(text) {
  const out = [];
  let held = 0;
  let bits = 0;
  for (const letter of text) {
    const value = ALPHABET.indexOf(letter);
    require(value >= 0);
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.push((held >> bits) & 0xff);
      held &= (1 << bits) - 1;
    }
  }
  require(bits < 5 && held === 0);
  return new Uint8Array(out);
}

class Reader {
  constructor(bytes) { this.bytes = bytes; this.at = 0; }

  byte() { require(this.at < this.bytes.length); return this.bytes[this.at++]; }

  take(length) {
    require(length <= this.bytes.length - this.at);
    this.at += length;
    return this.bytes.slice(this.at - length, this.at);
  }

  // The argument of an item's head, in its shortest form.
  argument(low) {
    if (low < 24) return low;
    require(low <= 27);
    const width = 1 << (low - 24);
    let value = 0n;
    for (const byte of this.take(width)) value = (value << 8n) | BigInt(byte);
    require(value >= (width === 1 ? 24n : 1n << BigInt(4 * width)) && value <= BigInt(Number.MAX_SAFE_INTEGER));
    return Number(value);
  }

  item(depth = 0) {
    require(depth < 6);
    const head = this.byte();
    const low = head & 0x1f;
    if (head === 0xf6) return null;
    const count = this.argument(low);
    switch (head >> 5) {
      case 0: return count;
      case 1: return -1 - count;
      case 2: return this.take(count);
      case 3: return new TextDecoder("utf-8", { fatal: true }).decode(this.take(count));
      case 4: return Array.from({ length: this.few(count) }, () => this.item(depth + 1));
      case 5: return this.map(this.few(count), depth);
      default: throw new ClaimForm("claim_form");
    }
  }

  few(count) { require(count <= 32); return count; }

  map(count, depth) {
    const found = new Map();
    for (let place = 0; place < count; place += 1) {
      const key = this.item(depth + 1);
      require(Number.isInteger(key) && !found.has(key));
      found.set(key, this.item(depth + 1));
    }
    return found;
  }

  whole() {
    const value = this.item();
    require(this.at === this.bytes.length);
    return value;
  }
}

const day = (count) => (count === null ? null : new Date(count * 86_400_000).toISOString().slice(0, 10));
const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// The claim in those bytes with what its signature covers; ClaimForm for any other form.
export function readClaim(bytes) {
  require(bytes.length <= MAX_BYTES && bytes[0] === 0xd2);
  const cose = new Reader(bytes.slice(1)).whole();
  require(Array.isArray(cose) && cose.length === 4);
  const [protectedHeader, unprotected, payload, signature] = cose;
  require(protectedHeader instanceof Uint8Array && payload instanceof Uint8Array);
  require(unprotected instanceof Map && unprotected.size === 0);
  require(signature instanceof Uint8Array && signature.length === 64);
  const header = new Reader(protectedHeader).whole();
  require(header instanceof Map && header.size === 2 && header.get(1) === -7);
  require(header.get(4) instanceof Uint8Array && header.get(4).length === 8);
  const claims = new Reader(payload).whole();
  require(claims instanceof Map && claims.size === 3);
  const facts = claims.get(PRIVATE_CLAIM);
  require(Array.isArray(facts) && facts.length === FACTS && facts[0] === 1);
  require(typeof claims.get(1) === "string" && typeof claims.get(2) === "string" && typeof facts[2] === "string");
  return {
    kid: hex(header.get(4)),
    protectedHeader,
    payload,
    signature,
    host: claims.get(1),
    number: claims.get(2),
    environment: { 1: "demo", 2: "test", 3: "production" }[facts[1]],
    name: facts[2],
    uscc: facts[4],
    asOf: facts[5] / 1000,
    windowFrom: day(facts[6]),
    windowTo: day(facts[7]),
    chosen: facts[8],
    total: facts[9],
    narrowed: (facts[10] & 1) === 1,
    incomplete: (facts[10] & 2) === 2,
    records: facts[11],
    fineFen: facts[12],
    latest: day(facts[13]),
    statusUri: String(facts[15]).startsWith("/") ? `https://${claims.get(1)}${facts[15]}` : facts[15],
    statusIdx: facts[16],
  };
}

function byteString(bytes) {
  const head = bytes.length < 24 ? [0x40 | bytes.length]
    : bytes.length < 256 ? [0x58, bytes.length] : [0x59, bytes.length >> 8, bytes.length & 0xff];
  return [...head, ...bytes];
}

// The Sig_structure of RFC 9052 section 4.4.
function signedBytes(claim) {
  const context = new TextEncoder().encode("Signature1");
  return new Uint8Array([0x84, 0x60 | context.length, ...context, ...byteString(claim.protectedHeader), 0x40,
    ...byteString(claim.payload)]);
}

// "good", "bad", or "unknown" where the key is not this house's.
export async function checkClaim(claim, keys, number) {
  const found = keys.keys.find((key) => key.kid === claim.kid);
  if (!found) return "unknown";
  if (claim.number !== number || claim.host !== keys.host || !claim.number.startsWith(found.number_prefix)) return "bad";
  const spki = Uint8Array.from(atob(found.spki), (letter) => letter.charCodeAt(0));
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.importKey("spki", spki, curve, false, ["verify"]);
  const held = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, claim.signature, signedBytes(claim));
  return held ? "good" : "bad";
}
