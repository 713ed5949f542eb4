// Every 20 seconds: tells the server that this form is open, and hands it what was typed since. Nothing stays in the
// browser. What could not be kept is said, and the way out of it.
const place = document.getElementById("together");
const form = document.getElementById("article_form");
const EVERY = 20_000;

if (place && form) {
  const offer = document.getElementById("offer");
  const lines = { kept: document.getElementById("kept"), failed: document.getElementById("not-kept") };
  const others = document.getElementById("others");

  const typed = () => {
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    return data;
  };
  const words = (data) => JSON.stringify([...data]);

  let last; // what the server has: at first the form as it was opened
  const remember = () => (last ??= words(typed()));
  for (const touch of ["pointerdown", "keydown", "focusin"]) document.addEventListener(touch, remember, { capture: true });

  let keptAt = "";
  const fail = (reason) => {
    const before = keptAt ? ` It was last kept at ${keptAt}.` : "";
    lines.kept.hidden = true;
    lines.failed.textContent = `Your text is not kept now.${before} ${reason}`;
  };

  let isBusy = false;
  let isSent = false;
  form.addEventListener("submit", () => (isSent = true));

  const beat = async () => {
    if (isBusy || isSent) return;
    isBusy = true;
    const data = typed();
    const now = words(data);
    const isNew = last !== undefined && now !== last && !offer;
    const body = isNew ? data : new FormData();
    for (const name of ["csrfmiddlewaretoken", "began_from"]) body.set(name, data.get(name) ?? "");
    try {
      const response = await fetch(place.dataset.keep, { method: "POST", body, redirect: "manual" });
      if (response.type === "opaqueredirect" || response.status === 403) {
        fail("You are signed out. Sign in again in another tab, then save here.");
        return;
      }
      if (!response.ok) throw new Error(response.status);
      const answer = await response.json();
      if (isNew) last = now;
      if (isNew) keptAt = answer.kept;
      lines.failed.textContent = "";
      lines.kept.hidden = !keptAt;
      lines.kept.textContent = `Kept at ${keptAt}, for you alone. Save it when it is for your colleagues too.`;
      if (answer.others.join() !== [...others.children].map((line) => line.textContent).join()) {
        others.replaceChildren(
          ...answer.others.map((sentence) => Object.assign(document.createElement("p"), { textContent: sentence })),
        );
      }
    } catch {
      fail("The site does not answer. We try again every 20 seconds. Copy your text before you close this page.");
    } finally {
      isBusy = false;
    }
  };

  beat();
  setInterval(beat, EVERY);
}
