// Every page works without this. It marks the section in view, makes "Leave this page" leave no way back to here, and
// keeps the place when the language is switched.
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
