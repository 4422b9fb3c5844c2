import { expect, test } from "@playwright/test";

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
  await expect(page.getByText("60 users cannot make all calls yet.")).toBeVisible();
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
