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

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form")) {
    delete form.dataset.sent;
    for (const field of form.elements) field.disabled = false;
  }
});
