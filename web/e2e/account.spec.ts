import { expect, test } from "@playwright/test";

import { type Running, start } from "./ringwerk";
import { accessible, fits, settled, signIn, watch } from "./stories";

let ringwerk: Running;
test.beforeAll(async () => {
  ringwerk = await start(5);
});
test.afterAll(() => ringwerk?.stop());
test.beforeEach(({ page }) => signIn(page, ringwerk));

test("every page of the account: reachable by the navigation, accessible, and narrow enough", async ({ page }) => {
  test.setTimeout(180_000);
  const trouble = watch(page, ringwerk);
  await page.goto(`${ringwerk.url}/`);
  const pages = [
    ["Telephony", ringwerk.company.users[0]?.name ?? ""],
    ["Calls", "Calls"],
    ["User Settings", "User Settings"],
    ["Signed-in devices", "Signed-in devices"],
    ["Groups", "Groups"],
    ["Phone numbers", "Phone numbers"],
    ["Locations", "Locations"],
    ["Devices", "Devices"],
    ["Itemized Call List", "Itemized Call List"],
    ["Bills", "Bills"],
    ["Audit log", "Audit log"],
  ] as const;
  for (const [link, title] of pages) {
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: link, exact: true }).click();
    await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
    await settled(page);
    await accessible(page);
    await page.setViewportSize({ width: 320, height: 700 });
    await fits(page);
  }
  expect(trouble).toEqual([]);
});

test("a number comes into the account, rings somebody, and is taken away and given back", async ({ page }) => {
  await page.goto(`${ringwerk.url}/numbers`);
  await page.getByRole("button", { name: "Add numbers" }).click();
  await page.getByLabel("Number", { exact: true }).fill("12");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByText("This is not a phone number.")).toBeVisible();
  await page.getByLabel("Number", { exact: true }).fill("030 2312 5999");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  const row = page.getByRole("row", { name: /030 2312 5999/ });
  await expect(row).toBeVisible();
  await row.getByRole("button", { name: /Nobody yet/ }).click();
  await accessible(page);
  const user = ringwerk.company.users[1];
  await page.getByRole("radio", { name: user?.name }).click();
  await page.getByRole("button", { name: "Assign", exact: true }).last().click();
  await expect(row.getByRole("link", { name: user?.name })).toBeVisible();
  await row.getByRole("button", { name: /More for/ }).click();
  await page.getByRole("menuitem", { name: "Take away" }).click();
  await expect(row.getByRole("button", { name: /Nobody yet/ })).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(row.getByRole("link", { name: user?.name })).toBeVisible();
});

test("a location tells what emergency services would miss", async ({ page }) => {
  await page.goto(`${ringwerk.url}/locations`);
  await page.getByRole("button", { name: "Add location" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Lager");
  await dialog.getByLabel("City").fill("Potsdam");
  await accessible(page);
  await dialog.getByRole("button", { name: "Add location" }).click();
  await expect(page.getByText(/Missing: street/)).toBeVisible();
  await page.getByRole("button", { name: "More for Lager" }).click();
  await page.getByRole("menuitem", { name: "Edit Lager" }).click();
  await dialog.getByLabel("Street").fill("Hafenweg");
  await dialog.getByLabel("House number").fill("1");
  await dialog.getByLabel("Postcode").fill("14467");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(/Missing:/)).toHaveCount(0);
});
