// A visit to one's own thread ends after 15 minutes without a press: a warning two minutes before, then nothing is shown.
// Every page works without this.
const stay = document.querySelector(".stay");
const form = stay.querySelector("form");
const idle = stay.dataset.idle * 1000;
let since = Date.now();
const look = () => {
  const left = since + idle - Date.now();
  stay.hidden = left <= 0 || left > 120000;
  if (left > 0) return;
  clearInterval(clock);
  document.removeEventListener("visibilitychange", look);
  close();
};
// What was typed goes on to the page that asks for the code; all that was shown goes away.
const close = () => {
  const shown = document.querySelector("[data-private]");
  const over = document.querySelector(".over");
  const typed = shown.querySelector("[name=then]")?.form;
  if (typed && typed.elements.message?.value !== "") {
    typed.hidden = true;
    // The visit may still be alive in another tab: even then this is only shown again, and nothing is sent.
    typed.append(Object.assign(document.createElement("input"), { type: "hidden", name: "closed", value: "1" }));
    over.append(typed);
    over.querySelector(".button").addEventListener("click", (event) => {
      event.preventDefault();
      typed.submit();
    });
  }
  shown.remove();
  over.hidden = false;
  over.focus();
};
const clock = setInterval(look, 1000);
document.addEventListener("visibilitychange", look); // a phone that slept has not counted
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form) }).catch(() => null);
  if (answer?.ok) since = Date.now();
  if (answer?.status === 403) since = 0;
  look();
});
