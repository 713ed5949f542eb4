const leave = document.querySelector("a[href$='/leave/']");
leave?.addEventListener("click", (event) => {
  event.preventDefault();
  location.replace(leave.href);
});

const other = document.querySelector("header a[lang]");
other?.addEventListener("click", () => (other.hash = location.hash));

const heading = (link) => document.getElementById(link.hash.slice(1));
const links = [...document.querySelectorAll(".contents a")].filter(heading);
const watch = new IntersectionObserver(
  () => {
    const current = links.findLast((link) => heading(link).getBoundingClientRect().top < innerHeight / 3);
    for (const link of links) link.ariaCurrent = link === current || null;
  },
  { rootMargin: "1000000px 0px -66%" },
);
for (const link of links) watch.observe(heading(link));
