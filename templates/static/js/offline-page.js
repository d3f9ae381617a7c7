// The check page that works without network: keeps what it needs, tells how old that is, judges what is scanned.
import { need } from "./offline-der.js";
import { ageWord, judge } from "./offline-judge.js";
import { openStatus, openTrust } from "./offline-trust.js";

const page = document.getElementById("offline");
const KEPT = "daizheng-offline-data";
const TRUST = "/offline/kept/trust";
const pinned = {
  anchor: page.dataset.anchor,
  host: page.dataset.host,
  environment: page.dataset.environment,
  usages: { trust: page.dataset.usageTrust, qr: page.dataset.usageQr, status: page.dataset.usageStatus },
};
const options = { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 4 };
const CONTRADICTS = "contradicts";
const WIDEST = 2400;
const PAUSE = 150;
const words = new Map([...document.querySelectorAll("#offline-words li")].map((each) => [each.dataset.code, each.dataset]));
const by = (id) => document.getElementById(id);
let kept = { fault: "none" };

const keptList = (uri) => `/offline/kept${new URL(uri).pathname}`;

async function read(cache, name) {
  const found = await cache.match(name);
  return found ? found.text() : null;
}

// What this device keeps, opened anew: nothing unsigned is believed because it was stored here.
async function opened() {
  const cache = await caches.open(KEPT);
  const text = await read(cache, TRUST);
  if (!text) return { fault: "none" };
  const trust = await openTrust(text, pinned, Date.now());
  const lists = [];
  for (const uri of trust.lists) {
    const list = await listKept(cache, uri, trust);
    if (list) lists.push(list);
  }
  return { trust, lists };
}

// A list signed by a key that `trust` believes no longer is none.
async function listKept(cache, uri, trust) {
  const token = await read(cache, keptList(uri));
  return token ? openStatus(token, trust).catch(() => null) : null;
}

async function load() {
  try {
    kept = await opened();
  } catch (error) {
    kept = { fault: error.message };
  }
}

