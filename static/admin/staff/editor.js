// What our rich text can do beside the usual: cite a source, link to an article of ours, paste without foreign markup.
import { Extension, Plugin, crel, pm } from "django-prose-editor/editor";
import { finder } from "staff/finder";
import { tidy } from "staff/tidy";

const MARKER = /\[@[a-z0-9][a-z0-9-]*\]/g;

const markersIn = (doc) => {
  const { Decoration, DecorationSet } = pm.view;
  const markers = [];
  doc.descendants((node, at) => {
    for (const match of node.isText ? node.text.matchAll(MARKER) : []) {
      markers.push(Decoration.inline(at + match.index, at + match.index + match[0].length, { class: "cite-marker" }));
    }
  });
  return DecorationSet.create(doc, markers);
};

// The next change is undone by itself, however soon it follows the last key.
const undoStep = (editor) => editor.view.dispatch(pm.history.closeHistory(editor.state.tr));

const item = (menu, button, name, command) => menu.defineItem({ name, groups: "link", command, button });

// [@key] at the cursor; the page shows a number there.
export const Cite = Extension.create({
  name: "cite",
  addCommands() {
    return {
      cite: () => ({ editor }) => {
        finder("sources", (source) => {
          const { to, $to } = editor.state.selection;
          const blank = $to.parentOffset && !/\s$/.test($to.parent.textBetween(0, $to.parentOffset)) ? " " : "";
          undoStep(editor);
          editor.chain().focus().insertContentAt(to, `${blank}[@${source.value}]`).run();
        });
        return true;
      },
    };
  },
  addKeyboardShortcuts() {
    return { "Mod-Shift-c": () => this.editor.commands.cite() };
  },
  addMenuItems({ menu, buttons }) {
    item(menu, buttons.material("menu_book", "cite a source (Ctrl+Shift+C)"), "cite", (editor) => editor.commands.cite());
  },
  addProseMirrorPlugins() {
    return [
      new Plugin({
        state: {
          init: (_, { doc }) => markersIn(doc),
          apply: (change, before) => (change.docChanged ? markersIn(change.doc) : before),
        },
        props: {
          decorations(state) {
            return this.getState(state);
          },
        },
      }),
    ];
  },
});

// A link to an article: around the chosen words, else around the article's title.
export const ArticleLink = Extension.create({
  name: "articleLink",
  addCommands() {
    return {
      linkArticle: () => ({ editor }) => {
        finder("articles", (article) => {
          undoStep(editor);
          const chain = editor.chain().focus();
          if (editor.state.selection.empty && !editor.isActive("link")) {
            const link = { type: "link", attrs: { href: article.value } };
            chain.insertContent({ type: "text", text: article.label, marks: [link] }).unsetMark("link").run();
          } else {
            chain.extendMarkRange("link").setLink({ href: article.value }).run();
          }
        });
        return true;
      },
    };
  },
  addKeyboardShortcuts() {
    return { "Mod-k": () => this.editor.commands.linkArticle() };
  },
  addMenuItems({ menu, buttons }) {
    item(menu, buttons.material("article", "link to an article of ours (Ctrl+K)"), "articleLink", (editor) =>
      editor.commands.linkArticle(),
    );
  },
});

const hasPicture = (data) =>
  [...(data?.files ?? [])].some((file) => file.type.startsWith("image/")) ||
  /<img\b(?![^>]*\balt=["']?[^a-z"'>]+["'>])/i.test(data?.getData("text/html") ?? "");

// A text holds no pictures: who brings one along is told where it goes.
const tellOfPictures = (view, data) => {
  const editor = view.dom.closest(".prose-editor");
  const notice = editor.querySelector(".no-picture") ?? document.createElement("p");
  notice.className = "no-picture";
  notice.setAttribute("role", "status");
  editor.append(notice);
  notice.textContent = hasPicture(data)
    ? "The picture was left out. Pictures go in as a part of their own: in an article, add a part “picture”."
    : "";
  return Boolean(notice.textContent) && !data.types.some((type) => type.startsWith("text/"));
};

// What comes from Word or Google Docs arrives as paragraphs, lists, tables and emphasis.
export const Tidy = Extension.create({
  name: "tidy",
  addProseMirrorPlugins() {
    const { editor } = this;
    return [
      new Plugin({
        props: {
          transformPastedHTML: tidy,
          handlePaste(view, event) {
            undoStep(editor);
            return tellOfPictures(view, event.clipboardData); // the editor goes on with words
          },
          handleDrop(view, event) {
            if (!tellOfPictures(view, event.dataTransfer)) return false;
            event.preventDefault(); // else the browser leaves this page and opens the file
            return true;
          },
        },
      }),
    ];
  },
});
