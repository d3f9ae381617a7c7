// Ticks all or none, and says at once when something is left out. Without scripts the preview says it.
const list = document.getElementById("domains");
const warning = document.getElementById("narrowed");

function tell() {
  if (!warning) return;
  const boxes = [...document.querySelectorAll('input[name="domains"]')];
  const ticked = boxes.filter((box) => box.checked).length;
  const days = [...document.querySelectorAll('input[type="date"]')];
  const shorter = days.some((day) => day.value !== day.dataset.default);
  warning.hidden = ticked === boxes.length && !shorter;
  warning.textContent = warning.dataset.text.replace("%", String(ticked));
}

if (list) {
  for (const hidden of list.querySelectorAll(".needs-script")) hidden.hidden = false;
  list.addEventListener("click", (event) => {
    const wanted = event.target.dataset ? event.target.dataset.tick : undefined;
    if (!wanted) return;
    for (const box of list.querySelectorAll('input[name="domains"]')) box.checked = wanted === "all";
    tell();
  });
}
document.addEventListener("change", tell);
tell();
