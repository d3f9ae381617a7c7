// What a report's QR code opens: the part after "#" is read here, taken out of the address bar, checked in
// the page where it is a signed claim, and sent to the service in the body of a request, never in an address.
import { base32, checkClaim, readClaim } from "./portal-claim.js";

const page = document.getElementById("scan");
const said = document.getElementById("local");
const answer = document.getElementById("answer");
const number = page.dataset.number;
const fragment = decodeURIComponent(location.hash.slice(1)).toUpperCase();
history.replaceState(null, "", location.pathname);
// The report's other code opened in the same tab changes only what stands behind "#": read it as if newly opened.
addEventListener("hashchange", () => location.reload());

function tell(tone, words) {
  said.hidden = false;
  said.className = `notice notice-${tone}`;
  said.dataset.local = tone;
  said.textContent = words;
}

async function locally() {
  const keys = await fetch("/q-keys.json").then((found) => found.json());
  let outcome = "bad";
  try {
    outcome = await checkClaim(readClaim(base32(fragment.slice(1))), keys, number);
  } catch {
    outcome = "bad";
  }
  const tone = { good: "good", bad: "bad", unknown: "unsure" }[outcome];
  tell(tone, said.dataset[outcome]);
}

async function ask() {
  const body = new FormData();
  body.set("number", number);
  body.set("fragment", fragment);
  const found = await fetch("/q/check", { method: "POST", body });
  if (!found.ok) throw new Error(String(found.status));
  answer.innerHTML = await found.text();
  answer.focus();
}

if (/^[PC][A-Z2-7]+$/.test(fragment)) {
  document.getElementById("by-code").hidden = true;
  document.getElementById("waiting").hidden = false;
  if (fragment.startsWith("C") && globalThis.crypto?.subtle) {
    await locally().catch(() => tell("unsure", said.dataset.unknown));
  }
  try {
    await ask();
  } catch (error) {
    const busy = error.message === "429";
    tell("unsure", busy ? said.dataset.busy : said.dataset.failed);
    document.getElementById("by-code").hidden = false;
  }
  document.getElementById("waiting").hidden = true;
}
