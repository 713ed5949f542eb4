// For pages on which somebody writes; none needs it. Shift, three times within three seconds, leaves the page.
const leave = document.querySelector("a[href$='/leave/']");
let pressed = [];
const forget = () => (pressed = []); // Shift with a click or the wheel marks and scrolls
for (const kind of ["pointerdown", "wheel", "input"]) addEventListener(kind, forget, { capture: true, passive: true });
addEventListener("keydown", ({ key, repeat, timeStamp }) => {
  if (repeat) return;
  pressed = key === "Shift" ? [...pressed.slice(-2), timeStamp] : [];
  if (pressed.length > 2 && timeStamp - pressed[0] < 3000) leave.click();
});

// A promised time is shown on the reader's own clock. The guess stays on the page, until a form that shows it is sent.
const zones = [...document.querySelectorAll("[data-zone], [data-guess] option")];
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
const key = (zone) => zone.dataset.zone ?? zone.value;
const clocks = (timeZone) => [0, 6].map((month) => new Date(2026, month).toLocaleString("en", { timeZone })).join();
const mine = zones.map(key).find((zone) => zone === here) ?? zones.map(key).find((zone) => clocks(zone) === clocks(here));
const guess = document.querySelector("[data-guess]");
if (!mine && guess) guess.add(new Option(here.replaceAll("_", " "), here, false, true));
const where = document.querySelector("[data-yours]");
for (const zone of zones.filter((zone) => key(zone) === mine)) {
  zone.selected = true;
  if (!where || !zone.dataset.zone) continue;
  where.previousElementSibling.textContent = zone.lastElementChild.textContent;
  where.textContent = where.dataset.yours.replace("{zone}", zone.firstElementChild.textContent);
}
