// The form of a new ticket without leaving the page: another kind's questions, and similar tickets while somebody types.
"use strict";

const form = document.querySelector("form[data-steps]");
const REST_MS = 900;
const LEAST_LETTERS = 8;
let resting = 0;
let turn = 0;
let last = Promise.resolve();

// One request at a time, in order. Of searches that wait only the newest is sent; everything else always is.
function take(step, parts) {
  const mine = step === "similar" ? (turn += 1) : turn;
  const isOvertaken = () => step === "similar" && mine !== turn;
  last = last.then(async () => {
    if (isOvertaken()) return;
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    body.set("step", step);
    const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
    if (!answer?.ok || isOvertaken()) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const name of parts) {
      const part = page.querySelector(`[data-part="${name}"]`);
      if (part) form.querySelector(`[data-part="${name}"]`).replaceChildren(...part.childNodes);
    }
  });
  return last;
}

function letters() {
  const words = form.elements.title.value + form.elements.description.value;
  return words.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
}

if (form) {
  form.addEventListener("input", (event) => {
    if (event.target.name !== "title" && event.target.name !== "description") return;
    clearTimeout(resting);
    resting = setTimeout(() => letters() >= LEAST_LETTERS && take("similar", ["note", "similar"]), REST_MS);
  });
  form.addEventListener("click", async (event) => {
    const button = event.target.closest("button[name=step]");
    if (!button || button.value.startsWith("solved:")) return;
    event.preventDefault();
    clearTimeout(resting);
    const isKind = button.value.startsWith("kind:");
    await take(button.value, isKind ? ["kind", "hint", "questions"] : ["note", "similar"]);
    if (button.isConnected || document.activeElement !== document.body) return;
    const next = isKind ? button.value : "similar"; // the pressed button is gone, and the focus with it
    form.querySelector(`button[value="${CSS.escape(next)}"]`)?.focus();
  });
}
