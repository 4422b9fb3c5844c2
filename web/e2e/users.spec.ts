import { expect, test } from "@playwright/test";

import { register } from "./phone";
import { type Running, start } from "./ringwerk";
import { accessible, fits, signIn, watch } from "./stories";

let ringwerk: Running;
test.beforeAll(async () => {
  ringwerk = await start(60);
  await ringwerk.api("POST", "/v1/numbers", { number: "+493023125900" });
});
test.afterAll(() => ringwerk?.stop());
test.beforeEach(({ page }) => signIn(page, ringwerk));

const person = (at: number) => {
  const user = ringwerk.company.users[at];
  if (!user) throw new Error("the company is smaller than that");
  return user;
};

test("the list finds, filters, says what is missing and loads on", async ({ page }) => {
  const trouble = watch(page, ringwerk);
  await page.goto(`${ringwerk.url}/`);
  await expect(page).toHaveURL(/\/users/);
  await expect(page.getByRole("searchbox")).toBeFocused();
  await expect(page.getByText("60 users cannot make calls yet.")).toBeVisible();
  await accessible(page);

  // All of them, by scrolling.
  await page.getByRole("row").last().scrollIntoViewIfNeeded();
  await expect(page.getByRole("row")).toHaveCount(61);

  await page.getByRole("searchbox").fill(person(4).name.split(" ")[1] ?? "");
  await expect(page.getByRole("row", { name: person(4).name })).toBeVisible();
  await expect(page).toHaveURL(/search=/);
  await page.getByRole("searchbox").fill("nobody at all");
  await expect(page.getByText("Nobody fits")).toBeVisible();
  await accessible(page);

  await page.setViewportSize({ width: 390, height: 800 });
  await page.goto(`${ringwerk.url}/users`);
  await expect(page.getByRole("listitem").filter({ hasText: "Ext." }).first()).toBeVisible();
  await fits(page);
  await accessible(page);
  await page.setViewportSize({ width: 320, height: 800 });
  await fits(page);
  expect(trouble).toEqual([]);
});

test("what cannot be loaded says so, and can be tried again", async ({ page }) => {
  await page.route("**/v1/users?*", (route) => route.abort());
  await page.goto(`${ringwerk.url}/users`);
  await expect(page.getByRole("alert")).toContainText("could not be loaded", { timeout: 20_000 });
  await accessible(page);
  await page.unroute("**/v1/users?*");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("row").nth(5)).toBeVisible();
});

test("Add User in four steps, until the phone is connected", async ({ page }) => {
  const trouble = watch(page, ringwerk);
  await page.goto(`${ringwerk.url}/users`);
  await page.getByRole("link", { name: "Add User" }).click();

  // Details: a mistake is told by its field, and nothing is lost.
  await page.getByLabel("First name").fill("Mira");
  await page.getByLabel("Last name").fill("Sander");
  await page.getByLabel("E-mail").fill("not an address");
  await page.getByRole("button", { name: "Add User" }).click();
  await expect(page.getByText("This is not an e-mail address")).toBeVisible();
  await expect(page.getByLabel("E-mail")).toBeFocused();
  await accessible(page);
  await page.getByLabel("E-mail").fill("mira@lindner.example");
  await page.keyboard.press("Enter");

  // Phone: back keeps what was entered, also the browser's own.
  await expect(page.getByRole("heading", { name: "Which phone?" })).toBeVisible();
  await page.goBack();
  await expect(page.getByLabel("First name")).toHaveValue("Mira");
  await page.goForward();
  await accessible(page);
  await page.getByRole("button", { name: "Add the phone" }).click();
  await expect(page.getByText("Waiting for the phone to connect")).toBeVisible();
  await accessible(page);
  const value = async (name: string) => (await page.locator(".fact", { hasText: name }).locator("dd").innerText()).trim();
  const phone = await register(ringwerk.sip, { username: await value("User name"), password: await value("Password"), domain: await value("Domain") });
  await expect(page.getByText("Desk phone is connected")).toBeVisible();
  phone.close();
  await page.getByRole("button", { name: "Next" }).click();

  // Number, extension, groups: the next free one is proposed, a reserved one explained, a taken one named.
  const extension = page.getByLabel("Extension", { exact: true });
  await expect(extension).not.toHaveValue("");
  const proposed = await extension.inputValue();
  await extension.fill("110");
  await expect(page.getByText("110 is reserved")).toBeVisible();
  await extension.fill(person(2).extension);
  await expect(page.getByText(`${person(2).extension} belongs to ${person(2).name}`)).toBeVisible();
  await extension.fill(proposed);
  await expect(page.getByText(`${proposed} is free.`)).toBeVisible();
  await page.getByRole("radio", { name: /proposed/ }).click();
  await page.getByRole("checkbox", { name: "Empfang" }).check();
  await accessible(page);
  await page.getByRole("button", { name: "Next" }).click();

  await expect(page.getByText("Mira Sander can call and be called.")).toBeVisible();
  await expect(page.getByRole("button", { name: /Invitation link/ })).toBeVisible();
  await accessible(page);
  const { items } = await ringwerk.api<{ items: { extensions: string[]; numbers: string[]; groups: { name: string }[]; incomplete: boolean }[] }>("GET", "/v1/users?search=Mira%20Sander");
  expect(items[0]).toMatchObject({ extensions: [proposed], incomplete: false, groups: [{ name: "Empfang" }] });
  expect(items[0]?.numbers).toHaveLength(1);
  expect(trouble).toEqual([]);
});

