// What the eye sees of a pasted text and its letters alone do not say: what is struck out or hidden, raised, lowered,
// written in capitals or in a font of signs. Here each becomes letters, or goes.

// The style that an element has of its own; `tidy` has renamed the attribute.
export const styleOf = (element, property) =>
  new RegExp(`(?:^|;)\\s*${property}\\s*:\\s*([^;]+)`, "i").exec(element.dataset.style ?? "")?.[1]
    .replace(/!\s*important/i, "")
    .trim() ?? "";

export const textsOf = (page, root) => {
  const walker = page.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  return nodes;
};

export const rename = (page, element, name) => {
  const renamed = page.createElement(name);
  if (element.dataset.style) renamed.dataset.style = element.dataset.style;
  renamed.append(...element.childNodes);
  element.replaceWith(renamed);
  return renamed;
};

const inherited = (text, property) => {
  for (let each = text.parentElement; each; each = each.parentElement) {
    const value = styleOf(each, property);
    if (value && value !== "inherit") return value.toLowerCase();
  }
  return "";
};

// Word, Pages and others say in a style sheet what is struck out or hidden. What an element says itself comes first.
export const bySheet = (body) => {
  for (const sheet of body.querySelectorAll("style")) {
    const rules = sheet.textContent
      .replace(/\/\*[^]*?\*\/|<!--|-->/g, "")
      .replace(/@(?:media|supports|layer|container)[^{}@]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}/gi, "");
    for (const rule of rules.split("}").reverse()) {
      const [selector, style] = rule.split("{");
      let elements = [];
      try {
        if (style) elements = body.querySelectorAll(selector.split(";").at(-1));
      } catch {
        // a rule for something else than elements
      }
      for (const element of elements) element.dataset.style = `${element.dataset.style ?? ""};${style}`;
    }
  }
};

const isNothing = (length) => /^[-+]?0*\.?0+[a-z%]*$/.test(length);

const isStruck = (element) =>
  /^(?:DEL|S|STRIKE)$/.test(element.tagName) ||
  /\bmsoDel\b/.test(element.className) ||
  ["text-decoration", "text-decoration-line"].some((name) => /line-through/i.test(styleOf(element, name))) ||
  /^(?!none)./i.test(styleOf(element, "text-line-through"));

const isHidden = (element) =>
  element.hasAttribute("hidden") ||
  /^none/i.test(styleOf(element, "display")) ||
  /^all/i.test(styleOf(element, "mso-hide")) ||
  isNothing(styleOf(element, "opacity")) ||
  /^rect\(\s*[01]?(?:px)?[\s,]+[01]?(?:px)?[\s,]+[01]?(?:px)?[\s,]+[01]?(?:px)?\s*\)/i.test(styleOf(element, "clip"));

// Word's notes of one colleague to another, not the words that they are about.
const isComment = (element) =>
  /^comment/i.test(styleOf(element, "mso-element")) ||
  /comment/i.test(styleOf(element, "mso-special-character")) ||
  /\b(?:MsoComment\w*|msocom\w+)\b/.test(element.className) ||
  /#_msocom_/.test(element.getAttribute("href") ?? "");

