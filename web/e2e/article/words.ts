/** What the pages say, by the keys they take it from: a story is written once and read in every language. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import i18next from "i18next";

type Files = {
  app: typeof import("../../src/i18n/en/app.json");
  billing: typeof import("../../src/i18n/en/billing.json");
  devices: typeof import("../../src/i18n/en/devices.json");
  identity: typeof import("../../src/i18n/en/identity.json");
  people: typeof import("../../src/i18n/en/people.json");
  routing: typeof import("../../src/i18n/en/routing.json");
  settings: typeof import("../../src/i18n/en/settings.json");
  telephony: typeof import("../../src/i18n/en/telephony.json");
  users: typeof import("../../src/i18n/en/users.json");
  wizard: typeof import("../../src/i18n/en/wizard.json");
};

// A key of several forms is named without the form: the count chooses it.
type Name<K extends string> = K extends `${infer Stem}_${"one" | "other"}` ? Stem : K;
type Paths<Texts> = { [K in keyof Texts & string]: Texts[K] extends string ? Name<K> : `${K}.${Paths<Texts[K]>}` }[keyof Texts & string];

/** `users:new.create`: a file of the page's texts and a text in it. */
export type Key = { [File in keyof Files & string]: `${File}:${Paths<Files[File]>}` }[keyof Files & string];

export type Language = "en" | "de";

/** Something said on the page that is no text of it: a name, a number; or a text with values in it. */
export interface Said {
  said: string;
}

export const said = (words: string): Said => ({ said: words });

const folder = (language: Language) => fileURLToPath(new URL(`../../src/i18n/${language}/`, import.meta.url));

function texts(language: Language): Record<string, object> {
  const files = readdirSync(folder(language)).filter((name) => name.endsWith(".json"));
  return Object.fromEntries(files.map((name) => [name.slice(0, -5), JSON.parse(readFileSync(`${folder(language)}${name}`, "utf8")) as object]));
}

const pages = i18next.createInstance();
void pages.init({ resources: { en: texts("en"), de: texts("de") }, lng: "en", initAsync: false, interpolation: { escapeValue: false } });

/** The text of a key; one that does not exist is a mistake in the story. */
export function text(language: Language, key: Key, values: Record<string, string | number> = {}): string {
  const found = pages.getFixedT(language)(key as never, values as never) as unknown as string;
  if (!found || found === key || found === key.slice(key.indexOf(":") + 1)) throw new Error(`the pages have no text ${key}`);
  return found;
}
