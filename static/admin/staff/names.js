// Fields that scripts draw (rich text, choices with search) take the name of the label above them.
const DRAWN = ".ProseMirror, .select2-selection, .select2-selection__rendered, .select2-search__field";

const nameFields = () => {
  for (const field of document.querySelectorAll(DRAWN)) {
    const label = field.closest(".form-row, .fieldBox")?.querySelector("label, legend");
    if (label && !field.ariaLabel) {
      field.removeAttribute("aria-labelledby");
      field.ariaLabel = label.textContent.replace(/:\s*$/, "").trim();
    }
  }
};

new MutationObserver(nameFields).observe(document, { childList: true, subtree: true });
