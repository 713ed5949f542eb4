// Every page works without this. It marks the section in view, makes "Leave this page" leave no way back to here, keeps
// the place when the language is switched, and shows a promised time on the reader's own clock.
const leave = document.querySelector("a[href$='/leave/']");

if (leave) {
  const go = () => location.replace(leave.href);
  leave.addEventListener("click", (event) => {
    event.preventDefault();
    go();
  });
  // Pages that somebody writes on: Shift, three times within three seconds.
  if (leave.matches(".button")) {
    let pressed = [];
    addEventListener("keydown", ({ key, repeat, timeStamp }) => {
      if (repeat) return;
      pressed = key === "Shift" ? [...pressed.slice(-2), timeStamp] : [];
      if (pressed.length > 2 && timeStamp - pressed[0] < 3000) go();
    });
  }
}

// Steps and sections have the same anchors in both languages, so the switch keeps the place.
const other = document.querySelector("header a[lang]");
other?.addEventListener("click", () => (other.hash = location.hash));

// The guess at the reader's time zone stays on the page, until a form that shows it is sent.
const zones = [...document.querySelectorAll("[data-zone], [data-guess] option")];

if (zones.length) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const key = (zone) => zone.dataset.zone ?? zone.value;
  const clocks = (timeZone) => [0, 6].map((month) => new Date(2026, month).toLocaleString("en", { timeZone })).join();
  const mine = zones.map(key).find((zone) => zone === here) ?? zones.map(key).find((zone) => clocks(zone) === clocks(here));
  const where = document.querySelector("[data-yours]");
  for (const zone of zones.filter((zone) => key(zone) === mine)) {
    zone.selected = true;
    if (!where || !zone.dataset.zone) continue;
    where.previousElementSibling.textContent = zone.lastElementChild.textContent;
    where.textContent = where.dataset.yours.replace("%s", zone.firstElementChild.textContent);
  }
}

const links = new Map();
for (const link of document.querySelectorAll(".contents a")) {
  links.set(document.getElementById(link.hash.slice(1)), link);
}
if (links.size) {
  const mark = () => {
    let current;
    for (const [heading, link] of links) {
      link.removeAttribute("aria-current");
      if (heading?.getBoundingClientRect().top < innerHeight / 3) current = link;
    }
    current?.setAttribute("aria-current", "true");
  };
  const watch = new IntersectionObserver(mark, { rootMargin: "0px 0px -66%" });
  for (const heading of links.keys()) if (heading) watch.observe(heading);
}
