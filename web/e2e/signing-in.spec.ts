import { expect, test } from "@playwright/test";

import { type Running, start } from "./ringwerk";
import { accessible, fits, signIn, watch } from "./stories";

let ringwerk: Running;
test.beforeAll(async () => {
  ringwerk = await start(3);
});
test.afterAll(() => ringwerk?.stop());

test("signing in leads where one wanted to go, signing out ends it", async ({ page }) => {
  const trouble = watch(page, ringwerk);
  await page.goto(`${ringwerk.url}/numbers`);
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await accessible(page);

  await page.getByLabel("E-mail").fill(ringwerk.company.admin.email);
  await page.getByRole("textbox", { name: /^Password/ }).fill("not the password");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toContainText("E-mail or password is not right");
  await accessible(page);

  await page.getByRole("textbox", { name: /^Password/ }).fill(ringwerk.company.admin.password);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Phone numbers" })).toBeVisible();

  await page.getByRole("button", { name: "Your account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await page.goto(`${ringwerk.url}/users`);
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  expect(trouble).toEqual([]);
});

test("an invitation leads to a password of one's own, once", async ({ page }) => {
  const user = ringwerk.company.users[1];
  const { token } = await ringwerk.api<{ token: string }>("POST", `/v1/users/${user?.id}/invitation`);
  await page.goto(`${ringwerk.url}/link#${token}`);
  await expect(page.getByText(user?.email ?? "?")).toBeVisible();
  await accessible(page);
  await page.getByLabel("New password").fill("lantern-otter-violin");
  await page.getByRole("button", { name: "Save and sign in" }).click();
  // Not an administrator: one's own page, and no word of the account.
  await expect(page.getByRole("heading", { name: user?.name ?? "?" })).toBeVisible();
  await expect(page.getByText("Account Management")).toHaveCount(0);
  await accessible(page);

  await page.goto(`${ringwerk.url}/users`);
  await expect(page).toHaveURL(/\/telephony/);

  await page.goto(`${ringwerk.url}/link#${token}`);
  await expect(page.getByRole("alert")).toContainText("used already");
});

test("German and dark, when one wants it so", async ({ page }) => {
  await signIn(page, ringwerk);
  await page.goto(`${ringwerk.url}/users`);
  await page.getByRole("button", { name: "Language" }).click();
  await page.getByRole("menuitem", { name: "Deutsch" }).click();
  await expect(page.getByRole("link", { name: "User hinzufügen" })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  await page.reload();
  await page.getByRole("button", { name: "Darstellung" }).click();
  await page.getByRole("menuitem", { name: "Dunkel" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
  await page.setViewportSize({ width: 320, height: 700 });
  await fits(page);
});
