// The card: renews its lease, covers the number when something changed, and listens to a few keys.
// Without it each button still works, and the server refuses what came too late.
const card = document.querySelector(".thread-page[data-version]");
const EVERY = 20_000;

// What hands reach for. A key does nothing in a field, and nothing when they are switched off.
const open = (selector) => {
  const place = card.querySelector(selector);
  place?.closest("details")?.setAttribute("open", "");
  place?.focus();
};
const KEYS = {
  s: () => card.querySelector("[value=reveal], #number a")?.focus(),
  m: () => open("[name=note-text]"),
  r: () => open("[name=reply-text]"),
  h: () => open("[name=hand-to]"),
  "?": () => open("#keys summary"),
};

const choose = (key) => {
  if (!/^[1-8]$/.test(key)) return;
  const outcome = card.querySelector(`[data-key="${key}"]`);
  outcome?.click();
  outcome?.focus();
};

// Ctrl+S saves what is being written, but sends no reply: the visitor would read it.
const save = () => {
  const form = document.activeElement.form ?? card.querySelector("form.note");
  if (!form.querySelector("[value=reply]")) form.querySelector("textarea") && form.querySelector("[type=submit]").click();
};

const cover = (words, isGone) => {
  const line = card.querySelector(".covered");
  const again = Object.assign(document.createElement("a"), { href: location.pathname, textContent: "Read it again." });
  line.replaceChildren(words, isGone ? again : "");
  line.hidden = false;
  if (isGone) card.querySelector("#number")?.remove();
};

const pulse = async () => {
  const isOnPhone = card.querySelector("#on-phone input")?.checked;
  if ((document.hidden && !isOnPhone) || !card.querySelector("[name=csrfmiddlewaretoken]")) return;
  const body = new URLSearchParams({ do: "renew", csrfmiddlewaretoken: card.querySelector("[name=csrfmiddlewaretoken]").value });
  let response;
  try {
    response = await fetch(location.pathname, { method: "POST", body, redirect: "manual", cache: "no-store" });
  } catch {
    return; // the network is away: the next beat asks again
  }
  if (response.type === "opaqueredirect" || response.status === 403) {
    return cover("You're signed out, or signed in anew. What you typed stays here. Sign in in another tab, then press again.", false);
  }
  if (!response.ok) return;
  const now = await response.json();
  const isLost = card.dataset.mine && !now.is_mine;
  if (String(now.version) !== card.dataset.version || isLost) cover("Changed a moment ago. ", true);
  else card.querySelector(".covered").hidden = true;
};

if (card?.querySelector(".covered")) {
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "s" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      event.preventDefault();
      save();
    } else if (!(event.ctrlKey || event.metaKey || event.altKey || card.dataset.keys || event.target.closest("textarea, select, input:not([type=radio]), [contenteditable]"))) {
      if (KEYS[event.key]) event.preventDefault(); // or the letter would stand in the field
      (KEYS[event.key] ?? choose)(event.key);
    }
  });
  card.querySelector("#canned")?.addEventListener("change", ({ target }) => {
    const text = card.querySelector("[name=reply-text]");
    if (target.value) text.value = [text.value, target.value].filter(Boolean).join("\n\n");
    target.value = "";
  });
  for (const place of card.querySelectorAll("#on-phone, #keys")) place.hidden = place.id === "keys" && card.dataset.keys;
  document.addEventListener("visibilitychange", pulse);
  addEventListener("pageshow", (event) => event.persisted && pulse());
  setInterval(pulse, EVERY);
}
