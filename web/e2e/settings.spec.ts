/** User Settings by the administrator, Permissions Management, and what happens when two people save at once. */
import { expect, test } from "@playwright/test";

import { type Running, start } from "./ringwerk";
import { accessible, fits, signIn, watch } from "./stories";

let ringwerk: Running;
test.beforeAll(async () => {
  ringwerk = await start(10);
});
test.afterAll(() => ringwerk?.stop());
test.beforeEach(({ page }) => signIn(page, ringwerk));

const person = (at: number) => {
  const user = ringwerk.company.users[at];
  if (!user) throw new Error("the company is smaller than that");
  return user;
};
interface Now {
  firstName: string;
  role: string;
  location: string | null;
  timeZone: string;
}
const now = (id: string) => ringwerk.api<Now>("GET", `/v1/users/${id}`);

test("More Settings, by keyboard: the cogwheel opens the field in its place, Escape closes it, Enter saves", async ({ page }) => {
  const trouble = watch(page, ringwerk);
  const user = person(1);
  await page.goto(`${ringwerk.url}/users/${user.id}`);
  await page.getByRole("tab", { name: "More Settings" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Change: Name" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("First name")).toBeFocused();
  await accessible(page);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Change: Name" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("Renate");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: /^Renate/ })).toBeVisible();
  expect((await now(user.id)).firstName).toBe("Renate");
  expect(trouble).toEqual([]);
});

test("under Locations another one is chosen, on a narrow screen; time zone and language too", async ({ page }) => {
  const user = person(2);
  const { items } = await ringwerk.api<{ items: { id: string; name: string }[] }>("GET", "/v1/locations");
  const before = (await now(user.id)).location;
  const target = items.find(({ id }) => id !== before);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${ringwerk.url}/users/${user.id}?tab=settings`);
  await expect(page.getByRole("region", { name: "Locations" })).toBeVisible();
  await fits(page);
  await page.getByRole("button", { name: "Change: Location" }).click();
  await page.getByLabel("Location", { exact: true }).selectOption(target?.id ?? "");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("region", { name: "Locations" }).getByText(target?.name ?? "?")).toBeVisible();
  expect((await now(user.id)).location).toBe(target?.id);
  await page.getByRole("button", { name: "Change: Time zone" }).click();
  await page.getByLabel("Time zone", { exact: true }).selectOption("Europe/Lisbon");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Europe/Lisbon")).toBeVisible();
  expect((await now(user.id)).timeZone).toBe("Europe/Lisbon");
  await accessible(page);
});

test("a temporary password ends every session, and lets in only to choose another", async ({ page, browser }) => {
  const user = person(3);
  const visitor = await (await browser.newContext()).newPage();
  await signIn(visitor, ringwerk, user);
  await visitor.goto(`${ringwerk.url}/telephony`);
  await expect(visitor.getByRole("heading", { name: user.name })).toBeVisible();

  await page.goto(`${ringwerk.url}/users/${user.id}?tab=settings`);
  await page.getByRole("button", { name: "Change: Password" }).click();
  await accessible(page);
  await page.getByRole("button", { name: "Set a temporary password" }).click();
  await page.getByRole("button", { name: "Suggest one" }).click();
  const temporary = await page.getByLabel("Set a temporary password").inputValue();
  await accessible(page);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("The password counts now.")).toBeVisible();
  // Everywhere signed out, and in again with what was told.
  await visitor.reload();
  await visitor.getByLabel("E-mail").fill(user.email);
  await visitor.getByRole("textbox", { name: /^Password/ }).fill(temporary);
  await visitor.keyboard.press("Enter");
  // Nothing else opens before there is a password that only the person knows.
  await expect(visitor.getByRole("heading", { name: "Choose a password of your own" })).toBeVisible();
  await accessible(visitor);
  await visitor.goto(`${ringwerk.url}/telephony`);
  await expect(visitor.getByRole("heading", { name: "Choose a password of your own" })).toBeVisible();
  await visitor.getByLabel("Temporary password").fill(temporary);
  await visitor.getByLabel("New password").fill(temporary);
  await visitor.keyboard.press("Enter");
  await expect(visitor.getByText("Choose another one than the temporary password.")).toBeVisible();
  await visitor.getByLabel("New password").fill("seven-otter-violin");
  await visitor.keyboard.press("Enter");
  await expect(visitor.getByRole("heading", { name: user.name })).toBeVisible();
});

test("the switch for Administrator Rights says what it means, and can be undone", async ({ page }) => {
  const trouble = watch(page, ringwerk);
  const user = person(5);
  await page.goto(`${ringwerk.url}/users/${user.id}?tab=permissions`);
  const rights = page.getByRole("switch", { name: "Administrator Rights" });
  await expect(rights).not.toBeChecked();
  await accessible(page);
  await rights.click();
  await expect(page.getByText("add, change, block and delete users")).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(rights).not.toBeChecked();
  await expect.poll(async () => (await now(user.id)).role).toBe("user");
  expect(trouble).toEqual([]);
});

test("the last administrator stays one, in words", async ({ page }) => {
  const admin = person(0);
  await page.goto(`${ringwerk.url}/users/${admin.id}?tab=permissions`);
  await page.getByRole("switch", { name: "Administrator Rights" }).click();
  await expect(page.getByText("Give up your own Administrator Rights?")).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Give up my rights" }).click();
  await expect(page.getByRole("alert")).toContainText(`${admin.name} is the only administrator who can sign in`);
  await accessible(page);
  expect((await now(admin.id)).role).toBe("administrator");
});

test("two people save at once: both values are shown, nothing is overwritten and nothing lost", async ({ page }) => {
  const user = person(6);
  await page.goto(`${ringwerk.url}/users/${user.id}?tab=settings`);
  await page.getByRole("button", { name: "Change: Name" }).click();
  await page.getByLabel("First name").fill("Mine");
  await ringwerk.api("PATCH", `/v1/users/${user.id}`, { firstName: "Theirs" });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Somebody else saved a change in the meantime")).toBeVisible();
  await expect(page.locator(".conflict")).toContainText(/Saved nowTheirs .*Your entryMine /);
  await expect(page.getByLabel("First name")).toHaveValue("Mine");
  expect((await now(user.id)).firstName).toBe("Theirs");
  await accessible(page);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: /^Mine/ })).toBeVisible();

  await page.goto(`${ringwerk.url}/locations`);
  const { items } = await ringwerk.api<{ items: { id: string; name: string; street: string }[] }>("GET", "/v1/locations");
  const place = items[0];
  await page.getByRole("button", { name: `More for ${place?.name}` }).click();
  await page.getByRole("menuitem", { name: `Edit ${place?.name}` }).click();
  await page.getByLabel("Street").fill("My street");
  await ringwerk.api("PATCH", `/v1/locations/${place?.id}`, { street: "Their street" });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.locator(".conflict")).toContainText("Their street");
  await expect(page.getByLabel("Street")).toHaveValue("My street");
  await accessible(page);
  await page.getByRole("button", { name: "Take what is saved" }).click();
  await expect(page.getByLabel("Street")).toHaveValue("Their street");

  const groups = await ringwerk.api<{ items: { id: string; name: string }[] }>("GET", "/v1/groups");
  const group = groups.items[0];
  await page.goto(`${ringwerk.url}/groups/${group?.id}`);
  await page.getByRole("button", { name: `More for ${group?.name}` }).click();
  await page.getByRole("menuitem", { name: `Edit ${group?.name}` }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("My name");
  await ringwerk.api("PATCH", `/v1/groups/${group?.id}`, { name: "Their name" });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.locator(".conflict")).toContainText("Their name");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "My name" })).toBeVisible();
});
