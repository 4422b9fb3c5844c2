/** Devices: added, connected, renewed, deleted; each story ends at a real phone. */
import { expect, test } from "@playwright/test";

import { register } from "./phone";
import { type Running, start } from "./ringwerk";
import { accessible, fits, signIn, watch } from "./stories";

let ringwerk: Running;
test.beforeAll(async () => {
  ringwerk = await start(8);
});
test.afterAll(() => ringwerk?.stop());
test.beforeEach(({ page }) => signIn(page, ringwerk));

const person = (at: number) => {
  const user = ringwerk.company.users[at];
  if (!user) throw new Error("the company is smaller than that");
  return user;
};

test("a VoIP phone: the values under the names that the phone gives them, and the card turns green by itself", async ({ page }) => {
  const trouble = watch(page, ringwerk);
  await page.goto(`${ringwerk.url}/users/${person(1).id}`);
  await page.getByRole("button", { name: "Edit Routing" }).click();
  await page.getByRole("button", { name: "Add New Device" }).first().click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("radio", { name: /VoIP phone/ })).toBeChecked();
  await accessible(page);
  await dialog.getByLabel("Name of the device").fill("Besprechungsraum");
  await dialog.getByRole("button", { name: /^Add device/ }).click();
  await expect(dialog.getByText("Waiting for the phone to connect")).toBeVisible();
  await accessible(page);
  await dialog.getByLabel("Which phone is it?").selectOption("Yealink");
  await expect(dialog.getByText("Account › Register")).toBeVisible();
  await accessible(page);
  const value = async (name: string) => (await dialog.locator(".fact").filter({ has: page.locator(`dt:text-is("${name}")`) }).locator("dd").innerText()).trim();
  const access = { username: await value("Register Name"), password: await value("Password"), domain: await value("SIP Server 1: Server Host") };
  const phone = await register(ringwerk.sip, access);
  await expect(dialog.getByText("Besprechungsraum is connected")).toBeVisible();
  await accessible(page);
  phone.close();
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("checkbox", { name: "Besprechungsraum" })).toBeChecked();
  expect(trouble).toEqual([]);
});

test("new access data with a warning: the old password is worthless", async ({ page }) => {
  const user = person(2);
  await page.goto(`${ringwerk.url}/users/${user.id}?tab=devices`);
  await page.getByRole("button", { name: "More for Tischtelefon" }).click();
  await page.getByRole("menuitem", { name: "New access data" }).click();
  await expect(page.getByText("The present password ends at once")).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Make new access data" }).click();
  await expect(page.getByText("Connect the phone")).toBeVisible();
  const { sipId, password } = user.phones[0] ?? { sipId: "", password: "" };
  await expect(register(ringwerk.sip, { username: sipId, password, domain: ringwerk.company.sipDomain })).rejects.toThrow(/40[13]/);
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("Connect the phone")).toHaveCount(0);
});

test("delete says what follows, on a narrow screen in German", async ({ page }) => {
  const user = person(3);
  await page.addInitScript(() => localStorage.setItem("ringwerk.language", "de"));
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${ringwerk.url}/users/${user.id}?tab=devices`);
  await page.getByRole("button", { name: "Mehr zu Tischtelefon" }).click();
  await page.getByRole("menuitem", { name: "Löschen" }).click();
  await expect(page.getByText("Es ist das einzige Gerät")).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Tischtelefon löschen" }).click();
  await expect(page.getByText("Noch kein Gerät")).toBeVisible();
  await accessible(page);
  await fits(page);
  expect((await ringwerk.api<{ items: unknown[] }>("GET", `/v1/users/${user.id}/devices`)).items).toEqual([]);
});

test("all devices of the account: whose, what, and whether connected", async ({ page }) => {
  const trouble = watch(page, ringwerk);
  const user = person(4);
  const { sipId, password } = user.phones[0] ?? { sipId: "", password: "" };
  await page.goto(`${ringwerk.url}/`);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Devices", exact: true }).click();
  const row = page.getByRole("row", { name: new RegExp(user.name) });
  await expect(row.getByText("Never connected")).toBeVisible();
  await accessible(page);
  const phone = await register(ringwerk.sip, { username: sipId, password, domain: ringwerk.company.sipDomain });
  await expect(row.getByText(/Connected .* as Yealink/)).toBeVisible({ timeout: 20_000 });
  phone.close();
  await page.setViewportSize({ width: 320, height: 700 });
  await fits(page);
  await accessible(page);
  await row.getByRole("link", { name: user.name }).click();
  await expect(page).toHaveURL(/tab=devices/);
  expect(trouble).toEqual([]);
});
