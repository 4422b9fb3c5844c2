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

test("the third device costs: the price is said before, to the cent, and is in the list afterwards", async ({ page }) => {
  const trouble = watch(page, ringwerk);
  const user = person(5);
  await page.goto(`${ringwerk.url}/users/${user.id}?tab=devices`);
  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: "Add New Device" }).click();
  await expect(dialog.getByText("2 devices per user are included; 1 in use.")).toBeVisible();
  await dialog.getByRole("radio", { name: /Mobile phone/ }).click();
  await dialog.getByLabel("Name of the device").fill("Handy");
  for (const [written, said] of [
    ["", "Which number is it called by?"],
    ["call me", "A phone number has digits only"],
    ["112", "Emergency numbers cannot be a device."],
    ["0171", "This number is too short."],
    ["+49 999 999 999", "This is not a phone number."],
  ] as const) {
    await dialog.getByLabel("Phone number").fill(written);
    await dialog.getByRole("button", { name: "Add device" }).click();
    await expect(dialog.getByText(said)).toBeVisible();
  }
  await accessible(page);
  await dialog.getByLabel("Phone number").fill("0171 3920017");
  await dialog.getByRole("button", { name: "Add device" }).click();
  await expect(dialog.getByText("Handy is there")).toBeVisible();
  await dialog.getByRole("button", { name: "Done" }).click();

  await page.getByRole("button", { name: "Add New Device" }).click();
  await expect(dialog.getByText("€4.95 a month")).toBeVisible();
  const { next } = await ringwerk.api<{ next: { thisMonth: { minor: number } } }>("GET", `/v1/users/${user.id}/devices/price`);
  await expect(dialog.getByText(`it is €${(next.thisMonth.minor / 100).toFixed(2)}.`)).toBeVisible();
  await accessible(page);
  await dialog.getByRole("button", { name: "Add device for this fee" }).click();
  // The code to scan gives a soft phone its settings, once.
  await expect(dialog.getByText(/Works once, for another 1[45]:\d\d min/)).toBeVisible();
  await accessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await fits(page);
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]).catch(() => undefined);
  await dialog.getByRole("button", { name: /^Copy: Setup address/ }).click();
  await expect(dialog.getByRole("button", { name: /^Copied: Setup address/ })).toBeVisible();
  await dialog.getByRole("button", { name: "Done" }).click();

  const { items } = await ringwerk.api<{ items: { kind: string; number: string | null; fee: { minor: number } | null }[] }>("GET", `/v1/users/${user.id}/devices`);
  expect(items.map(({ kind, number, fee }) => [kind, number, fee?.minor])).toEqual([
    ["voip", null, undefined],
    ["mobile", "+491713920017", undefined],
    ["voip", null, 495],
  ]);
  await expect(page.getByText("€4.95 a month")).toBeVisible();
  expect(trouble).toEqual([]);
});

test("a user adds a phone alone, by keyboard, in My Telephony", async ({ page }) => {
  const user = person(6);
  await page.context().clearCookies();
  await signIn(page, ringwerk, user);
  await page.goto(`${ringwerk.url}/`);
  await expect(page.getByRole("heading", { level: 1, name: user.name })).toBeVisible();
  await page.getByRole("button", { name: "Edit Routing" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Add New Device" }).last().focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Name of the device")).toBeFocused();
  await page.keyboard.type("Homeoffice");
  await page.keyboard.press("Enter");
  await expect(dialog.getByText("Waiting for the phone to connect")).toBeVisible();
  await accessible(page);
  const value = async (name: string) => (await dialog.locator(".fact").filter({ has: page.locator(`dt:text-is("${name}")`) }).locator("dd").innerText()).trim();
  const phone = await register(ringwerk.sip, { username: await value("User name"), password: await value("Password"), domain: await value("Domain") });
  await expect(dialog.getByText("Homeoffice is connected")).toBeVisible();
  phone.close();
  await page.keyboard.press("Escape");
  await expect(page.getByText("Nothing changed yet")).toBeVisible();
  await expect(page.getByRole("button", { name: "Add Number" })).toHaveCount(0);
  await accessible(page);
});