const FONTS = [
  [/^["']?symbol\b/, "αβχδεφγηιϕκλμνοπθρστυϖωξψζΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ≤∞↔←↑→↓±″≥×∝∂•÷≠≡≈…∅∩∪∈∉∑√∏∴",
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ£¥«¬­®¯±²³´µ¶·¸¹º»¼ÆÇÈÎÏåÖÕ\\"],
  [/^["']?wingdings 2["']?(?:$|,)/, "✓✗☑☒☒☒", "PORQST"],
  [/^["']?webdings["']?(?:$|,)/, "✓✗", "ar"],
  [/^["']?wingdings["']?(?:$|,)/, "→←↑↓☺☹✓✗☐☑☒☐•▪•", "àßáâJLüûoþýq·§l"],
];

const sign = (font, letter) => {
  const [, signs, letters] = FONTS.find(([name]) => name.test(font));
  const code = letter.codePointAt(0);
  const at = [...letters].indexOf(code >= 0xf020 && code <= 0xf0ff ? String.fromCodePoint(code - 0xf000) : letter);
  return at < 0 ? letter : [...signs][at];
};

// Takes out what nobody saw, and writes the rest as it was seen.
export const asSeen = (page, body) => {
  for (const element of body.querySelectorAll("*")) {
    if (isStruck(element) || isHidden(element) || isComment(element)) element.remove();
  }
  for (const text of textsOf(page, body)) {
    if (/^(?:hidden|collapse)/.test(inherited(text, "visibility")) || isNothing(inherited(text, "font-size"))) {
      text.remove();
      continue;
    }
    const face = text.parentElement?.closest("font[face]")?.getAttribute("face").toLowerCase();
    const font = inherited(text, "font-family") || face || "";
    if (FONTS.some(([name]) => name.test(font))) text.data = text.data.replace(/\S/gu, (letter) => sign(font, letter));
    const letters = inherited(text, "text-transform");
    if (letters === "uppercase") text.data = text.data.toLocaleUpperCase();
    if (letters === "lowercase") text.data = text.data.toLocaleLowerCase();
    text.data = text.data.replace(/[\u00ad\u200b\u2060\ufeff\ue000-\ue003]/g, "").replaceAll("\u00a0", " ");
    const isLined = text.parentElement?.closest("pre") || /^(?:pre|break)/.test(inherited(text, "white-space"));
    if (isLined && /\n/.test(text.data.trim())) {
      text.replaceWith(...text.data.split("\n").flatMap((line, at) => (at ? [page.createElement("br"), line] : [line])));
    }
  }
};

const formula = (node) => {
  const name = node.localName;
  const parts = [...(node.children ?? [])].filter((each) => !/^annotation/.test(each.localName));
  const words = parts.length ? parts.map(formula) : [node.textContent.trim()];
  const grouped = (word = "") => (/^[\p{L}\p{N}.]*$/u.test(word) ? word : `(${word})`);
  if (name === "msup" || name === "mover") return `${words[0]}^${grouped(words[1])}`;
  if (name === "msub" || name === "munder") return `${words[0]}_${grouped(words[1])}`;
  if (name === "msubsup" || name === "munderover") return `${words[0]}_${grouped(words[1])}^${grouped(words[2])}`;
  if (name === "mfrac") return `${grouped(words[0])}/${grouped(words[1])}`;
  if (name === "msqrt") return `√${grouped(words.join(""))}`;
  if (name === "mroot") return `${grouped(words[0])}^(1/${words[1]})`;
  return words.join("");
};

// Formulas come twice: as MathML, and as what is painted for the eye beside it.
export const formulas = (body) => {
  for (const math of body.querySelectorAll("math")) {
    (math.closest(".katex, mjx-container, .MathJax, .mwe-math-element") ?? math).replaceWith(formula(math));
  }
};

const RAISED = "\ue000";
const LOWERED = "\ue002";
const isAbove = (length) => /^\+?[\d.]*[1-9]/.test(length);
const isBelow = (length) => /^-[\d.]*[1-9]/.test(length);

// How far it stands above the line, by each way to say so; a `top` of -3px is 3px higher.
const heights = (element) => {
  const told = ["vertical-align", "mso-text-raise", "font-variant-position"].map((name) => styleOf(element, name));
  if (!/^relative/i.test(styleOf(element, "position"))) return { up: told, down: [] };
  return { up: [...told, styleOf(element, "bottom")], down: [styleOf(element, "top")] };
};
const isRaised = (element) => {
  const { up, down } = heights(element);
  return element.tagName === "SUP" || up.some((each) => /^super/i.test(each) || isAbove(each)) || down.some(isBelow);
};
const isLowered = (element) => {
  const { up, down } = heights(element);
  return element.tagName === "SUB" || up.some((each) => /^sub/i.test(each) || isBelow(each)) || down.some(isAbove);
};

// Marks what stands higher or lower than the line; `flattened` writes it.
export const raised = (body) => {
  const inLines = [...body.querySelectorAll(":not(th, td, tr, tbody, thead, tfoot, table, li, p, div)")];
  const moved = new Set(inLines.filter((each) => isRaised(each) || isLowered(each)));
  for (const element of moved) {
    let outer = element.parentElement;
    while (outer && !moved.has(outer)) outer = outer.parentElement;
    if (outer || !element.textContent.trim()) continue;
    const mark = isRaised(element) ? RAISED : LOWERED;
    element.before(mark);
    element.after(String.fromCodePoint(mark.codePointAt(0) + 1));
  }
};

const INLINE = /<\/?(?:a|b|em|i|ins|font|small|span|strong|sub|sup|u)\b[^>]*>/gi;
const POWER = /(?:^|[^\p{L}\p{N}.,])(?:10|\p{L}|[cdkmnµμ]m|\d\s?(?:in|ft|yd|mi))$/u;
const NOTE = /^(?:\d{1,3}|[\p{L}*†‡§¶])(?:\s*[,;–-]\s*(?:\d{1,3}|[\p{L}*†‡§¶]))*$/u;

const wordsOf = (html) =>
  html.replace(/^[^<>]*>|<[^>]*$/g, "").replace(INLINE, "").replace(/<[^>]*>/g, "\n").replace(/[\ue000-\ue003]/g, "");
const grouped = (html, words) => (/^[-−–+]?[\p{L}\p{N}.]+[-−–+]?$/u.test(words) ? html : `(${html})`);

const high = (html, words, before, after) => {
  if (/^[*†‡§¶°™®℠ªº′″'’"”]+$/.test(words) || /^[[(].*[\])]$/.test(words)) return html;
  if (/^(?:TM|SM)$/.test(words)) return words === "TM" ? "™" : "℠";
  if (/^\d+$/.test(words) && /^[/⁄]\d/.test(after)) return /\d$/.test(before) ? ` ${html}` : html;
  if (/\d\.?$/.test(before) && /^(?:st|nd|rd|th|[dmnrtv]o|[dmnrtv]a|e|ers?|re|[ao]s)$/i.test(words)) return html;
  if (/\d$/.test(before) && /^[oO0]$/.test(words) && /^\s?[CF](?![\p{L}\p{N}_])/u.test(after)) return "°";
  if (/(?:^|\D)\d{1,2}\.?$/.test(before) && /^[ao]$/.test(words)) return words === "a" ? "ª" : "º";
  const isLink = /<a\b/i.test(html);
  if (/^[-−–+]\d+$/.test(words) || (!isLink && POWER.test(before) && /^[\p{L}\p{N}]+$/u.test(words))) return `^${html}`;
  if (isLink || NOTE.test(words)) return `[${html}]`;
  if (!before.trim() || /\n$/.test(before)) return html;
  return /\s\S+\s/.test(words) ? ` (${html})` : `^${grouped(html, words)}`;
};

const low = (html, words, before, after) => {
  if (!before.trim() || /[\n/⁄]$/.test(before)) return html;
  if (/[\p{L})\]]$/u.test(before) && /^\d{1,3}(?:\.\d)?$/.test(words) && !/^\d/.test(after)) return html;
  return `_${grouped(html, words)}${/^[\p{L}\p{N}]/u.test(after) ? " " : ""}`;
};

// Writes on the line what `raised` marked: 10^6, text[3], H2O. content/text/flattening.py says the same of what is stored.
export const flattened = (html) =>
  html.replace(/([\ue000\ue002])([^\ue000-\ue003]*)[\ue001\ue003]/g, (marked, mark, inner, at) => {
    const words = inner.replace(/<[^>]*>/g, "").trim();
    const before = wordsOf(html.slice(Math.max(0, at - 400), at));
    const rest = html.slice(at + marked.length, at + marked.length + 200);
    const after = /^[\ue000\ue002]/.test(rest) ? "" : wordsOf(rest);
    return (mark === RAISED ? high : low)(inner, words, before, after);
  }).replace(/[\ue000-\ue003]/g, "");
