// Makes what Word, Google Docs and other pages put on the clipboard into plain paragraphs, headings, lists, tables and
// emphasis that say what the eye saw. The server cleans it once more when it is stored.
import { countedLists, listsOfWord } from "staff/lists";
import { asSeen, bySheet, flattened, formulas, raised, rename, styleOf } from "staff/seen";

const TRACKERS = /^(utm_\w+|fbclid|gclid|mc_[ce]id|_hs\w+)$/i;

const KEPT = new Set(["href", "colspan", "rowspan", "start", "type", "data-pm-slice"]);
const GONE =
  "style, script, meta, link, title, xml, svg, iframe, object, template, noscript, audio, video, canvas, datalist, " +
  "meter, progress, rp, colgroup, gone";
// What ends a line, but not of its own accord in the editor.
const LINES = "dt, dd, main, nav, details, summary, legend, center, caption, menu, dir, address";
const BLOCK = new RegExp(
  "^(?:P|DIV|H[1-6R]|HGROUP|UL|OL|LI|DL|BLOCKQUOTE|TABLE|TBODY|THEAD|TFOOT|TR|T[DH]|PRE|SECTION|ARTICLE|HEADER|FOOTER|" +
    "ASIDE|FIGURE|FIGCAPTION|FORM|FIELDSET)$",
);

export const tidy = (html) => {
  const template = document.createElement("template"); // nothing in it runs or loads
  template.innerHTML = undressed(html);
  const body = template.content;
  const page = body.ownerDocument;
  bySheet(body);
  for (const gone of body.querySelectorAll(GONE)) gone.remove();
  formulas(body);
  asSeen(page, body);
  unwrapGoogle(body);
  lines(page, body);
  listsOfWord(page, body);
  countedLists(page, body);
  emphasis(page, body);
  headings(page, body);
  links(body);
  spoken(body);
  raised(body);
  breaks(page, body);
  for (const element of body.querySelectorAll("*")) {
    for (const name of element.getAttributeNames()) if (!KEPT.has(name)) element.removeAttribute(name);
  }
  for (const paragraph of body.querySelectorAll("p")) {
    if (!paragraph.textContent.trim() && !paragraph.closest("td, th")) paragraph.remove();
  }
  return flattened(template.innerHTML);
};

