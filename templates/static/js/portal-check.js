// The box of the verifier's pages: dropping, hash-only mode, and many files with progress shown.
// Without this script the same form is posted as it stands.
const form = document.getElementById("check");
const input = document.getElementById("files");
const drop = document.getElementById("drop");
const chosen = document.getElementById("chosen");
const hashOnly = document.getElementById("hash-only");
const box = document.getElementById("progress");
const text = document.getElementById("progress-text");
const bar = document.getElementById("progress-bar");
const many = form.dataset.many === "1";
const limit = Number(form.dataset.limit);
const AT_ONCE = 3;
const SHOWN = 8;

function show() {
  const names = [...input.files].slice(0, SHOWN).map((file) => file.name);
  if (input.files.length > SHOWN) names.push(`… (${input.files.length})`);
  chosen.replaceChildren(...names.map((name) => {
    const item = document.createElement("li");
    item.textContent = name;
    return item;
  }));
}

for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
}
for (const name of ["dragleave", "drop"]) {
  drop.addEventListener(name, () => drop.classList.remove("over"));
}
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; show(); }
});
input.addEventListener("change", show);

async function sha256(file) {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function tell(words, done = 0, total = 0) {
  box.hidden = false;
  text.textContent = words.replace("{done}", done).replace("{total}", total);
  box.classList.remove("notice", "notice-bad");
  bar.hidden = false;
  bar.max = total || 1;
  if (total) bar.value = done; else bar.removeAttribute("value");
}

// It goes no further, and no bar moves as if it did.
function halt(words) {
  tell(words);
  box.classList.add("notice", "notice-bad");
  bar.hidden = true;
}

async function post(address, body) {
  const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

// Each file is one request, so that progress is what has really been judged.
async function batch(files) {
  const opening = new FormData(form);
  opening.delete("files");
  opening.set("total", files.length);
  await post("/batch/open", opening);
  let sent = 0;
  let shown = 0;
  tell(text.dataset.done, 0, files.length);
  const queue = [...files];
  const worker = async () => {
    for (let file = queue.shift(); file; file = queue.shift()) {
      const body = new FormData();
      if (hashOnly.checked) body.set("sha256", await sha256(file)); else body.set("file", file);
      const state = await post(hashOnly.checked ? "/batch/hash" : "/batch/file", body);
      sent += 1;
      shown = Math.max(shown, state.done);
      tell(text.dataset.done, shown, Math.max(state.total, shown));
    }
  };
  const watching = setInterval(async () => {
    const state = await fetch("/batch/progress").then((answer) => answer.json()).catch(() => null);
    if (state && sent < files.length) { shown = Math.max(shown, state.done); tell(text.dataset.done, shown, state.total); }
  }, 1000);
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } finally {
    clearInterval(watching);
  }
  location.assign("/batch/result");
}

async function digestOf(file) {
  tell(text.dataset.reading);
  const hidden = document.getElementById("hashes");
  const sent = new FormData(form);
  sent.delete("files");
  sent.set("sha256", await sha256(file));
  hidden.replaceChildren(...[...sent].map(([name, value]) => {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    return field;
  }));
  hidden.submit();
}

// Photographs alone are the pages of one print and go together; the server lays them beside the original.
function photographs(files) {
  return !many && files.length > 1 && [...files].every((file) => file.type.startsWith("image/"));
}

function packed(file) {
  return /\.zip$/i.test(file.name) || file.type === "application/zip";
}

// Nothing of a file leaves this computer once its digest alone was asked for: whatever stands in the way is said here.
function digests(files) {
  if (files.length > limit) return halt(text.dataset.tooMany);
  if ([...files].some(packed)) return halt(text.dataset.packed);
  const work = files.length > 1 || many ? batch(files) : digestOf(files[0]);
  return work.catch(() => halt(text.dataset.failed));
}

form.addEventListener("submit", (event) => {
  const files = input.files;
  if (!files.length) return;
  if (hashOnly.checked) { event.preventDefault(); digests(files); return; }
  if (files.length > limit) return;
  const several = files.length > 1 || many || packed(files[0]);
  if (!several || photographs(files)) { tell(text.dataset.waiting); return; }
  event.preventDefault();
  // Whatever goes wrong on the way: the plain form still works.
  batch(files).catch(() => form.submit());
});

drop.classList.add("scripted");
if (globalThis.crypto?.subtle) {
  for (const part of document.querySelectorAll(".needs-script")) part.hidden = false;
}
