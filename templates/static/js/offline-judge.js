// One scanned code judged by what this device keeps: claim, trust list, status list, and how old both are.
import { base32, checkClaim, readClaim } from "./portal-claim.js";
import { valueAt } from "./offline-trust.js";

const HOUR = 3_600_000;
export const AMBER = 24 * HOUR;
export const TOO_OLD = 7 * 24 * HOUR;
const AHEAD = 10 * 60_000;
const LINK = /^https:\/\/([^/?#]+)\/q\/([0-9a-f]{22})#([PCM])([A-Z2-7]+)$/i;
const WORDS = { 0: "stands", 1: "revoked", 2: "suspended", 3: "data_changed", 12: "superseded" };
const TONES = { stands: "claim", revoked: "bad", superseded: "bad", suspended: "unsure", data_changed: "unsure" };

// "good", "amber", "too_old", or "clock" for what comes from the future.
export function ageWord(madeAt, now) {
  const age = now - madeAt;
  if (age < -AHEAD) return "clock";
  if (age > TOO_OLD) return "too_old";
  return age > AMBER ? "amber" : "good";
}

const told = (code, tone, claim = null) => ({ code, tone, claim });

// {code, tone, claim}; `kept` is {trust, lists} as opened, or {fault}.
export async function judge(text, kept, now) {
  if (!kept.trust) return told(kept.fault === "clock" ? "clock" : "nothing_kept", "unsure");
  const trustAge = ageWord(kept.trust.madeAt, now);
  if (trustAge === "clock" || trustAge === "too_old") return told(trustAge, "unsure");
  const link = LINK.exec(text.trim());
  if (!link) return told("not_ours", "unsure");
  const [host, number, kind, fragment] = [link[1].toLowerCase(), link[2].toUpperCase(), link[3].toUpperCase(), link[4]];
  if (!kept.trust.hosts.includes(host)) return told("foreign_host", "bad");
  if (kind === "P") return told("cover", "unsure");
  if (kind === "M") return told("page", "unsure");
  const claim = await genuine(fragment.toUpperCase(), number, host, kept.trust);
  if (typeof claim === "string") return told(claim, "bad");
  return byStatus(claim, kept, trustAge, now);
}

async function genuine(fragment, number, host, trust) {
  let claim;
  try {
    claim = readClaim(base32(fragment));
  } catch {
    return "forged";
  }
  const keys = trust.qr.map((each) => ({
    kid: each.kid, spki: btoa(String.fromCharCode(...each.spki)), number_prefix: each.prefix,
  }));
  if (claim.environment !== trust.environment) return "forged";
  const outcome = await checkClaim(claim, { host, keys }, number);
  return { good: claim, bad: "forged", unknown: "key_unknown" }[outcome];
}

function byStatus(claim, kept, trustAge, now) {
  const list = kept.lists.find((each) => each.uri === claim.statusUri);
  if (!list) return told("list_missing", "unsure", claim);
  const age = ageWord(list.madeAt, now);
  if (age === "clock" || age === "too_old") return told(age, "unsure");
  const word = WORDS[valueAt(list, claim.statusIdx)] ?? "unknown_value";
  const amber = age === "amber" || trustAge === "amber";
  if (word === "stands" && amber) return told("stands_old", "unsure", claim);
  return told(word, TONES[word] ?? "unsure", claim);
}
