/** A heading of the article: its sentences, each told once and done by every reader, on one running server. */
import { expect, type Page, test } from "@playwright/test";

import { Baresip } from "../baresip";
import type { Access } from "../phone";
import { type Company, type Running, start } from "../ringwerk";
import { signIn, watch } from "../stories";
import { type Kind, Reader } from "./reader";
import type { Language } from "./words";

export type Person = Company["users"][number];

export interface Scene {
  reader: Reader;
  page: Page;
  ringwerk: Running;
  /** Somebody of the company whom no other story touches. */
  person: Person;
  /** Another one of these. */
  another: () => Person;
  /** What this reader, and nobody else, calls a thing. */
  name: (stem: string) => string;
  /** A real telephone with this access; it is put away at the end. */
  phone: (access: Access) => Promise<Baresip>;
  /** Somebody calls, and it rings. Answers what the ringing telephone shows of the caller. */
  rings: (dialled: string, phone: Baresip, caller?: Person) => Promise<string>;
  /** The reader signs in, without the form. */
  signedIn: (who?: { email: string; password: string }) => Promise<void>;
}

// Every sentence meets all three ways of working and both languages.
const some: [Kind, Language][] = [["mouse", "en"], ["keyboard", "de"], ["touch", "de"]];
const all: [Kind, Language][] = [...some, ["mouse", "de"], ["keyboard", "en"], ["touch", "en"]];
const readers = process.env.RINGWERK_READERS === "all" ? all : some;

const locales = { en: "en-GB", de: "de-DE" };
const screens = {
  mouse: { viewport: { width: 1280, height: 900 } },
  keyboard: { viewport: { width: 1280, height: 900 } },
  touch: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
};

export const accessOf = (ringwerk: Running, { phones: [phone] }: Person): Access => ({
  username: phone?.sipId ?? "",
  password: phone?.password ?? "",
  domain: ringwerk.company.sipDomain,
});

/** Who may sign in with this: answers what the API says to him, or nothing. */
export async function letIn({ url }: Running, email: string, password: string): Promise<((path: string) => Promise<number>) | undefined> {
  const origin = { origin: url, "sec-fetch-site": "same-origin", "content-type": "application/json" };
  const answer = await fetch(`${url}/v1/sessions`, { method: "POST", headers: origin, body: JSON.stringify({ email, password }) });
  if (!answer.ok) return undefined;
  const cookie = answer.headers.getSetCookie().map((set) => set.split(";")[0]).join("; ");
  return async (path) => (await fetch(`${url}${path}`, { headers: { ...origin, cookie } })).status;
}

/** Starts a server for the sentences of a heading; with `each`, one for every story that changes the whole account. */
export function chapter(heading: string, users: number, each = false) {
  // A trace of every key would cost more than the story.
  test.use({ trace: "off", screenshot: "only-on-failure" });
  let ringwerk: Running;
  // The first is the administrator, the second and third have telephones of other kinds.
  let next = 3;
  const begin = async () => {
    ringwerk = await start(users);
    next = 3;
  };
  const end = () => ringwerk?.stop();
  if (each) {
    test.beforeEach(begin);
    test.afterEach(end);
  } else {
    test.beforeAll(begin);
    test.afterAll(end);
  }

  const another = () => {
    const person = ringwerk.company.users[next++];
    if (!person) throw new Error("the company is too small for this chapter");
    return person;
  };

  return (sentence: string, story: (scene: Scene) => Promise<void>) => {
    for (const [kind, language] of readers) {
      test.describe(`${heading}: ${sentence}`, () => {
        test.use({ ...screens[kind], locale: locales[language], actionTimeout: 20_000 });
        test(`${kind}, ${language}`, async ({ page }) => {
          const trouble = watch(page, ringwerk);
          const pointed = kind === "keyboard" ? await pointing(page) : () => Promise.resolve(0);
          const phones: Baresip[] = [];
          const phone = async (access: Access) => {
            const started = await Baresip.start(ringwerk.sip, access);
            phones.push(started);
            return started;
          };
          const scene: Scene = {
            reader: new Reader(page, kind, language, ringwerk.url),
            page,
            ringwerk,
            person: another(),
            another,
            name: (stem) => `${stem}-${kind}-${language}`,
            phone,
            rings: async (dialled, called, caller) => {
              const calling = await phone(accessOf(ringwerk, caller ?? another()));
              calling.dial(dialled);
              const shown = await called.event("CALL_INCOMING");
              calling.hangUp();
              await called.event("CALL_CLOSED");
              return shown;
            },
            signedIn: (who) => signIn(page, ringwerk, who),
          };
          try {
            await story(scene);
            expect(trouble).toEqual([]);
            expect(await pointed(), "a keyboard alone").toBe(0);
          } finally {
            await Promise.all(phones.map((phone) => phone.stop()));
          }
        });
      });
    }
  };
}

/** Counts what only a mouse or a finger does. */
async function pointing(page: Page): Promise<() => Promise<number>> {
  let seen = 0;
  await page.exposeFunction("pointed", () => seen++);
  await page.addInitScript(() => {
    for (const kind of ["pointerdown", "mousedown", "touchstart", "wheel"]) addEventListener(kind, () => (window as unknown as { pointed: () => void }).pointed(), { capture: true, passive: true });
  });
  return () => Promise.resolve(seen);
}
