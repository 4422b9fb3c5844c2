/** The operator's pages: companies seen from outside, suspended and resumed; numbers that companies order. */
import { expect, test } from "@playwright/test";

import { pathOf } from "./mailbox";
import { register } from "./phone";
import { type Running, start } from "./ringwerk";
import { accessible, fits, signIn, watch } from "./stories";

let ringwerk: Running;
test.beforeAll(async () => {
  ringwerk = await start(4);
});
test.afterAll(() => ringwerk?.stop());

const EMAIL = "night.shift@hoster.example";
const PASSWORD = "lantern-otter-violin";

test("from the console's link to companies: one is added, suspended and resumed; numbers are ordered from the pool", async ({ page, browser }) => {
  const trouble = watch(page, ringwerk);
  const link = /https?:\/\/\S+/.exec(ringwerk.command("operator", EMAIL))?.[0];
  await page.goto(`${ringwerk.url}${pathOf(link)}`);
  await expect(page.getByText(EMAIL)).toBeVisible();
  await accessible(page);
  await page.getByLabel("New password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Companies" })).toBeVisible();
  const company = page.getByRole("row", { name: new RegExp(ringwerk.company.account.name) });
  await expect(company).toContainText("Active");
  await accessible(page);

  await page.getByRole("button", { name: "Add company" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Add company" }).click();
  await expect(dialog.getByText("Please fill this in.").first()).toBeVisible();
  await accessible(page);
  await dialog.getByLabel("Company", { exact: true }).fill("Muster <b>AG</b>");
  await dialog.getByLabel("Name of the location").fill("Düsseldorf");
  await dialog.getByLabel("Street").fill("Gladbacher Straße");
  await dialog.getByLabel("House number").fill("74");
  await dialog.getByLabel("Postcode").fill("40219");
  await dialog.getByLabel("City").fill("Düsseldorf");
  await dialog.getByLabel("First name").fill("Mia");
  await dialog.getByLabel("E-mail").fill("mia@muster.example");
  await dialog.getByRole("button", { name: "Add company" }).click();
  await expect(dialog.getByText("Pass on this link.")).toBeVisible();
  await accessible(page);
  const invitation = await dialog.getByTitle(/\/link#/).getAttribute("title");
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("row", { name: /Muster <b>AG<\/b>/ })).toBeVisible();
  const mia = await (await browser.newContext()).newPage();
  await mia.goto(`${ringwerk.url}${pathOf(invitation ?? "")}`);
  await mia.getByLabel("New password").fill("another-otter-violin");
  await mia.keyboard.press("Enter");
  await expect(mia.getByRole("heading", { name: "Users" })).toBeVisible();

  // Suspended: a phone is refused, nobody signs in; resumed: as before.
  await company.getByRole("button", { name: /^More for/ }).click();
  await page.getByRole("menuitem", { name: "Suspend" }).click();
  await expect(dialog.getByText("4 users cannot sign in")).toBeVisible();
  await accessible(page);
  await dialog.getByRole("button", { name: /^Suspend/ }).click();
  await expect(company).toContainText("Suspended");
  const inside = await (await browser.newContext()).newPage();
  await inside.goto(`${ringwerk.url}/sign-in`);
  await inside.getByLabel("E-mail").fill(ringwerk.company.admin.email);
  await inside.getByRole("textbox", { name: /^Password/ }).fill(ringwerk.company.admin.password);
  await inside.keyboard.press("Enter");
  await expect(inside.getByRole("alert")).toBeVisible();
  await company.getByRole("button", { name: /^More for/ }).click();
  await page.getByRole("menuitem", { name: "Resume" }).click();
  await expect(company).toContainText("Active");
  const phone = ringwerk.company.users[1]?.phones[0];
  const registered = await register(ringwerk.sip, { username: phone?.sipId ?? "", password: phone?.password ?? "", domain: ringwerk.company.sipDomain });
  registered.close();

  await page.getByRole("link", { name: "Number pool" }).click();
  await page.getByRole("button", { name: "Add numbers" }).first().click();
  await dialog.getByLabel("First number").fill("0211 9000 9300");
  await dialog.getByLabel("Last number").fill("0211 9000 9302");
  await accessible(page);
  await dialog.getByRole("button", { name: "Add numbers" }).click();
  await expect(page.getByRole("row", { name: /0211 9000 9301/ })).toContainText("Free");
  await accessible(page);
  await page.setViewportSize({ width: 320, height: 700 });
  await fits(page);

  await signIn(inside, ringwerk);
  await inside.goto(`${ringwerk.url}/numbers`);
  await inside.getByRole("button", { name: "Order a number" }).click();
  await inside.getByRole("radio", { name: "0211 9000 9301" }).click();
  await accessible(inside);
  await inside.getByRole("button", { name: "Order 0211 9000 9301" }).click();
  await expect(inside.getByText("0211 9000 9301 belongs to the account now.")).toBeVisible();
  const { items } = await ringwerk.api<{ items: unknown[] }>("GET", "/v1/numbers?search=21190009301");
  expect(items).toHaveLength(1);
  await page.reload();
  await expect(page.getByRole("row", { name: /0211 9000 9301/ })).toContainText(`Used by ${ringwerk.company.account.name}`);

  // Two sessions that know nothing of each other.
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Operator: sign in" })).toBeVisible();
  await accessible(page);
  await inside.reload();
  await expect(inside.getByRole("heading", { name: "Phone numbers" })).toBeVisible();
  await inside.goto(`${ringwerk.url}/operator`);
  await expect(inside.getByRole("heading", { name: "Operator: sign in" })).toBeVisible();
  expect(trouble).toEqual([]);
});
