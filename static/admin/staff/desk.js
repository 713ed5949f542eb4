// The queue asks every 20 seconds whether it is still true, and says so when it is not. It never moves a line itself.
const desk = document.querySelector(".desk");

if (desk) {
  const news = document.getElementById("news");
  const search = desk.querySelector(".find [name=needle]");
  const links = [...desk.querySelectorAll(".line > a")];
  const lines = new Map([...desk.querySelectorAll(".line")].map((line) => [line.dataset.state.split(" ")[0], line.dataset.state]));
  const place = document.title.split(" | ").slice(1).join(" | ");
  const [EVERY, WHEN_QUIET, QUIET] = [20_000, 60_000, 600_000];
  let [touched, timer] = [Date.now(), 0];

  const say = (words, label, href) => {
    if (news.dataset.words === words) return;
    news.dataset.words = words;
    news.replaceChildren(words, ...(label ? [" ", Object.assign(document.createElement("a"), { href, textContent: label })] : []));
  };

  // What the list would look like now. `lines` is missing where nothing changed.
  const compare = ({ headline, counts, lines: newest }) => {
    document.title = `${headline} | ${place}`;
    for (const count of desk.querySelectorAll("[data-count]")) count.textContent = counts[count.dataset.count];
    if (!newest) return say("");
    const added = newest.filter((state) => !lines.has(state.split(" ")[0])).length;
    document.title = `${added ? `(${added} new) ` : ""}${document.title}`;
    say(added ? `${added} new:` : "Something changed:", "show", location.href);
  };

  const ask = async () => {
    clearTimeout(timer);
    if (document.hidden) return;
    try {
      const response = await fetch(`${desk.dataset.pulse}&v=${desk.dataset.mark}`, { redirect: "manual", cache: "no-store" });
      if (response.type === "opaqueredirect") say("You're signed out.", "Sign in again", desk.dataset.signIn);
      else if (response.ok) compare(await response.json());
      else say("The site refuses to say what is new.", "Look again", location.href);
    } catch {
      say("The site doesn't answer, so this list may be old.");
    }
    clearTimeout(timer);
    timer = setTimeout(ask, Date.now() - touched > QUIET ? WHEN_QUIET : EVERY);
  };

  const go = (step) => {
    const now = links.indexOf(document.activeElement.closest(".line")?.querySelector("a"));
    links[now < 0 ? 0 : Math.min(Math.max(now + step, 0), links.length - 1)]?.focus();
  };

  const KEYS = {
    n: () => document.getElementById("next").requestSubmit(),
    j: () => go(1),
    k: () => go(-1),
    u: () => document.activeElement.closest(".line")?.querySelector("form")?.requestSubmit(),
    "/": () => search.focus(),
    "?": () => {
      document.getElementById("keys").open = true;
      document.querySelector("#keys summary").focus();
    },
  };

  document.addEventListener("keydown", (event) => {
    const isPlain = !(event.ctrlKey || event.metaKey || event.altKey || event.repeat);
    if (!("keys" in desk.dataset) || !isPlain || event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (!Object.hasOwn(KEYS, event.key)) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  for (const name of ["pointerdown", "keydown", "scroll"]) {
    document.addEventListener(name, () => (touched = Date.now()), { passive: true });
  }
  document.addEventListener("visibilitychange", ask);
  addEventListener("pageshow", ask);
}