const OPENING = /<[a-z](?:[^"'>]|"[^"]*"|'[^']*')*>/gi;

// The page's policy is asked about style and event attributes, and about <base>, as soon as they are parsed, even where
// nothing is shown.
const undressed = (html) =>
  html
    .replace(/<base\b/gi, "<gone")
    .replace(OPENING, (tag) => tag.replace(/(["'\s/])(style|on[a-z]+)(\s*=)/gi, "$1 data-$2$3"));

// Google wraps everything in one <b> that is not bold.
const unwrapGoogle = (body) => {
  for (const wrapper of body.querySelectorAll("b")) {
    if (wrapper.id.startsWith("docs-internal-guid") || /^(normal|400)$/.test(styleOf(wrapper, "font-weight"))) {
      wrapper.replaceWith(...wrapper.childNodes);
    }
  }
};

// What stood on a line of its own stays there.
const lines = (page, body) => {
  for (const element of body.querySelectorAll("[data-style]")) {
    const display = styleOf(element, "display");
    if (/^(?:inline-)?(?:flex|grid)/i.test(display)) {
      for (const child of [...element.children].filter((each) => !BLOCK.test(each.tagName))) {
        const line = page.createElement("div");
        child.replaceWith(line);
        line.append(child);
      }
    }
    if (/^(?:block|flex|grid|flow-root|list-item|table)/i.test(display) && !BLOCK.test(element.tagName)) {
      const line = page.createElement("div");
      line.append(...element.childNodes);
      element.append(line);
    }
  }
  for (const caption of body.querySelectorAll("table > caption")) caption.parentElement.before(rename(page, caption, "p"));
  for (const element of body.querySelectorAll(LINES)) rename(page, element, "div");
  for (const cell of body.querySelectorAll("td, th, tr, tbody, thead, tfoot")) {
    if (!cell.closest("table")) rename(page, cell, "div");
  }
  for (const entry of body.querySelectorAll("li")) if (!entry.closest("ul, ol")) rename(page, entry, "div");
};

// Emphasis that is written as style becomes an element; a heading needs none.
const emphasis = (page, body) => {
  for (const span of body.querySelectorAll("span[data-style]")) {
    const weight = styleOf(span, "font-weight");
    const isBold = weight === "bold" || Number(weight) >= 600;
    if (isBold && !span.closest("h1, h2, h3, h4, h5, h6, b, strong, th")) {
      const strong = page.createElement("strong");
      strong.append(...span.childNodes);
      span.append(strong);
    }
    if (styleOf(span, "font-style") === "italic" && !span.closest("i, em")) {
      const em = page.createElement("em");
      em.append(...span.childNodes);
      span.append(em);
    }
  }
};

// A text has one kind of heading inside a section.
const headings = (page, body) => {
  for (const heading of body.querySelectorAll("h1, h2, h4, h5, h6, p.MsoTitle, p.MsoSubtitle")) rename(page, heading, "h3");
  for (const bold of body.querySelectorAll("h3 b, h3 strong")) bold.replaceWith(...bold.childNodes);
  for (const line of body.querySelectorAll("h3 br")) line.replaceWith(" ");
  for (const heading of body.querySelectorAll("h3")) if (!heading.textContent.trim()) heading.remove();
};

// Byte for byte what was typed, but for the parameters that only follow people about.
const withoutTrackers = (address) => {
  const [, start, query, rest] = /^([^?#]*)(?:\?([^#]*))?(.*)$/s.exec(address);
  const wanted = query?.split("&").filter((each) => !TRACKERS.test(each.split("=")[0].replace(/%5f/gi, "_")));
  return wanted?.length ? `${start}?${wanted.join("&")}${rest}` : start + rest;
};

const parsed = (address) => (URL.canParse(address) ? new URL(address) : undefined);

const links = (body) => {
  for (const link of body.querySelectorAll("a")) {
    let address = (link.getAttribute("href") ?? "").trim().replace(/^\/\//, "https://");
    let target = parsed(address);
    if (!target && /^[/#]/.test(address)) continue;
    const behind = target?.hostname === "www.google.com" && target.pathname === "/url" ? target.searchParams.get("q") : "";
    if (behind && parsed(behind)) [address, target] = [behind, parsed(behind)];
    if (/[\s<>"]/.test(address)) address = target?.href ?? "";
    if (/^(?:https?|mailto|tel):$/.test(target?.protocol ?? "")) {
      link.setAttribute("href", withoutTrackers(address.replace(/^http:/i, "https:")));
    } else link.replaceWith(...link.childNodes);
  }
};

// Words that are no text: quotation marks, how a sign is read, what stands in a field, what a picture of a word says.
const spoken = (body) => {
  for (const quote of body.querySelectorAll("q")) {
    const [left, right] = quote.parentElement?.closest("q") ? "‘’" : "“”";
    quote.prepend(left);
    quote.append(right);
  }
  for (const reading of body.querySelectorAll("rt")) {
    reading.prepend(" (");
    reading.append(") ");
  }
  for (const field of body.querySelectorAll("select")) {
    const chosen = [...field.querySelectorAll("[selected]")];
    const seen = chosen.length ? chosen : [field.querySelector("option")];
    field.replaceWith(seen.map((each) => each?.textContent.trim()).join(", "));
  }
  for (const field of body.querySelectorAll("input")) {
    const type = (field.getAttribute("type") ?? "text").toLowerCase();
    if (/^(?:checkbox|radio)$/.test(type)) field.replaceWith(field.hasAttribute("checked") ? "☑ " : "☐ ");
    else if (!/^(?:hidden|password|file|image)$/.test(type)) field.replaceWith(field.getAttribute("value") ?? "");
  }
  for (const picture of body.querySelectorAll("img")) {
    const words = picture.getAttribute("alt") ?? "";
    const isWord = !/\p{L}/u.test(words) || !(isEdge(picture, "previousSibling") || isEdge(picture, "nextSibling"));
    picture.replaceWith(isWord ? words : "");
  }
};

// Whether nothing but a block, or the end of one, stands on this side.
const isEdge = (node, side) => {
  for (let each = node; ; ) {
    while (!each[side]) {
      each = each.parentNode;
      if (!each?.tagName || BLOCK.test(each.tagName)) return true;
    }
    each = each[side];
    if (BLOCK.test(each.tagName) || each.querySelector?.("p, div, li, table, h3")) return true;
    if (each.tagName === "BR" || (each.nodeType !== Node.COMMENT_NODE && each.textContent.trim())) return false;
  }
};

// A line's end among words is one here; beside a block it is none.
const breaks = (page, body) => {
  for (const line of body.querySelectorAll("br")) {
    if (isEdge(line, "previousSibling") || isEdge(line, "nextSibling")) line.replaceWith("\n");
  }
};