async function fetched(path) {
  const answer = await fetch(path, { cache: "no-store", credentials: "omit" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

// SECURITY: neither a step back nor other bytes under the same number take the place of what is kept.
function needFollows(found, before, number) {
  need(!before || found[number] > before[number] || found.text === before.text, CONTRADICTS);
}

// Newer lists, checked before they are kept; each status list for itself, so that one bad one keeps no other old.
async function refresh() {
  const cache = await caches.open(KEPT);
  await load();
  const trust = await openTrust(await fetched("/trust.jws"), pinned, Date.now());
  needFollows(trust, kept.trust, "sequence");
  await cache.put(TRUST, new Response(trust.text));
  const outcomes = await Promise.allSettled(trust.lists.map((uri) => refreshList(cache, uri, trust)));
  const faults = outcomes.filter(({ status }) => status === "rejected").map(({ reason }) => reason);
  if (faults.length) throw faults.find(({ message }) => message === CONTRADICTS) ?? faults[0];
}

async function refreshList(cache, uri, trust) {
  const list = await openStatus(await fetched(new URL(uri).pathname), trust);
  need(list.uri === uri, "list");
  needFollows(list, await listKept(cache, uri, trust), "version");
  await cache.put(keptList(uri), new Response(list.text));
}

function since(madeAt) {
  const minutes = Math.max(0, Math.floor((Date.now() - madeAt) / 60_000));
  const [unit, count] = minutes < 120 ? ["minutes", minutes] : minutes < 2880 ? ["hours", Math.floor(minutes / 60)]
    : ["days", Math.floor(minutes / 1440)];
  return page.dataset[unit].replace("{count}", count);
}

// As the paper writes it, so that the two can be compared sign by sign.
function asOnPaper(moment) {
  return new Date(moment).toLocaleString("sv-SE", { timeZone: "Asia/Shanghai" });
}

function showAge(id, madeAt) {
  const row = by(id);
  const word = madeAt === null ? "none" : ageWord(madeAt, Date.now());
  row.dataset.age = word;
  row.querySelector("dd").textContent = madeAt === null ? page.dataset.none
    : `${asOnPaper(madeAt)} · ${since(madeAt)}${page.dataset[word] ?? ""}`;
}

function showAges() {
  showAge("age-trust", kept.trust ? kept.trust.madeAt : null);
  const oldest = kept.lists?.length ? Math.min(...kept.lists.map((each) => each.madeAt)) : null;
  showAge("age-status", oldest);
  by("network").textContent = navigator.onLine ? page.dataset.online : page.dataset.offline;
}

function facts(claim) {
  const amount = (claim.fineFen / 100).toLocaleString("zh-CN", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return { name: claim.name, uscc: claim.uscc ?? "—", number: claim.number, records: page.dataset.records.replace("{records}", claim.records), fine: page.dataset.yuan.replace("{amount}", amount),
    latest: claim.latest ?? "—", domains: `${claim.chosen} / ${claim.total}`,
    window: page.dataset.span.replace("{first}", claim.windowFrom).replace("{last}", claim.windowTo), as_of: asOnPaper(claim.asOf) };
}

function show(outcome) {
  const said = words.get(outcome.code);
  const card = by("verdict");
  card.hidden = false;
  card.className = `card-verdict card-${outcome.tone}`;
  card.dataset.code = outcome.code;
  for (const sign of card.querySelectorAll("[data-sign]")) sign.hidden = sign.dataset.sign !== outcome.tone;
  by("line-1").textContent = said.line;
  by("verdict-next").textContent = said.next;
  const told = outcome.claim ? facts(outcome.claim) : {};
  by("facts").hidden = !outcome.claim;
  for (const row of document.querySelectorAll("#facts [data-fact]")) row.querySelector("dd").textContent = told[row.dataset.fact];
  by("narrowed").hidden = !outcome.claim?.narrowed;
  by("incomplete").hidden = !outcome.claim?.incomplete;
  showAges();
  card.focus();
}

async function judged(texts) {
  const signed = texts.find((text) => text.toUpperCase().includes("#C")) ?? texts[0];
  show(signed ? await judge(signed, kept, Date.now()) : { code: "no_code", tone: "unsure", claim: null });
}

async function codesIn(source, width, height) {
  const scale = Math.min(1, WIDEST / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  drawing.drawImage(source, 0, 0, canvas.width, canvas.height);
  const image = drawing.getImageData(0, 0, canvas.width, canvas.height);
  return (await globalThis.ZXingWASM.readBarcodes(image, options)).map((found) => found.text);
}

async function picture(file) {
  try {
    const bitmap = await createImageBitmap(file);
    await judged(await codesIn(bitmap, bitmap.width, bitmap.height));
  } catch {
    show({ code: "no_code", tone: "unsure", claim: null });
  }
}

async function camera() {
  const video = by("view");
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: { ideal: "environment" }, width: { ideal: 1920 } } });
  } catch {
    by("camera-said").textContent = page.dataset.denied;
    return;
  }
  video.srcObject = stream;
  video.hidden = false;
  await video.play();
  let texts = [];
  while (!texts.length && stream.active) {
    if (video.videoWidth) texts = (await codesIn(video, video.videoWidth, video.videoHeight)).filter((text) => /#[PCM]/i.test(text));
    await new Promise((done) => { setTimeout(done, PAUSE); });
  }
  for (const track of stream.getTracks()) track.stop();
  video.hidden = true;
  await judged(texts);
}

async function update() {
  let said = page.dataset.updated;
  try {
    // One at a time on this device: two answers that overtake each other are no step back.
    await navigator.locks.request(KEPT, refresh);
  } catch (error) {
    // Without network nothing is newer; what does not verify is never kept.
    said = navigator.onLine ? page.dataset.notUpdated : "";
    if (error.message === CONTRADICTS) said = page.dataset.contradicts;
  }
  await load();
  showAges();
  // Said last: until then the ages beside it are those of the old lists.
  by("updated").textContent = said;
}

// What was said of an update is of the time before the network went.
function cutOff() {
  by("updated").textContent = "";
  showAges();
}

async function begin() {
  globalThis.ZXingWASM.prepareZXingModule({ overrides: { locateFile: () => page.dataset.wasm }, fireImmediately: true });
  await load();
  showAges();
  by("shot").addEventListener("change", ({ target }) => {
    const [file] = target.files;
    if (file) picture(file);
    // The same picture may be chosen again, and the page then says so again.
    target.value = "";
  });
  by("update").addEventListener("click", update);
  if (navigator.mediaDevices?.getUserMedia) {
    by("start").hidden = false;
    by("start").addEventListener("click", camera);
  }
  globalThis.addEventListener("online", update);
  globalThis.addEventListener("offline", cutOff);
  await navigator.serviceWorker.register(page.dataset.worker, { scope: "/offline/" });
  await navigator.serviceWorker.ready;
  if (navigator.onLine) await update();
  page.dataset.ready = kept.lists?.length ? "1" : "0";
  if (page.dataset.ready === "1") by("ready").hidden = false;
}

if ("serviceWorker" in navigator && globalThis.caches && globalThis.DecompressionStream && globalThis.crypto?.subtle) {
  page.hidden = false;
  begin().catch(() => { by("updated").textContent = page.dataset.notUpdated; page.dataset.ready = "0"; });
} else {
  by("unfit").hidden = false;
}
