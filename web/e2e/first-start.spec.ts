import { expect, test } from "@playwright/test";

import { type Running, start } from "./ringwerk";
import { accessible, fits, watch } from "./stories";

let ringwerk: Running;
test.beforeAll(async () => {
  ringwerk = await start();
});
test.afterAll(() => ringwerk?.stop());

test("from an empty machine to an account with two users, by whoever holds the link", async ({ page }) => {
  const trouble = watch(page, ringwerk);

  await page.goto(`${ringwerk.url}/setup`);
  await expect(page.getByRole("heading", { name: "Almost there" })).toBeVisible();
  await accessible(page);

  await page.goto(`${ringwerk.url}/`);
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();

  await page.goto(`${ringwerk.url}/setup#${ringwerk.setupToken}`);
  await page.reload();
  await expect(page.getByRole("heading", { name: "Welcome to Ringwerk" })).toBeVisible();
  await page.getByRole("button", { name: "Create the account" }).click();
  // All at once: an address without a house number is none for emergency services.
  await expect(page.getByText("Please fill this in.")).toHaveCount(10);
  await expect(page.getByLabel("Company")).toBeFocused();
  await accessible(page);

  await page.getByLabel("Company").fill("Weber & Partner GmbH");
  await page.getByLabel("Name of the location").fill("Zentrale");
  await page.getByLabel("Street").fill("Lindenallee");
  await page.getByLabel("House number").fill("12");
  await page.getByLabel("Postcode").fill("10115");
  await page.getByLabel("City").fill("Berlin");
  await page.getByLabel("First name").fill("Anna");
  await page.getByLabel("Last name").fill("Weber");
  await page.getByLabel("E-mail").fill("anna@weber.example");
  await page.getByRole("textbox", { name: /^Password/ }).fill("short");
  await page.getByRole("button", { name: "Create the account" }).click();
  await expect(page.getByText("At least 12 characters.", { exact: true })).toBeVisible();
  await expect(page.getByLabel("Company")).toHaveValue("Weber & Partner GmbH");

  await page.getByRole("textbox", { name: /^Password/ }).fill("lantern-otter-violin");
  await page.getByRole("button", { name: "Create the account" }).click();
  await expect(page.getByRole("heading", { name: "Your account stands" })).toBeVisible();
  await accessible(page);

  await page.getByRole("button", { name: "Name the second user" }).click();
  await page.getByRole("button", { name: "Change: Name" }).click();
  await page.getByLabel("First name").fill("Bernd");
  await page.getByLabel("Last name").fill("Schulte");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Bernd Schulte" })).toBeVisible();

  // The link works once.
  await page.goto(`${ringwerk.url}/setup#${ringwerk.setupToken}x`);
  await page.setViewportSize({ width: 320, height: 700 });
  await fits(page);
  expect(trouble).toEqual([]);
});
