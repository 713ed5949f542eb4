// Word writes a list as paragraphs that begin with a bullet or a number.
import { styleOf, textsOf } from "staff/seen";

// One letter, or an "o", is a mark only where Word's tab follows: "A. Smith" is a name.
const MARK = /^\s*(?:(?:[·•▪§\uf0b7\uf0a7–-]|\(?\d{1,3}[.)])(?=\s)|(?:o|\(?(?:[a-z]|[ivx]{1,5})[.)])(?=\s{2}))\s*/i;
const ORDER = /^\s*\(?(?:(\d{1,3})|([a-z])|([ivx]{1,5}))[.)]/i;

const levelOf = (paragraph) => Number(/level(\d)/.exec(styleOf(paragraph, "mso-list"))?.[1] ?? 1);

const marksIn = (paragraph) =>
  [...paragraph.querySelectorAll("[data-style]")].filter((each) => /^ignore/i.test(styleOf(each, "mso-list")));

const isItem = (element) =>
  element?.tagName === "P" &&
  (/level\d/.test(styleOf(element, "mso-list")) ||
    (/MsoListParagraph/.test(element.className) && (marksIn(element).length > 0 || MARK.test(element.textContent))));

// Kind and place of an item, as its mark says: "4." is the fourth, "b)" the second by letters.
const orderOf = (mark, list) => {
  const match = ORDER.exec(mark);
  if (!match) return { name: "ul", place: 0, type: "" };
  const [, number, letter, roman] = match;
  if (number) return { name: "ol", place: Number(number), type: "" };
  const sign = letter ?? roman;
  const isUpper = sign === sign.toUpperCase();
  const goesOnRoman = /^[ivx]$/i.test(sign) && /^i$/i.test(list?.type ?? "");
  if (roman || goesOnRoman || (/^i$/i.test(sign) && list?.dataset.next !== "9")) return { name: "ol", place: fromRoman(sign.toLowerCase()), type: isUpper ? "I" : "i" };
  return { name: "ol", place: sign.toLowerCase().charCodeAt(0) - 96, type: isUpper ? "A" : "a" };
};

const fromRoman = (signs) =>
  [...signs].reduce((sum, sign, at) => {
    const worth = { i: 1, v: 5, x: 10 };
    return sum + (worth[sign] < (worth[signs[at + 1]] ?? 0) ? -worth[sign] : worth[sign]);
  }, 0);

export const listsOfWord = (page, body) => {
  const open = []; // lists, each inside the last item of the one before it, with their levels
  let last;
  for (const paragraph of [...body.querySelectorAll("p")].filter(isItem)) {
    if (!last || paragraph.previousElementSibling !== last) open.length = 0;
    const level = levelOf(paragraph);
    while (open.length && open.at(-1).level > level) open.pop();
    const marks = marksIn(paragraph);
    const typed = MARK.exec(paragraph.textContent)?.[0] ?? "";
    const mark = marks.length ? marks.map((each) => each.textContent).join("") : typed;
    const top = open.at(-1);
    const order = orderOf(mark, top?.level === level ? top.list : undefined);
    const goesOn =
      top?.level === level && top.list.localName === order.name && top.list.type === order.type &&
      (order.name === "ul" || Number(top.list.dataset.next) === order.place);
    if (!goesOn) {
      if (top?.level === level) open.pop();
      const list = page.createElement(order.name);
      if (order.place > 1) list.setAttribute("start", order.place);
      if (order.type) list.type = order.type;
      const parent = open.at(-1)?.list;
      if (parent) parent.lastElementChild.append(list);
      else paragraph.before(list);
      open.push({ level, list });
    }
    const { list } = open.at(-1);
    list.dataset.next = order.place + 1;
    for (const each of marks) each.remove();
    const words = page.createElement("p");
    words.append(...paragraph.childNodes);
    let left = marks.length ? 0 : mark.length;
    for (const text of textsOf(page, words)) {
      if (left <= 0) break;
      const taken = Math.min(left, text.data.length);
      text.data = text.data.slice(taken);
      left -= taken;
    }
    const entry = page.createElement("li");
    entry.append(words);
    list.append(entry);
    paragraph.remove();
    last = open[0].list;
  }
};

// What lists say by attributes and styles of their own: where counting starts, with numbers or letters.
const TYPES = {
  "lower-alpha": "a",
  "lower-latin": "a",
  "upper-alpha": "A",
  "upper-latin": "A",
  "lower-roman": "i",
  "upper-roman": "I",
};
const kindOf = (element) => styleOf(element, "list-style-type") || styleOf(element, "list-style").split(/\s/)[0];

export const countedLists = (page, body) => {
  for (const list of body.querySelectorAll("ol")) {
    const type = TYPES[kindOf(list) || kindOf(list.querySelector("li") ?? list)] ?? list.getAttribute("type");
    if (/^[aAiI]$/.test(type ?? "")) list.setAttribute("type", type);
    else list.removeAttribute("type");
    const entries = [...list.querySelectorAll(":scope > li")];
    if (list.hasAttribute("reversed")) {
      const last = Number(list.getAttribute("start") ?? entries.length);
      for (const [at, entry] of entries.entries()) entry.setAttribute("value", last - at);
      list.removeAttribute("start");
    }
    let current = list;
    let next = Number(list.getAttribute("start") ?? 1);
    for (const entry of entries) {
      const place = Number(entry.getAttribute("value") || next);
      if (place !== next && entry.previousElementSibling) {
        const rest = page.createElement("ol");
        if (list.type) rest.type = list.type;
        const following = [];
        for (let each = entry; each; each = each.nextElementSibling) following.push(each);
        rest.append(...following);
        current.after(rest);
        current = rest;
      }
      if (place !== next) current.setAttribute("start", place);
      next = place + 1;
    }
  }
};
