/** Many users: selected and changed at once, imported from a file, exported, deleted and brought back. */
import { readFileSync } from "node:fs";

import { expect, type Page, test } from "@playwright/test";

import { mailTo } from "./mailbox";
import { type Running, start } from "./ringwerk";
import { accessible, fits, signIn, watch } from "./stories";

let ringwerk: Running;
test.beforeAll(async () => {
  ringwerk = await start(30);
});
test.afterAll(() => ringwerk?.stop());
test.beforeEach(({ page }) => signIn(page, ringwerk));

const person = (at: number) => {
  const user = ringwerk.company.users[at];
  if (!user) throw new Error("the company is smaller than that");
  return user;
};
interface Now {
  id: string;
  name: string;
  location: string | null;
  extensions: string[];
  blocked: boolean;
}
const now = (id: string) => ringwerk.api<Now>("GET", `/v1/users/${id}`);
const found = async (search: string) => (await ringwerk.api<{ items: Now[] }>("GET", `/v1/users?search=${encodeURIComponent(search)}`)).items;

async function select(page: Page, ...at: number[]) {
  for (const each of at) await page.getByRole("checkbox", { name: `Select ${person(each).name}` }).check();
  await expect(page.getByText(`${at.length} selected`)).toBeVisible();
}

test("several move to another location, and back by Undo", async ({ page }) => {
  const trouble = watch(page, ringwerk);
  const { items } = await ringwerk.api<{ items: { id: string; name: string }[] }>("GET", "/v1/locations");
  const before = [await now(person(1).id), await now(person(2).id)];
  const target = items.find(({ id }) => id !== before[0]?.location);
  await page.goto(`${ringwerk.url}/users`);
  await select(page, 1, 2);
  await accessible(page);
  await page.getByRole("button", { name: "Move location" }).click();
  await accessible(page);
  await page.getByRole("dialog").getByLabel("Location").selectOption(target?.id ?? "");
  await page.getByRole("button", { name: "Move", exact: true }).click();
  await expect(page.getByText(`2 users moved to ${target?.name}.`)).toBeVisible();
  expect([(await now(person(1).id)).location, (await now(person(2).id)).location]).toEqual([target?.id, target?.id]);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText(`2 users moved to ${target?.name}.`)).toHaveCount(0);
  expect([(await now(person(1).id)).location, (await now(person(2).id)).location]).toEqual(before.map(({ location }) => location));
  expect(trouble).toEqual([]);
});

