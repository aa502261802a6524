// Small comforts; every page works without them.
"use strict";

const zone = document.body.dataset.timeZone || undefined;
const shown = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short", timeZone: zone });

for (const time of document.querySelectorAll("time[datetime]")) {
  const moment = new Date(time.dateTime);
  if (!Number.isNaN(moment.getTime())) {
    time.title = time.dateTime;
    time.textContent = shown.format(moment);
  }
}

for (const field of document.querySelectorAll("input[data-fill-zone]")) {
  field.value = zone || shown.resolvedOptions().timeZone;
}

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) {
      event.preventDefault();
      return;
    }
    if (form.method === "get") {
      for (const field of form.elements) {
        if (field.name && field.value === "") field.disabled = true; // a short address
      }
    } else if (form.dataset.sent) {
      event.preventDefault(); // one press is enough
    } else {
      form.dataset.sent = "yes";
    }
  });
}

// What the desk would refuse after minutes of sending is told at once.
function refusal(field) {
  const files = [...field.files];
  const endings = field.dataset.endings.split(" ");
  const refused = files.find((file) => endings.includes(file.name.toLowerCase().replace(/[. ]+$/, "").split(".").slice(1).pop()));
  if (refused) return `This desk does not take “${refused.name}”. Leave it out; a link to it will do.`;
  if (files.length > Number(field.dataset.most)) return `At most ${field.dataset.most} files at once.`;
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const mebibytes = (bytes) => `${Math.round((bytes / 2 ** 20) * 10) / 10} MiB`;
  const largest = Number(field.dataset.largest);
  return size > largest ? `These files have ${mebibytes(size)}; at most ${mebibytes(largest)} go together.` : "";
}

for (const field of document.querySelectorAll("input[type=file][data-largest]")) {
  field.addEventListener("change", () => {
    const told = refusal(field);
    field.setCustomValidity(told);
    field.setAttribute("aria-invalid", told ? "true" : "false");
    document.getElementById(`${field.id}-mistake`).textContent = told;
  });
}

// What was written in a form that could not be sent stands in it again, once its page is open in this tab.
const kept = document.querySelector("[data-kept]");
if (kept) {
  const words = [...kept.querySelectorAll("textarea")].map((area) => [area.dataset.name, area.value]);
  sessionStorage.setItem(`kept ${kept.dataset.kept}`, JSON.stringify(words));
  kept.querySelector(".hint").textContent = "It was not sent. Open the page in this tab, and it stands in the form again.";
} else {
  const key = `kept ${location.pathname}`;
  for (const [name, value] of JSON.parse(sessionStorage.getItem(key) ?? "[]")) {
    const field = document.querySelector(`form[method=post] [name="${CSS.escape(name)}"]`);
    if (field && !field.value) field.value = value;
  }
  sessionStorage.removeItem(key);
}

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form")) {
    delete form.dataset.sent;
    for (const field of form.elements) field.disabled = false;
  }
});
