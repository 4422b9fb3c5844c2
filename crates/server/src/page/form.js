// A form that is opened by a one-time link: sends what was typed to the API and shows what comes back beside the fields.
"use strict";

const words = {
  en: {
    missing: "Please fill in this field.",
    email: "This is not an e-mail address.",
    offline: "Ringwerk did not answer. Nothing was saved. Is it still running?",
    failed: "Nothing was saved. ",
    fields: "Nothing was saved yet. Please look at the marked fields.",
    noToken: "This page needs the one-time link that Ringwerk printed. Open that link as it is; it ends in # and a long word.",
  },
  de: {
    missing: "Bitte füllen Sie dieses Feld aus.",
    email: "Das ist keine E-Mail-Adresse.",
    offline: "Ringwerk hat nicht geantwortet. Es wurde nichts gespeichert. Läuft es noch?",
    failed: "Es wurde nichts gespeichert. ",
    fields: "Es ist noch nichts gespeichert. Bitte sehen Sie die markierten Felder durch.",
    codes: {
      "password.short": "Bitte mindestens zwölf Zeichen; ein paar Wörter ergeben ein gutes Passwort.",
      "password.long": "Das ist zu lang.",
      "password.guessable": "Dieses Passwort ist leicht zu erraten. Nehmen Sie ein paar Wörter dazu.",
      "link.spent": "Dieser Link gilt nicht mehr.",
    },
    noToken: "Diese Seite braucht den Einmal-Link, den Ringwerk ausgegeben hat. Öffnen Sie ihn unverändert; er endet mit # und einem langen Wort.",
  },
}[document.documentElement.lang];

const form = document.querySelector("form");
const notice = document.querySelector("#notice");
const token = location.hash.slice(1);

// The link is a key: it must not stay in the address bar and the history.
if (token) history.replaceState(null, "", location.pathname);
if (token) form.hidden = false;
else say(words.noToken);

function say(text) {
  notice.textContent = text;
  notice.hidden = !text;
}

function mark(input, text) {
  const place = document.getElementById(input.id + "-wrong");
  place.textContent = text;
  place.hidden = !text;
  input.toggleAttribute("aria-invalid", false);
  if (text) input.setAttribute("aria-invalid", "true");
}

const inputs = [...form.querySelectorAll("input, select")];
inputs.forEach((input) => input.addEventListener("input", () => mark(input, "")));

function looksRight() {
  for (const input of inputs) {
    if (input.required && !input.value.trim()) mark(input, words.missing);
    else if (input.type === "email" && !input.validity.valid) mark(input, words.email);
    else mark(input, "");
  }
  return showFirstWrong();
}

function showFirstWrong() {
  const wrong = inputs.find((input) => input.getAttribute("aria-invalid") === "true");
  say(wrong ? words.fields : "");
  if (wrong) wrong.focus();
  return !wrong;
}

// "administrator.firstName" -> body.administrator.firstName
function body() {
  const whole = form.dataset.sends === "token" ? { token, language: document.documentElement.lang } : {};
  for (const input of inputs) {
    const path = input.name.split(".");
    const last = path.pop();
    let place = whole;
    for (const word of path) place = place[word] ??= {};
    place[last] = input.type === "password" ? input.value : input.value.trim();
  }
  return whole;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!looksRight()) return;
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await fetch(form.dataset.action.replace("TOKEN", encodeURIComponent(token)), {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": document.documentElement.lang },
      body: JSON.stringify(body()),
    });
    const content = await answer.json().catch(() => ({}));
    if (answer.ok) return finished();
    for (const error of content.errors ?? []) {
      const name = error.pointer.replace(/^#?\//, "").replaceAll("/", ".");
      const input = inputs.find((input) => input.name === name);
      if (input) mark(input, words.codes?.[error.code] ?? error.message);
    }
    if (showFirstWrong()) {
      say(words.failed + (content.detail ?? content.title ?? String(answer.status)));
      notice.focus();
    }
  } catch {
    say(words.offline);
    notice.focus();
  } finally {
    button.disabled = false;
  }
});

function finished() {
  form.hidden = true;
  document.querySelector("#intro").hidden = true;
  say("");
  const done = document.querySelector("#done");
  for (const place of done.querySelectorAll("[data-email]")) place.textContent = document.getElementById("email")?.value.trim() ?? "";
  for (const place of done.querySelectorAll("[data-origin]")) place.textContent = location.origin;
  done.hidden = false;
  done.querySelector("h1").focus();
}
