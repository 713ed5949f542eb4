// No typed word is lost: each form of the page is kept at the server while somebody types, and once more before it is
// sent. While that does not work the form stays where it is and says why. Nothing stays in the browser.
{
  const { url, signIn, user, name } = document.getElementById("keep").dataset;
  const EVERY = 5_000;
  const PATIENCE = 10_000;
  const LAST_WORDS = 60_000; // bytes: a browser sends no more than 64 KB of a page that is left
  const HIDDEN = "button, input[type=hidden], input[type=submit], input[type=button], input[type=file], input[type=password]";

  // Fields as they would be sent, without keys. A file counts by its name; it cannot be kept.
  const words = (form) => {
    const data = new FormData(form);
    data.delete("csrfmiddlewaretoken");
    return JSON.stringify([...data].map(([field, value]) => [field, value.name ?? value]));
  };

  const typed = (form) => {
    const data = new FormData(form);
    for (const [field, value] of [...data]) if (value instanceof File) data.delete(field);
    for (const secret of form.querySelectorAll("input[type=password]")) data.delete(secret.name);
    data.set("staff_form_user", user);
    // Packed like the form itself, so that both are too long from the same letter on.
    return form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
  };

  const ask = async (options) => {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE);
    try {
      return await fetch(url, { redirect: "manual", cache: "no-store", signal: patience.signal, ...options });
    } finally {
      clearTimeout(timer);
    }
  };

  // The key of a form changes whenever somebody signs in, in whatever tab.
  const renewKey = async () => {
    const response = await ask({});
    if (response.status === 401) return response.json();
    if (!response.ok) return { why: "refused" };
    const answer = await response.json();
    if (answer.user !== user) return { why: "other", who: answer.name };
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = answer.key;
    return {};
  };

  // What the server says to the form: { at } when it has it, { go: true } when only the form itself can be answered,
  // else { why }.
  const keep = async (form, options) => {
    try {
      let response = await ask({ method: "POST", body: typed(form), ...options });
      if (response.status === 403) {
        const answer = await renewKey();
        if (answer.why) return answer;
        response = await ask({ method: "POST", body: typed(form) });
      }
      if (response.type === "opaqueredirect") return { why: "out" };
      if (response.status === 401) return await response.json(); // { why }
      if (response.status === 413) return { why: "long" };
      if (response.status === 400) return { go: true };
      if (!response.ok) return { why: "refused" };
      return { at: (await response.json()).at, go: true };
    } catch {
      return { why: "away" };
    }
  };

  const link = () =>
    Object.assign(document.createElement("a"), { href: signIn, target: "_blank", textContent: "Sign in in a new tab" });

  const REASONS = {
    out: () => ["You're signed out. Your text is still here. ", link(), ", then come back and press again."],
    closed: () => ["Your account is closed. Your text is still here. Copy it, and ask the privacy officer."],
    other: ({ who }) => [`${who} is signed in in this browser now. Your text is still here. Sign in as ${name}, then press again.`],
    away: () => ["The site doesn't answer. Your text is still here. Press again in a moment."],
    long: () => ["It's longer than the site takes at once. Your text is still here. Take something out, then press again."],
    refused: () => ["The site can't take it at the moment. Your text is still here. Press again in a moment."],
  };

  const places = (form) => [...form.elements].filter((field) => field.name && !field.matches(HIDDEN));

  class Kept {
    constructor(form) {
      this.form = form;
      this.isRefused = form.elements.staff_form.dataset.refused !== undefined;
      this.before = this.isRefused ? "" : undefined; // taken at the first touch: scripts put fields in order until then
      this.kept = undefined;
      this.isSending = this.passes = false;
      this.line = document.createElement("p");
      this.line.className = "keep-line";
      this.line.setAttribute("role", "status");
      this.stand(form.querySelector(".submit-row:last-of-type [type=submit], [type=submit], button:not([type=button])"));
      form.addEventListener("submit", (event) => this.send(event));
      form.addEventListener("input", () => this.passes && this.wake()); // typed while the answer is on its way, or stopped
    }

    stand(button) {
      const row = button?.closest(".submit-row") ?? button?.closest("p, .moves") ?? button;
      if (row && this.line.previousElementSibling !== row) row.after(this.line);
    }

    say(parts, isBad = false) {
      this.line.classList.toggle("not-kept", isBad);
      this.line.replaceChildren(...parts);
    }

    remember() {
      this.before ??= words(this.form);
    }

    get isUnsaved() {
      return this.before !== undefined && words(this.form) !== this.before;
    }

    // While somebody types. What the server has already is not sent again.
    async beat({ isLeft = false } = {}) {
      if (this.isBusy || this.isSending || !this.isUnsaved) return;
      const now = words(this.form);
      if (now === this.kept) return;
      this.isBusy = this.work(now, { keepalive: isLeft && new Blob([now]).size < LAST_WORDS });
      await this.isBusy;
      this.isBusy = undefined;
    }

    async work(now, options) {
      const answer = await keep(this.form, options);
      if (this.isSending) return;
      if (answer.why) {
        this.say(["Not kept. ", ...REASONS[answer.why](answer)], true);
      } else {
        this.kept = now;
        if (answer.at) this.say([`Kept at ${answer.at}, for you alone. Not saved yet.`]);
      }
    }

    async send(event) {
      const button = event.submitter;
      if (this.passes || event.defaultPrevented || button?.formTarget === "_blank") return; // a preview opens beside it
      if (!places(this.form).length) return; // buttons alone: there is nothing to lose
      event.preventDefault();
      if (this.isSending) return; // pressed twice
      this.isSending = true;
      this.stand(button);
      await this.isBusy;
      const now = words(this.form);
      const answer = await keep(this.form);
      if (answer.go) {
        this.kept = now;
        await Promise.all(forms.map((each) => each.beat())); // what was typed into other forms of the page
        this.passes = true;
        this.form.requestSubmit(button);
        return;
      }
      this.isSending = false;
      this.say(["Not sent. ", ...REASONS[answer.why](answer)], true);
      this.line.scrollIntoView({ block: "nearest" });
    }

    // The page came back as it was, from the browser's own memory.
    wake() {
      this.isSending = this.passes = false;
    }
  }

  // A text that was kept goes back into its form, before the scripts of its fields begin. The server has put it into
  // the form of an article: that has rows to add.
  const putBack = (forms) => {
    const source = document.getElementById("put-back");
    const line = document.getElementById("put-back-line");
    if (!line) return;
    const [tab, ...rest] = line.dataset.form.split(".");
    const own = rest.join(".").split("/")[0];
    const target = forms.find(({ form }) => form.elements.staff_form.value.split(".").slice(1).join(".").split("/")[0] === own);
    if (!target) return;
    if (source) fill(target.form, JSON.parse(source.textContent));
    target.form.elements.staff_form.value = line.dataset.form;
    target.before = "";
    target.form.closest("details")?.setAttribute("open", "");
    target.say([line.textContent]);
  };

  const fill = (form, fields) => {
    const left = new Map(Object.entries(fields).map(([field, values]) => [field, [...values]]));
    for (const field of places(form)) {
      const values = left.get(field.name) ?? [];
      if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
      else if (field.multiple) for (const option of field.options) option.selected = values.includes(option.value);
      else if (values.length) {
        const value = values.shift();
        if (field.tagName === "SELECT" && ![...field.options].some((option) => option.value === value)) {
          field.add(new Option(value, value));
        }
        field.value = value;
      }
    }
  };

  // A refused form: what is to be fixed, beside every button, and the first of it under the cursor.
  const pointOut = (forms) => {
    const refused = forms.find(({ isRefused }) => isRefused);
    if (!refused) return;
    const lists = [...refused.form.querySelectorAll(".errorlist")].filter((list) => list.children.length);
    const rowOf = (list) => list.closest(".form-row, .field, fieldset, form");
    const names = lists.map((list) => {
      const label = rowOf(list)?.querySelector("label, legend")?.textContent.trim().replace(/:$/, "");
      const part = list.closest(".inline-related")?.querySelector("h3, .inline_label")?.textContent.trim();
      return [label, part].filter(Boolean).join(" of ");
    });
    const number = lists.length;
    const things = number ? `${number} thing${number === 1 ? "" : "s"} to fix (${names.filter(Boolean).join("; ")})` : "";
    const above = document.querySelector(".messagelist .error, .errornote")?.textContent.trim() ?? "look above";
    for (const row of refused.form.querySelectorAll(".submit-row")) row.classList.add("refused");
    refused.say([`Not saved: ${things || above}`], true);
    const top = refused.form.querySelector(".submit-row");
    if (top && top !== refused.line.previousElementSibling) top.after(refused.line.cloneNode(true));
    const first = lists.map((list) => rowOf(list)?.querySelector("input:not([type=hidden]), select, textarea, [contenteditable]")).find(Boolean);
    if (!first) return;
    for (let box = first.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    first.closest(".collapsed")?.classList.remove("collapsed");
    first.focus({ preventScroll: true });
    first.scrollIntoView({ block: "center" });
  };

  const forms = [...document.querySelectorAll("#content form")]
    .filter((form) => form.method === "post" && form.elements.staff_form)
    .map((form) => new Kept(form));
  const remember = () => forms.forEach((each) => each.remember());
  const beat = (how) => forms.forEach((each) => each.beat(how));

  putBack(forms);
  for (const touch of ["pointerdown", "keydown", "focusin"]) document.addEventListener(touch, remember, { capture: true });
  setInterval(() => beat(), EVERY);
  document.addEventListener("visibilitychange", () => beat({ isLeft: document.hidden })); // the lid closes, or another tab is looked at
  addEventListener("load", () => setTimeout(() => pointOut(forms)));
  addEventListener("pageshow", (event) => event.persisted && forms.forEach((each) => each.wake()));
  addEventListener("beforeunload", (event) => {
    if (forms.some(({ passes }) => passes)) beat({ isLeft: true });
    else if (forms.some(({ isUnsaved }) => isUnsaved)) event.preventDefault();
  });
}
