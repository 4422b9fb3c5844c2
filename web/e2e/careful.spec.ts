/** Whatever destroys says first what will happen, by keyboard too; who thinks better of it is back where he was. */
import { expect, type Page, test } from "@playwright/test";

import { type Running, start } from "./ringwerk";
import { accessible, signIn, watch } from "./stories";

let ringwerk: Running;
let group: string;
test.beforeAll(async () => {
  ringwerk = await start(4);
  await ringwerk.api("POST", "/v1/numbers", { from: "+493023125900", to: "+493023125901" });
  await ringwerk.api("POST", "/v1/locations", { name: "Lager", country: "DE" });
  const { items } = await ringwerk.api<{ items: { id: string }[] }>("GET", "/v1/groups");
  group = items[0]?.id ?? "";
});
test.afterAll(() => ringwerk?.stop());
test.beforeEach(({ page }) => signIn(page, ringwerk));

const person = (at: number) => {
  const user = ringwerk.company.users[at];
  if (!user) throw new Error("the company is smaller than that");
  return user;
};

/** Opens by keyboard, sees what will happen, leaves by Escape. */
async function thinksBetter(page: Page, open: () => Promise<void>, says: RegExp) {
  await open();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText(says);
  // Nothing is lost by a hasty Enter.
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await accessible(page);
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
}

const press = async (page: Page, name: RegExp | string, nth = 0) => {
  const button = page.getByRole("button", { name }).nth(nth);
  await button.focus();
  await page.keyboard.press("Enter");
};
const choose = async (page: Page, menu: RegExp | string, item: string, nth = 0) => {
  await press(page, menu, nth);
  await page.getByRole("menuitem", { name: item }).focus();
  await page.keyboard.press("Enter");
};

interface Case {
  what: string;
  path: () => string;
  opener: RegExp;
  nth?: number;
  item?: string;
  says: RegExp;
}

const cases: Case[] = [
  { what: "deleting a user", path: () => `/users/${person(2).id}`, opener: /^More for/, item: "Delete", says: /returns to the account[^]*30 days/ },
  { what: "blocking a user", path: () => `/users/${person(2).id}`, opener: /^More for/, item: "Block", says: /sign/ },
  { what: "deleting a group", path: () => `/groups/${group}`, opener: /^More for/, item: "Delete", says: /./ },
  { what: "deleting a location", path: () => "/locations", opener: /Lager/, item: "Delete", says: /Lager/ },
  { what: "deleting a device", path: () => `/users/${person(2).id}?tab=devices`, opener: /^More for/, nth: 1, item: "Delete", says: /./ },
  { what: "signing out everywhere", path: () => "/sessions", opener: /^Sign out everywhere$/, says: /signed out/ },
];

for (const { what, path, opener, nth = 0, item, says } of cases) {
  test(`${what} is asked first, and Escape leads back`, async ({ page }) => {
    const trouble = watch(page, ringwerk);
    await page.goto(`${ringwerk.url}${path()}`);
    await page.getByRole("button", { name: opener }).nth(nth).waitFor();
    await thinksBetter(page, () => (item ? choose(page, opener, item, nth) : press(page, opener, nth)), says);
    // The next key goes on from where the question was asked.
    await expect(page.getByRole("button", { name: opener }).nth(nth)).toBeFocused();
    expect(trouble).toEqual([]);
  });
}
