// Makes what Word and Google Docs put on the clipboard into plain paragraphs, headings, lists, tables and emphasis.
// The server cleans it once more when it is stored; this keeps the meaning that cleaning alone would lose.

const TRACKERS = /^(utm_\w+|fbclid|gclid|mc_[ce]id|_hs\w+)$/i;
const BULLET = /^[\s\u00a0]*(?:[·•o▪§\uf0b7\uf0a7–-]|\(?\d{1,3}[.)]|\(?[a-z][.)])[\s\u00a0]+/i;
const NUMBER = /^[\s\u00a0]*\(?(\d{1,3}|[a-z])[.)]/i;

const KEPT = new Set(["href", "colspan", "rowspan", "start", "data-pm-slice"]);
const GONE = "style, script, meta, link, title, xml, img, svg, math, iframe, object, button, template, colgroup, gone";

export const tidy = (html) => {
  const template = document.createElement("template"); // nothing in it runs or loads
  template.innerHTML = undressed(html);
  const body = template.content;
  const page = body.ownerDocument;
  for (const gone of body.querySelectorAll(GONE)) gone.remove();
  unwrapGoogle(body);
  listsOfWord(page, body);
  emphasis(page, body);
  headings(page, body);
  links(body);
  for (const element of body.querySelectorAll("*")) {
    for (const name of element.getAttributeNames()) if (!KEPT.has(name)) element.removeAttribute(name);
  }
  for (const text of textsOf(page, body)) text.data = text.data.replaceAll("\u00a0", " ");
  for (const line of body.querySelectorAll("br")) if (!line.closest("p, li, td, th, h3, blockquote")) line.remove();
  for (const paragraph of body.querySelectorAll("p")) {
    if (!paragraph.textContent.trim() && !paragraph.closest("td, th")) paragraph.remove();
  }
  return template.innerHTML;
};

const OPENING = /<[a-z](?:[^"'>]|"[^"]*"|'[^']*')*>/gi;

// The page's policy is asked about style and event attributes, and about <base>, as soon as they are parsed, even where
// nothing is shown.
const undressed = (html) =>
  html
    .replace(/<base\b/gi, "<gone")
    .replace(OPENING, (tag) => tag.replace(/(["'\s/])(style|on[a-z]+)(\s*=)/gi, "$1 data-$2$3"));

const textsOf = (page, root) => {
  const walker = page.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) found.push(walker.currentNode);
  return found;
};

const rename = (page, element, name) => {
  const renamed = page.createElement(name);
  renamed.append(...element.childNodes);
  element.replaceWith(renamed);
  return renamed;
};

// Google wraps everything in one <b> that is not bold.
const unwrapGoogle = (body) => {
  for (const wrapper of body.querySelectorAll("b")) {
    if (wrapper.id.startsWith("docs-internal-guid") || /^(normal|400)$/.test(styleOf(wrapper, "font-weight"))) {
      wrapper.replaceWith(...wrapper.childNodes);
    }
  }
};

const styleOf = (element, property) =>
  new RegExp(`(?:^|;)\\s*${property}\\s*:\\s*([^;]+)`, "i").exec(element.dataset.style ?? "")?.[1].trim() ?? "";

const isItem = (element) =>
  element?.tagName === "P" && (/MsoListParagraph/.test(element.className) || /level\d/.test(styleOf(element, "mso-list")));

const levelOf = (element) => Number(/level(\d)/.exec(styleOf(element, "mso-list"))?.[1] ?? 1);

// Word writes a list as paragraphs that begin with a bullet or a number.
const listsOfWord = (page, body) => {
  for (const first of [...body.querySelectorAll("p")].filter((each) => isItem(each) && !isItem(each.previousElementSibling))) {
    const items = [];
    for (let each = first; isItem(each); each = each.nextElementSibling) items.push(each);
    const open = [];
    for (const paragraph of items) {
      const level = Math.max(1, levelOf(paragraph));
      const name = NUMBER.test(paragraph.textContent) ? "ol" : "ul";
      const bullets = [...paragraph.querySelectorAll("[data-style]")].filter((each) => styleOf(each, "mso-list") === "Ignore");
      for (const bullet of bullets) bullet.remove();
      while (open.length > level) open.pop();
      while (open.length < level) {
        const list = page.createElement(name);
        const parent = open.at(-1);
        if (parent) (parent.lastElementChild ?? parent.appendChild(page.createElement("li"))).append(list);
        else paragraph.before(list);
        open.push(list);
      }
      const entry = page.createElement("li");
      const words = page.createElement("p");
      words.append(...paragraph.childNodes);
      const start = textsOf(page, words).find((text) => text.data.trim());
      if (start) start.data = (bullets.length ? start.data : start.data.replace(BULLET, "")).trimStart();
      entry.append(words);
      open.at(-1).append(entry);
      paragraph.remove();
    }
  }
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
  for (const heading of body.querySelectorAll("h3")) if (!heading.textContent.trim()) heading.remove();
};

const links = (body) => {
  for (const link of body.querySelectorAll("a")) {
    let address;
    try {
      address = new URL(link.getAttribute("href") ?? "");
    } catch {
      if (!/^[/#]/.test(link.getAttribute("href") ?? "")) link.replaceWith(...link.childNodes);
      continue;
    }
    if (address.hostname === "www.google.com" && address.pathname === "/url" && address.searchParams.get("q")) {
      address = new URL(address.searchParams.get("q"));
    }
    for (const name of [...address.searchParams.keys()]) if (TRACKERS.test(name)) address.searchParams.delete(name);
    if (address.protocol === "http:") address.protocol = "https:";
    if (/^(https|mailto|tel):$/.test(address.protocol)) link.setAttribute("href", address.href);
    else link.replaceWith(...link.childNodes);
  }
};
