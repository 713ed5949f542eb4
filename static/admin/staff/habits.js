// What hands do without thinking, on every form of the desk: Ctrl+S saves, leaving with unsaved words asks first, and an
// address with a place leads to that place, also inside the editor of an article.
const form = document.querySelector("#content-main form[method=post]");

const words = () => {
  const data = new FormData(form);
  data.delete("csrfmiddlewaretoken");
  return JSON.stringify([...data].map(([name, value]) => [name, value.name ?? value]));
};

if (form) {
  let before; // taken at the first touch: scripts put fields in order until then
  const remember = () => (before ??= words());
  for (const touch of ["pointerdown", "keydown", "focusin"]) document.addEventListener(touch, remember, { capture: true });
  let isSent = false;
  form.addEventListener("submit", (event) => {
    if (event.submitter?.formTarget !== "_blank") isSent = true; // a preview opens beside the form, which still has the words
  });
  addEventListener("beforeunload", (event) => {
    if (!isSent && before !== undefined && words() !== before) event.preventDefault();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    const button = form.querySelector("[name=_continue]") ?? form.querySelector("[name=_save]");
    if (!button) return;
    event.preventDefault();
    event.stopPropagation();
    button.click();
  });
}

const toPlace = () => {
  const place = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!place) return;
  place.classList.remove("collapsed");
  place.closest("details")?.setAttribute("open", "");
  place.scrollIntoView();
  const field = place.matches("input, select, textarea")
    ? place
    : place.querySelector("fieldset :is(input:not([type=hidden]), textarea, [contenteditable=true])");
  field?.focus({ preventScroll: true });
};

document.addEventListener("content-editor:ready", toPlace);
