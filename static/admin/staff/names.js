// What scripts draw (rich text, choices with search) takes the name of the label above it, and a button of theirs that
// only looks disabled says so.
const DRAWN = ".ProseMirror, .select2-selection, .select2-selection__rendered, .select2-search__field";

const nameFields = () => {
  for (const field of document.querySelectorAll(DRAWN)) {
    const label = field.closest(".form-row, .fieldBox")?.querySelector("label, legend");
    if (label && !field.ariaLabel) {
      field.removeAttribute("aria-labelledby");
      field.ariaLabel = label.textContent.replace(/:\s*$/, "").trim();
    }
  }
  for (const button of document.querySelectorAll(".prose-menubar__button")) {
    const disabled = String(button.classList.contains("disabled"));
    if (button.ariaDisabled !== disabled) button.ariaDisabled = disabled;
  }
};

new MutationObserver(nameFields).observe(document, {
  attributeFilter: ["class"],
  childList: true,
  subtree: true,
});
