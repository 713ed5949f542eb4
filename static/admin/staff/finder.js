// A small dialog that searches our sources or articles and hands back the one that was chosen.
import { crel } from "django-prose-editor/editor";

const WAIT = 200; // milliseconds after the last key
const KINDS = {
  sources: { title: "Cite a source", label: "Words of its title, its authors or its key", none: "No source has these words." },
  articles: { title: "Link to an article", label: "Words of its title or its address", none: "No article has these words." },
};

const addresses = () => JSON.parse(document.getElementById("finders").textContent);

export const finder = (kind, choose) => {
  const words = KINDS[kind];
  const field = crel("input", { type: "search", id: "finder-words", autocomplete: "off" });
  const status = crel("p", { className: "finder-status", role: "status" });
  const list = crel("ul", { className: "finder-list" });
  const cancel = crel("button", { type: "button", className: "button", textContent: "Cancel" });
  const dialog = crel("dialog", { className: "finder", "aria-labelledby": "finder-title" }, [
    crel("h2", { id: "finder-title", textContent: words.title }),
    crel("label", { htmlFor: "finder-words", textContent: words.label }),
    field,
    status,
    list,
    crel("p", {}, [cancel]),
  ]);

  const show = (matches) => {
    list.replaceChildren(
      ...matches.map((entry) => {
        const button = crel("button", { type: "button" }, [
          crel("strong", { textContent: entry.label }),
          crel("span", { textContent: entry.note }),
        ]);
        button.addEventListener("click", () => {
          dialog.close();
          choose(entry);
        });
        return crel("li", {}, [button]);
      }),
    );
    status.textContent = matches.length ? `${matches.length} found` : words.none;
  };

  let last = 0;
  const search = async () => {
    const mine = ++last;
    let matches;
    try {
      const response = await fetch(`${addresses()[kind]}?q=${encodeURIComponent(field.value)}`);
      if (!response.ok) throw new Error(response.status);
      ({ matches } = await response.json());
    } catch {
      if (mine === last) status.textContent = "The search does not answer. Try again, or type the words yourself.";
      return;
    }
    if (mine === last) show(matches);
  };

  let waiting;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, WAIT);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    list.querySelector("button")?.click();
  });
  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  search();
};
