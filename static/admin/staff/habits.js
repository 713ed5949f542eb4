// What hands do without thinking, on every form of the desk: Ctrl+S saves, and an address with a place
// leads to that place, also inside the editor of an article.
const form = document.querySelector("#content-main form[method=post]");

if (form) {
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