test("several are blocked by keyboard, and let in again", async ({ page }) => {
  await page.goto(`${ringwerk.url}/users`);
  for (const at of [3, 4]) {
    await page.getByRole("checkbox", { name: `Select ${person(at).name}` }).focus();
    await page.keyboard.press("Space");
  }
  await page.getByRole("button", { name: "Block", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Block 2 users" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByText("2 users were blocked.")).toBeVisible();
  expect([(await now(person(3).id)).blocked, (await now(person(4).id)).blocked]).toEqual([true, true]);
  await page.getByRole("button", { name: "Undo" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByText("2 users were blocked.")).toHaveCount(0);
  expect((await now(person(3).id)).blocked).toBe(false);
});

test("an invitation goes out once more, on a narrow screen", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${ringwerk.url}/users?search=${encodeURIComponent(person(5).name)}`);
  await select(page, 5);
  await fits(page);
  await accessible(page);
  await page.getByRole("button", { name: "More for the selected users" }).click();
  await page.getByRole("menuitem", { name: "Invite again" }).click();
  await page.getByRole("button", { name: "Invite 1 user" }).click();
  await expect(page.getByText("1 invitation is on its way.")).toBeVisible();
  await mailTo(ringwerk, person(5).email);
});

test("deleting several first counts what will happen; afterwards they can be brought back until a day that is named", async ({ page }) => {
  const trouble = watch(page, ringwerk);
  await page.goto(`${ringwerk.url}/users`);
  await select(page, 6, 7);
  await page.getByRole("region", { name: "Selected users" }).getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText("2 phone numbers return to the account")).toBeVisible();
  await expect(dialog.getByText("2 extensions become free")).toBeVisible();
  await accessible(page);
  await dialog.getByRole("button", { name: "Delete 2 users" }).click();
  await expect(page.getByText("2 users were deleted.")).toBeVisible();
  await expect(now(person(6).id)).rejects.toThrow("404");

  await page.getByLabel("Show", { exact: true }).selectOption("deleted");
  await expect(page).toHaveURL(/show=deleted/);
  await expect(page.getByText("Can be brought back until").first()).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: `Bring back ${person(6).name}` }).click();
  await expect(page.getByRole("button", { name: `Bring back ${person(6).name}` })).toHaveCount(0);
  expect((await now(person(6).id)).extensions).toEqual([person(6).extension]);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(async () => (await found(person(7).name)).length).toBe(1);
  expect(trouble).toEqual([]);
});

test("the last administrator among the selected is named, and nothing is deleted", async ({ page }) => {
  await page.goto(`${ringwerk.url}/users`);
  await select(page, 0, 8);
  await page.getByRole("region", { name: "Selected users" }).getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("Among them is the last administrator")).toBeVisible();
  await expect(page.getByRole("button", { name: "Delete 2 users" })).toHaveCount(0);
  await accessible(page);
});

const file = (name: string, text: string) => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });

test("import: a problem is told at its cell and holds everything back; mended, it is carried out and undone", async ({ page }) => {
  const trouble = watch(page, ringwerk);
  await page.goto(`${ringwerk.url}/users`);
  await page.getByRole("link", { name: "Import" }).click();
  await page.getByRole("button", { name: "Which columns a file can have" }).click();
  await accessible(page);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download a template" }).click()]);
  const template = readFileSync(await download.path(), "utf8");
  expect(template).toContain("First name,Last name,E-mail");

  const rows = (extension: string) => `First name;Last name;E-mail;Extension\r\nIda;Imhoff;ida@lindner.example;${extension}\r\nOle;Import;ole@lindner.example;next\r\n`;
  await page.locator("input[type=file]").setInputFiles(file("people.csv", rows(person(2).extension)));
  await expect(page.getByText("1 row has a problem")).toBeVisible();
  await expect(page.getByText(`This extension belongs to ${person(2).name}.`).filter({ visible: true })).toBeVisible();
  await expect(page.getByRole("button", { name: /^Add / })).toBeDisabled();
  await accessible(page);
  expect(await found("Imhoff")).toEqual([]);

  await page.getByRole("button", { name: "Choose another file" }).click();
  await page.locator("input[type=file]").setInputFiles(file("people.csv", rows("777")));
  await expect(page.getByRole("row", { name: /Ida Imhoff.*Extension: 777/ })).toBeVisible();
  await page.reload();
  await page.getByRole("button", { name: "Add 2 users" }).click();
  await expect(page.getByText("Carried out: 2 added, 0 changed.")).toBeVisible();
  await accessible(page);
  expect((await found("Imhoff"))[0]?.extensions).toEqual(["777"]);

  await page.getByRole("button", { name: "Undo the import" }).click();
  await expect(page.getByText("Undone. Everything is as it was before the import.")).toBeVisible();
  await accessible(page);
  expect(await found("Imhoff")).toEqual([]);
  expect(trouble).toEqual([]);
});

test("what was exported goes in again unchanged; a change in it is shown and made", async ({ page }) => {
  await page.goto(`${ringwerk.url}/users`);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Export as CSV" }).click()]);
  const exported = readFileSync(await download.path(), "utf8");
  expect(exported.trim().split("\n")).toHaveLength(31);

  await page.goto(`${ringwerk.url}/users/import`);
  await page.getByRole("radio", { name: "Change them to what the file says" }).check();
  await page.locator("input[type=file]").setInputFiles(file("users.csv", exported));
  await expect(page.getByText("Everybody in the file is as it says already")).toBeVisible();

  await page.getByRole("button", { name: "Choose another file" }).click();
  await page.locator("input[type=file]").setInputFiles(file("users.csv", exported.replace(person(9).name.split(" ")[0] ?? "?", "Umbenannt")));
  await page.getByRole("button", { name: "Change 1 user" }).click();
  await expect(page.getByText("Carried out: 0 added, 1 changed.")).toBeVisible();
  expect(await found("Umbenannt")).toHaveLength(1);
});

test("names of files and cells are shown as text, in German, on a narrow screen", async ({ page }) => {
  const trouble = watch(page, ringwerk);
  await page.addInitScript(() => localStorage.setItem("ringwerk.language", "de"));
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${ringwerk.url}/users/import`);
  const evil = `"<img src=x onerror=document.title='bad'>"`;
  await page.locator("input[type=file]").setInputFiles(file("<b onmouseover=alert(1)>ü.csv", `Vorname;E-Mail;Standort\r\n${evil};<script>@x;${evil}\r\n=cmd|'/c calc'!A1;;\r\n`));
  await expect(page.getByText("<b onmouseover=alert(1)>ü.csv")).toBeVisible();
  await expect(page.getByText("<img src=x onerror=").filter({ visible: true }).first()).toBeVisible();
  await expect(page.getByText("Das ist keine E-Mail-Adresse.").filter({ visible: true }).first()).toBeVisible();
  await fits(page);
  await accessible(page);
  expect(await page.title()).not.toContain("bad");
  expect(trouble).toEqual([]);
});

test("a file that is none says what is missing", async ({ page }) => {
  await page.goto(`${ringwerk.url}/users/import`);
  await page.locator("input[type=file]").setInputFiles(file("notes.csv", "Colour;Size\r\nred;4\r\n"));
  await expect(page.getByRole("alert")).toContainText("It has: Colour, Size");
  await accessible(page);
});
