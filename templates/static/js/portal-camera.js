// Reads a report's QR code from the camera on this device; only the code's text is sent, in a form.
const part = document.getElementById("camera");
const video = document.getElementById("view");
const said = document.getElementById("camera-said");
const start = document.getElementById("start");
const OURS = /^https:\/\/[^/]+\/q\/[^/#]+#[PC][A-Z2-7]+$/i;
// A page's own mark stands beside both codes and says less than either.
const PAGE_MARK = /#M[A-Z2-7]{18}$/i;
const PAUSE = 120;
const WIDEST = 1600;
const options = { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 2 };

function pause(milliseconds) {
  return new Promise((done) => { setTimeout(done, milliseconds); });
}

async function opened() {
  const wanted = { video: { facingMode: { ideal: "environment" }, width: { ideal: 1920 }, height: { ideal: 1440 } } };
  const stream = await navigator.mediaDevices.getUserMedia(wanted);
  video.srcObject = stream;
  await video.play();
  return stream;
}

function frame(canvas) {
  const scale = Math.min(1, WIDEST / video.videoWidth);
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  drawing.drawImage(video, 0, 0, canvas.width, canvas.height);
  return drawing.getImageData(0, 0, canvas.width, canvas.height);
}

// The signed code is worth more than the cover's, so it is taken first where both are seen.
async function found(canvas) {
  const results = await globalThis.ZXingWASM.readBarcodes(frame(canvas), options);
  const texts = results.map((result) => result.text).filter((text) => !PAGE_MARK.test(text));
  const ours = texts.filter((text) => OURS.test(text));
  if (texts.length && !ours.length) said.textContent = part.dataset.other;
  return ours.find((text) => text.toUpperCase().includes("#C")) ?? ours[0];
}

async function scan() {
  start.disabled = true;
  let stream;
  try {
    stream = await opened();
  } catch {
    said.textContent = part.dataset.denied;
    start.disabled = false;
    return;
  }
  const canvas = document.createElement("canvas");
  let text;
  while (!text && stream.active) {
    if (video.videoWidth) text = await found(canvas);
    if (!text) await pause(PAUSE);
  }
  for (const track of stream.getTracks()) track.stop();
  if (!text) return;
  said.textContent = part.dataset.found;
  document.getElementById("code-text").value = text;
  document.getElementById("code-form").submit();
}

if (navigator.mediaDevices?.getUserMedia) {
  globalThis.ZXingWASM.prepareZXingModule({ overrides: { locateFile: () => part.dataset.wasm } });
  part.hidden = false;
  start.addEventListener("click", scan);
}
