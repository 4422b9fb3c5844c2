/** Every text people read: English and German, a file for each feature. The browser's language decides until a person chooses. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";

// Only the language that is read is loaded.
const loading = { en: () => import("./en"), de: () => import("./de") };

export type Language = keyof typeof loading;
export const languages = Object.keys(loading) as Language[];

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
  void speak(language);
}

async function speak(language: Language) {
  const { default: words } = await loading[language]();
  for (const [name, part] of Object.entries(words)) i18next.addResourceBundle(language, name, part, true, true);
  await i18next.changeLanguage(language);
}

/** Adds the words of a feature that most people never open, when its page is loaded. */
export function addWords(name: keyof Later, words: Record<Language, object>) {
  for (const language of languages) i18next.addResourceBundle(language, name, words[language]);
}

/** Adds the words for what only such a page can be refused. */
export function addProblems(words: Record<Language, object>) {
  for (const language of languages) i18next.addResourceBundle(language, "problems", words[language], true);
}

i18next.on("languageChanged", (language) => {
  document.documentElement.lang = language;
});

// Windows of one browser speak one language.
window.addEventListener("storage", ({ key, newValue }) => {
  if (key === CHOSEN && languages.includes(newValue as Language)) void speak(newValue as Language);
});

/** Resolves when there are words to show. */
export async function start() {
  await i18next.use(initReactI18next).init({ resources: {}, lng: firstLanguage(), defaultNS: "app", interpolation: { escapeValue: false } });
  await speak(firstLanguage());
}

interface Later {
  billing: typeof import("./en/billing.json");
  devices: typeof import("./en/devices.json");
  imports: typeof import("./en/imports.json");
  messages: typeof import("./en/messages.json");
  operator: typeof import("./en/operator.json");
  routing: typeof import("./en/routing.json");
  settings: typeof import("./en/settings.json");
  wizard: typeof import("./en/wizard.json");
}

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "app";
    resources: (typeof import("./en"))["default"] & Later;
  }
}
