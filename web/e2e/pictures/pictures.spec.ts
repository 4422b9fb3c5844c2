/** Pictures of the pages that carry the product, for docs/pictures: `npm run pictures`. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { type Page, test } from "@playwright/test";

import { register } from "../phone";
import { type Running, start } from "../ringwerk";
import { signIn } from "../stories";

const folder = process.env.RINGWERK_PICTURES ?? join(import.meta.dirname, "../../../docs/pictures");
// What docs/pictures keeps; a folder of one's own gets every page in every size.
const kept = new Set([
  "setup-wide-light",
  "users-wide-light",
  "users-wide-dark",
  "users-narrow-light",
  "add-user-2-wide-light",
  "add-user-3-wide-light",
  "user-wide-light",
  "user-wide-dark",
  "user-narrow-dark",
  "routing-edit-wide-light",
  "routing-edit-narrow-dark",
  "routing-save-wide-light",
  "history-wide-light",
  "trial-wide-light",
  "add-device-wide-light",
  "credentials-wide-light",
  "delete-wide-light",
  "group-wide-light",
]);
let ringwerk: Running;
let empty: Running;

test.beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  [ringwerk, empty] = [await start(40), await start()];
  // Most phones are connected, as on a working day.
  for (const user of ringwerk.company.users.slice(0, 37)) {
    for (const { sipId, password } of user.phones) await register(ringwerk.sip, { username: sipId, password, domain: ringwerk.company.sipDomain });
  }
  const second = ringwerk.company.users[1];
  if (second) {
    const made = await ringwerk.api<{ id: string }>("POST", `/v1/users/${second.id}/devices`, { kind: "voip", label: "Notebook" });
    const devices = await ringwerk.api<{ items: { id: string }[] }>("GET", `/v1/users/${second.id}/devices`);
    const first = devices.items.find(({ id }) => id !== made.id);
    await ringwerk.api("PUT", `/v1/users/${second.id}/routing`, { steps: [{ devices: [first?.id], seconds: 20 }, { devices: [first?.id, made.id], seconds: 40 }] });
  }
  await ringwerk.api("POST", "/v1/numbers", { from: "+493023125100", to: "+493023125104" });
});
test.afterAll(async () => {
  await ringwerk?.stop();
  await empty?.stop();
});

const sizes = { wide: { width: 1280, height: 860 }, narrow: { width: 390, height: 844 } };

async function picture(page: Page, name: string, only?: { scheme?: "light" | "dark"; size?: "wide" | "narrow" }[]) {
  const all = only ?? [{ scheme: "light", size: "wide" }, { scheme: "dark", size: "wide" }, { scheme: "light", size: "narrow" }, { scheme: "dark", size: "narrow" }];
  for (const { scheme = "light", size = "wide" } of all) {
    if (!process.env.RINGWERK_PICTURES && !kept.has(`${name}-${size}-${scheme}`)) continue;
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await page.setViewportSize(sizes[size]);
    await page.evaluate(() => document.fonts.ready);
    await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
    await page.screenshot({ path: join(folder, `${name}-${size}-${scheme}.png`), animations: "disabled", caret: "hide" });
  }
}

test("first start and sign-in", async ({ page }) => {
  await page.goto(`${empty.url}/setup#${empty.setupToken}`);
  await page.getByLabel("Company").waitFor();
  await picture(page, "setup");
  await page.goto(`${ringwerk.url}/sign-in`);
  await picture(page, "sign-in");
});

test("users", async ({ page }) => {
  await signIn(page, ringwerk);
  await page.goto(`${ringwerk.url}/users`);
  await page.getByRole("table").waitFor();
  await picture(page, "users");
});

test("add a user", async ({ page }) => {
  await signIn(page, ringwerk);
  await page.goto(`${ringwerk.url}/users/new`);
  await page.getByLabel("First name").fill("Mira");
  await page.getByLabel("Last name").fill("Sander");
  await page.getByLabel("E-mail").fill("mira.sander@lindner.example");
  await picture(page, "add-user-1");
  await page.setViewportSize(sizes.wide);
  await page.getByRole("button", { name: "Add User" }).click();
  await page.getByRole("button", { name: "Add the phone" }).click();
  await page.getByText("Waiting for the phone").waitFor();
  await picture(page, "add-user-2");
  await page.setViewportSize(sizes.wide);
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByText("proposed").click();
  await picture(page, "add-user-3");
  await page.setViewportSize(sizes.wide);
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("button", { name: /Invitation link/ }).waitFor();
  await picture(page, "add-user-4");
});

test("a user's page", async ({ page }) => {
  await signIn(page, ringwerk);
  await page.goto(`${ringwerk.url}/users/${ringwerk.company.users[1]?.id}`);
  await page.getByRole("group", { name: /Routing diagram/ }).waitFor();
  await picture(page, "user");
  await page.setViewportSize(sizes.wide);
  await page.getByRole("button", { name: "Edit Routing" }).click();
  await page.getByLabel("Ring time of step 1 in seconds").fill("15");
  await page.getByRole("button", { name: "Add Number" }).first().click();
  await page.getByRole("dialog").getByRole("radio", { name: /belongs to/ }).nth(4).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take and add" }).click();
  await page.getByRole("heading", { level: 1 }).scrollIntoViewIfNeeded();
  await picture(page, "routing-edit");
  await page.setViewportSize(sizes.wide);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("This takes something away").waitFor();
  await picture(page, "routing-save");
  await page.setViewportSize(sizes.wide);
  await page.getByRole("button", { name: "Keep editing" }).click();
  await page.getByRole("button", { name: "Discard" }).click();
  await page.getByRole("button", { name: "History" }).click();
  await page.getByText("as it is now").waitFor();
  await picture(page, "history");
  await page.setViewportSize(sizes.wide);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Try a call" }).click();
  await page.getByLabel("Number of the caller").fill("0171 3920017");
  await page.getByLabel("Notebook").selectOption({ label: "Answers after 5 seconds" });
  await page.getByRole("button", { name: "Show what happens" }).click();
  await page.getByRole("list", { name: /step by step/ }).scrollIntoViewIfNeeded();
  await picture(page, "trial");
  await page.setViewportSize(sizes.wide);
  await page.getByRole("tab", { name: "Devices" }).click();
  await page.getByText("Notebook", { exact: true }).waitFor();
  await picture(page, "devices");
  await page.setViewportSize(sizes.wide);
  await page.getByRole("button", { name: "Add New Device" }).click();
  await page.getByRole("radio", { name: /Mobile phone/ }).click();
  await picture(page, "add-device");
  await page.setViewportSize(sizes.wide);
  await page.getByRole("radio", { name: /VoIP phone/ }).click();
  await page.getByRole("dialog").getByLabel("Name of the device").fill("Softphone");
  await page.getByRole("button", { name: /^Add device/ }).click();
  await page.getByText("Waiting for the phone").waitFor();
  await picture(page, "credentials");
  await page.setViewportSize(sizes.wide);
  await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
  await page.getByRole("tab", { name: "More Settings" }).click();
  await picture(page, "settings");
  await page.setViewportSize(sizes.wide);
  await page.getByRole("button", { name: /More for/ }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByText("returns to the account").waitFor();
  await picture(page, "delete");
});

test("the account", async ({ page }) => {
  await signIn(page, ringwerk);
  for (const name of ["devices", "numbers", "locations", "groups", "calls", "audit", "sessions"]) {
    await page.goto(`${ringwerk.url}/${name}`);
    await picture(page, name === "devices" ? "all-devices" : name, [{ size: "wide" }, { size: "narrow", scheme: "dark" }]);
    await page.setViewportSize(sizes.wide);
  }
  await page.goto(`${ringwerk.url}/groups`);
  await page.getByRole("link", { name: "Empfang" }).click();
  await page.getByRole("group", { name: /Routing diagram/ }).waitFor();
  await picture(page, "group", [{ size: "wide" }, { size: "narrow", scheme: "dark" }]);
});
