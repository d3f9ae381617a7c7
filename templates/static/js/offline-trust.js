// Trust list and status lists as the house signs them (docs/formats/trust-bundle.md), opened without network.
import { Refused, base64, certificate, hex, need, revocations, sha256, verifies } from "./offline-der.js";

const ARRAY_BYTES = 2 ** 19;
const MAX_TEXT = 8 * 2 ** 20;
const MAX_CHAIN = 4;

function json(segment) {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(base64(segment)));
  } catch {
    throw new Refused("form");
  }
}

function jws(text, typ, members) {
  need(text.length <= MAX_TEXT && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text), "form");
  const [head, body, signature] = text.split(".");
  const header = json(head);
  need(header.alg === "ES256" && header.typ === typ && Object.keys(header).sort().join() === members, "form");
  const signedBytes = new TextEncoder().encode(`${head}.${body}`);
  return { header, payload: json(body), signature: base64(signature), signedBytes };
}

// Each certificate signed by the next, the last being the anchor that this page was served with.
async function requireChain(path, anchor, usage, now) {
  need(path.length >= 2 && path.length <= MAX_CHAIN && (await sha256(path.at(-1))) === anchor, "anchor");
  const read = path.map(certificate);
  for (const [place, each] of read.entries()) {
    const parent = read[Math.min(place + 1, read.length - 1)];
    need(parent.ca && each.issuer === parent.subject, "chain");
    need(await verifies(parent.spki, each.signature, each.signedBytes), "chain");
    need(each.from <= now, "clock");
    need(now <= each.to, "chain_time");
  }
  need(read[0].usage === usage, "role");
  return read;
}

// A list this page cannot read, such as an outside CA's by another kind of key, speaks of nothing here.
function readable(crls) {
  return crls.flatMap((text) => {
    try {
      return [revocations(base64(text))];
    } catch {
      return [];
    }
  });
}

// The newest list by that very key: every issuing key a house ever had bears one name, and has a list of its own.
async function listBy(parent, lists) {
  let newest = null;
  for (const each of lists) {
    if (each.issuer !== parent.subject || (newest && each.made <= newest.made)) continue;
    if (await verifies(parent.spki, each.signature, each.signedBytes)) newest = each;
  }
  return newest;
}

async function requireUnrevoked(read, lists) {
  for (const [place, each] of read.slice(0, -1).entries()) {
    const list = await listBy(read[place + 1], lists);
    need(list, "revocation");
    need(!list.serials.has(each.serial), "revoked");
  }
}

async function pinnedKey(service, bundle, root, pinned, lists, now) {
  const path = [service.cert, ...service.chain].map(base64);
  const read = await requireChain([...path, root], pinned.anchor, pinned.usages[service.role], now);
  await requireUnrevoked(read, lists);
  const kid = (await sha256(read[0].spki)).slice(0, 16);
  need(!bundle.key_status.some((each) => each.key_id === kid && each.state === "revoked"), "revoked");
  const until = service.to ? Date.parse(service.to) : Infinity;
  return { kid, spki: read[0].spki, prefix: service.number_prefix ?? bundle.region, until };
}

// SECURITY: judged by now alone: a code bears no time stamp, so whoever holds an ended key could date one back.
async function pinnedKeys(bundle, role, root, pinned, lists, now) {
  const keys = [];
  for (const service of bundle.services.filter((each) => each.role === role && each.state !== "revoked")) {
    try {
      keys.push(await pinnedKey(service, bundle, root, pinned, lists, now));
    } catch {
      // A retired key's certificate ends, an issuing CA is revoked: that key verifies nothing, the others still do.
    }
  }
  return keys;
}

// The trust list in `text`, if the trust key under the pinned anchor signed it; Refused otherwise.
export async function openTrust(text, pinned, now) {
  const { header, payload: bundle, signature, signedBytes } = jws(text, "daizheng-trust+jws", "alg,typ,x5c");
  need(Array.isArray(header.x5c), "form");
  const path = header.x5c.map(base64);
  const read = await requireChain(path, pinned.anchor, pinned.usages.trust, now);
  need(await verifies(read[0].spki, signature, signedBytes), "signature");
  need(bundle.type === "urn:daizheng:schema:trust-bundle:1" && bundle.environment === pinned.environment, "form");
  need(bundle.hosts.includes(pinned.host), "host");
  need(Number.isSafeInteger(bundle.sequence), "form");
  const lists = readable(bundle.crls);
  await requireUnrevoked(read, lists);
  return {
    text,
    sequence: bundle.sequence,
    madeAt: Date.parse(bundle.made_at),
    expiresAt: Date.parse(bundle.expires_at),
    hosts: bundle.hosts,
    environment: bundle.environment,
    lists: bundle.status_lists,
    qr: await pinnedKeys(bundle, "qr", path.at(-1), pinned, lists, now),
    status: await pinnedKeys(bundle, "status", path.at(-1), pinned, lists, now),
  };
}

async function unpacked(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const reader = stream.getReader();
  const out = new Uint8Array(ARRAY_BYTES);
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    need(length + part.value.length <= ARRAY_BYTES, "list");
    out.set(part.value, length);
    length += part.value.length;
  }
  need(length === ARRAY_BYTES, "list");
  return out;
}

// The status list in `text` (IETF Token Status List), if a pinned status key signed it; Refused otherwise.
export async function openStatus(text, trust) {
  const { header, payload, signature, signedBytes } = jws(text, "statuslist+jwt", "alg,kid,typ");
  const key = trust.status.find((each) => each.kid === header.kid);
  need(key && (await verifies(key.spki, signature, signedBytes)), "signature");
  need(payload.status_list?.bits === 4 && Number.isInteger(payload.iat) && trust.lists.includes(payload.sub), "list");
  // A retired key signs no list any more.
  need(Number.isSafeInteger(payload.version) && payload.iat * 1000 <= key.until, "list");
  const array = await unpacked(base64(payload.status_list.lst));
  return { text, uri: payload.sub, version: payload.version, madeAt: payload.iat * 1000, array };
}

export function valueAt(list, index) {
  need(Number.isInteger(index) && index >= 0 && index < 2 * list.array.length, "list");
  return (list.array[index >> 1] >> (4 * (index & 1))) & 15;
}

export { Refused, hex };
