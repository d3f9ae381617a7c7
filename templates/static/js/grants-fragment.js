// A scanned link carries its code behind "#", which no browser sends: put it into the box and out of the address.
const box = document.querySelector("[data-fragment]");

function take() {
  const given = location.hash.slice(1);
  if (!box || !given.toUpperCase().startsWith(box.dataset.fragment)) return;
  box.value = (box.dataset.fragment === "G" ? "dzg_" : "dzl_") + given.slice(1).toLowerCase();
  history.replaceState(null, "", location.pathname);
  const typed = box.closest("[data-typed]");
  if (typed) typed.hidden = true;
  document.querySelector("form button.btn-primary").focus();
}

take();
// A further link opened in the same tab changes only what stands behind "#".
addEventListener("hashchange", take);