test("leaving half-way asks before, and leaves a valid user afterwards", async ({ page }) => {
  await page.goto(`${ringwerk.url}/users/new`);
  await page.getByLabel("First name").fill("Halbert");
  await page.keyboard.press("Escape");
  await expect(page.getByText("Leave without adding this user?")).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Stay here" }).click();
  await expect(page.getByLabel("First name")).toHaveValue("Halbert");
  await page.getByRole("button", { name: "Add User" }).click();
  await expect(page.getByRole("heading", { name: "Which phone?" })).toBeVisible();
  await page.getByRole("link", { name: "Users" }).click();
  await page.getByRole("searchbox").fill("Halbert");
  await page.getByRole("link", { name: "No phone yet" }).click();
  await expect(page.getByLabel("Name of the device")).toBeFocused();
});

test("two administrators: the second is told and loses nothing", async ({ page }) => {
  const user = person(7);
  await page.goto(`${ringwerk.url}/users/${user.id}?tab=settings`);
  await page.getByRole("button", { name: "Change: Name" }).click();
  await page.getByLabel("First name").fill("Mine");
  await ringwerk.api("PATCH", `/v1/users/${user.id}`, { firstName: "Theirs" });
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(/Somebody else changed this.*It is now: Theirs/)).toBeVisible();
  await expect(page.getByLabel("First name")).toHaveValue("Mine");
  await accessible(page);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: /^Mine/ })).toBeVisible();
});

test("block, delete with consequences, and undo", async ({ page }) => {
  const user = person(9);
  await page.goto(`${ringwerk.url}/users/${user.id}`);
  await page.getByRole("button", { name: `More for ${user.name}` }).click();
  await page.getByRole("menuitem", { name: "Block" }).click();
  await page.getByRole("button", { name: `Block ${user.name}` }).click();
  await expect(page.getByText("Blocked").first()).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("phones are signed out, and nobody")).toHaveCount(0);

  await page.getByRole("button", { name: `More for ${user.name}` }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect(page.getByText("1 phone number returns to the account")).toBeVisible();
  await expect(page.getByText(`Extension ${user.extension} becomes free`)).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: `Delete ${user.name}` }).click();
  await expect(page.getByText(`${user.name} was deleted.`)).toBeVisible();
  await expect(ringwerk.api("GET", `/v1/users/${user.id}`)).rejects.toThrow("404");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText(`${user.name} was deleted.`)).toHaveCount(0);
  await ringwerk.api("GET", `/v1/users/${user.id}`);
});

test("the last administrator stays one", async ({ page }) => {
  const admin = person(0);
  await page.goto(`${ringwerk.url}/users/${admin.id}?tab=permissions`);
  const rights = page.getByRole("switch", { name: "Administrator" });
  await expect(rights).toBeChecked();
  await accessible(page);
  await rights.click();
  await expect(page.getByRole("alert")).toContainText("at least one administrator");
  await expect(rights).toBeChecked();
});
