// Every 20 seconds: tells the server that this article is open here, and shows who else has it open or saved it.
const place = document.getElementById("together");
const form = document.getElementById("article_form");
const EVERY = 20_000;

if (place && form) {
  const others = document.getElementById("others");
  const beat = async () => {
    const body = new FormData();
    for (const name of ["csrfmiddlewaretoken", "began_from"]) body.set(name, form.elements[name]?.value ?? "");
    try {
      const response = await fetch(place.dataset.beat, { method: "POST", body, redirect: "manual" });
      if (!response.ok) return; // signed out or away: what keeps the form says so
      const answer = await response.json();
      if (answer.others.join() === [...others.children].map((line) => line.textContent).join()) return;
      others.replaceChildren(
        ...answer.others.map((sentence) => Object.assign(document.createElement("p"), { textContent: sentence })),
      );
    } catch {
      // the next beat tries again
    }
  };

  beat();
  setInterval(beat, EVERY);
}
