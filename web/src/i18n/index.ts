/** Every text people read: English and German, a file for each feature. The browser's language decides until a person chooses. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";

import deApp from "./de/app.json";
import deIdentity from "./de/identity.json";
import dePeople from "./de/people.json";
import deProblems from "./de/problems.json";
import deRecords from "./de/records.json";
import deSetup from "./de/setup.json";
import deTelephony from "./de/telephony.json";
import deUsers from "./de/users.json";
import enApp from "./en/app.json";
import enIdentity from "./en/identity.json";
import enPeople from "./en/people.json";
import enProblems from "./en/problems.json";
import enRecords from "./en/records.json";
import enSetup from "./en/setup.json";
import enTelephony from "./en/telephony.json";
import enUsers from "./en/users.json";

export const resources = {
  en: { app: enApp, identity: enIdentity, people: enPeople, problems: enProblems, records: enRecords, setup: enSetup, telephony: enTelephony, users: enUsers },
  de: { app: deApp, identity: deIdentity, people: dePeople, problems: deProblems, records: deRecords, setup: deSetup, telephony: deTelephony, users: deUsers },
} as const;

export type Language = keyof typeof resources;
export const languages = Object.keys(resources) as Language[];

const CHOSEN = "ringwerk.language";

function firstLanguage(): Language {
  const chosen = localStorage.getItem(CHOSEN);
  const wishes = [chosen, ...navigator.languages].map((wish) => wish?.slice(0, 2));
  return wishes.find((wish): wish is Language => languages.includes(wish as Language)) ?? "en";
}

export function currentLanguage(): Language {
  return i18next.language as Language;
}

export function chooseLanguage(language: Language) {
  localStorage.setItem(CHOSEN, language);
  void i18next.changeLanguage(language);
}

/** Adds the words of a feature that most people never open, when its page is loaded. */
export function addWords(name: keyof Later, words: Record<Language, object>) {
  for (const language of languages) i18next.addResourceBundle(language, name, words[language]);
}

i18next.on("languageChanged", (language) => {
  document.documentElement.lang = language;
});

void i18next.use(initReactI18next).init({
  resources,
  lng: firstLanguage(),
  fallbackLng: "en",
  defaultNS: "app",
  interpolation: { escapeValue: false },
});

interface Later {
  billing: typeof import("./en/billing.json");
  devices: typeof import("./en/devices.json");
  imports: typeof import("./en/imports.json");
  operator: typeof import("./en/operator.json");
  routing: typeof import("./en/routing.json");
  settings: typeof import("./en/settings.json");
  wizard: typeof import("./en/wizard.json");
}

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "app";
    resources: (typeof resources)["en"] & Later;
  }
}
