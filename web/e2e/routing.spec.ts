/** The routing diagram: edited in the picture, by keyboard and on a narrow screen; each story ends in what the exchange does. */
import { expect, type Page, test } from "@playwright/test";

import { Baresip } from "./baresip";
import { type Running, start } from "./ringwerk";
import { accessible, fits, signIn, watch } from "./stories";

let ringwerk: Running;
test.beforeAll(async () => {
  ringwerk = await start(24);
  await ringwerk.api("POST", "/v1/numbers", { number: "+493023125900" });
});
test.afterAll(() => ringwerk?.stop());
test.beforeEach(({ page }) => signIn(page, ringwerk));

const person = (at: number) => {
  const user = ringwerk.company.users[at];
  if (!user) throw new Error("the company is smaller than that");
  return user;
};
const userNow = (id: string) => ringwerk.api<{ numbers: string[]; extensions: string[] }>("GET", `/v1/users/${id}`);
const devicesOf = async (id: string) => (await ringwerk.api<{ items: { id: string; label: string }[] }>("GET", `/v1/users/${id}/devices`)).items;
const access = (at: number, phone = 0) => {
  const { sipId, password } = person(at).phones[phone] ?? { sipId: "", password: "" };
  return { username: sipId, password, domain: ringwerk.company.sipDomain };
};

async function edit(page: Page, at: number) {
  await page.goto(`${ringwerk.url}/users/${person(at).id}`);
  await page.getByRole("button", { name: "Edit Routing" }).click();
  await expect(page.getByText("Nothing changed yet")).toBeVisible();
}

test("nothing is live until Save, which shows the difference and asks whom it takes from", async ({ page }) => {
  const trouble = watch(page, ringwerk);
  const [one, other] = [person(12), person(13)];
  await page.goto(`${ringwerk.url}/users/${one.id}`);
  await expect(page.getByText(`extension ${one.extension} ring Tischtelefon for 60 seconds`)).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Edit Routing" }).click();
  await expect(page.getByText("Nothing changed yet")).toBeVisible();
  await accessible(page);

  await page.getByRole("button", { name: "Add Number" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Search for digits").fill(other.number.slice(-5));
  await dialog.getByRole("radio", { name: new RegExp(`belongs to ${other.name}`) }).click();
  await expect(dialog.getByText(`It rings ${other.name} today`)).toBeVisible();
  await accessible(page);
  await dialog.getByRole("button", { name: "Take and add" }).click();

  await page.getByRole("button", { name: "Change", exact: true }).click();
  await dialog.getByLabel("Extension", { exact: true }).fill("110");
  await expect(dialog.getByText("110 is reserved")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Change", exact: true })).toBeDisabled();
  await dialog.getByLabel("Extension", { exact: true }).fill(other.extension);
  await expect(dialog.getByText(`${other.name} loses the extension`)).toBeVisible();
  await dialog.getByRole("button", { name: "Take and add" }).click();

  // The ring time, in the picture.
  await page.getByRole("button", { name: /Change the ring time of step 1/ }).click();
  const seconds = page.getByLabel("Change the ring time of step 1").last();
  await seconds.fill("3");
  await expect(page.getByText("Between 5 and 120 seconds.").first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Save", exact: true })).toBeDisabled();
  await seconds.fill("25");
  await page.keyboard.press("Escape");
  await expect(page.getByText("3 changes")).toBeVisible();
  await accessible(page);
  expect((await userNow(one.id)).numbers).toEqual([one.number]);

  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(dialog.getByText(`come here instead of to ${other.name}`)).toBeVisible();
  await expect(dialog.getByText(new RegExp(`${other.name} loses .* and extension ${other.extension}`))).toBeVisible();
  await accessible(page);
  expect((await userNow(one.id)).numbers).toEqual([one.number]);
  await dialog.getByRole("button", { name: "Take and save" }).click();
  await expect(page.getByText("It counts from the next call on.")).toBeVisible();

  const [after, lost] = [await userNow(one.id), await userNow(other.id)];
  expect(after.numbers.toSorted()).toEqual([one.number, other.number].toSorted());
  expect(after.extensions).toEqual([other.extension]);
  expect([...lost.numbers, ...lost.extensions]).toEqual([]);
  await expect(page.getByText("ring Tischtelefon for 25 seconds")).toBeVisible();
  expect(trouble).toEqual([]);
});

test("by keyboard alone: a second phone rings later, and a real call obeys", async ({ page }) => {
  const user = person(3);
  const made = await ringwerk.api<{ id: string; credentials: { username: string; password: string; domain: string } }>("POST", `/v1/users/${user.id}/devices`, { kind: "voip", label: "Notebook" });
  await edit(page, 3);
  // From the Notebook's card in the picture: one key lets it ring later, in a step of its own.
  await page.getByRole("button", { name: "Notebook: ring later" }).first().focus();
  await page.keyboard.press("Enter");
  await page.getByLabel("Ring time of step 1 in seconds").focus();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("5");
  await expect(page.getByText("1 change", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Save", exact: true }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Save 1 change" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByText("It counts from the next call on.")).toBeVisible();
  await expect(page.getByText(/ring Tischtelefon for 5 seconds. Then Notebook for/)).toBeVisible();

  const [caller, desk, notebook] = await Promise.all([Baresip.start(ringwerk.sip, access(4)), Baresip.start(ringwerk.sip, access(3)), Baresip.start(ringwerk.sip, made.credentials)]);
  caller.dial(user.extension);
  await desk.event("CALL_INCOMING");
  const called = Date.now();
  await notebook.event("CALL_INCOMING");
  expect(Date.now() - called).toBeGreaterThan(3_500);
  notebook.answer();
  await caller.event("CALL_ESTABLISHED");
  await Promise.all([caller.stop(), desk.stop(), notebook.stop()]);
});

test("at 390 pixels, upright: a number comes, another goes, and leaving asks first", async ({ page }) => {
  const user = person(5);
  await page.setViewportSize({ width: 390, height: 844 });
  await edit(page, 5);
  await fits(page);
  await accessible(page);
  await page.getByRole("button", { name: /^Remove 030/ }).first().click();
  await expect(page.getByText("will be removed").first()).toBeVisible();
  await page.getByRole("button", { name: "Add Number" }).first().click();
  await page.getByRole("dialog").getByRole("radio", { name: /proposed/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Add Number" }).click();
  await expect(page.getByText("2 changes")).toBeVisible();
  await fits(page);

  await page.getByRole("tab", { name: "Devices" }).click();
  await expect(page.getByText("Leave without saving?")).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Keep editing" }).click();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("button", { name: "Save 2 changes" }).click();
  await expect(page.getByText("It counts from the next call on.")).toBeVisible();
  const { numbers } = await userNow(user.id);
  expect(numbers).toHaveLength(1);
  expect(numbers).not.toContain(user.number);
  await fits(page);
  await page.setViewportSize({ width: 320, height: 700 });
  await fits(page);
});

test("two administrators: the second is told at once and loses nothing", async ({ page }) => {
  const user = person(6);
  const [desk] = await devicesOf(user.id);
  await edit(page, 6);
  await page.getByLabel("Ring time of step 1 in seconds").fill("33");
  await ringwerk.api("PUT", `/v1/users/${user.id}/routing`, { steps: [{ devices: [desk?.id], seconds: 44 }], extension: "77" });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const confirm = page.getByRole("button", { name: "Save 1 change" });
  const told = page.getByText("Somebody else changed the routing in the meantime");
  await confirm.click();
  await expect(told).toBeVisible();
  await expect(page.getByText(/It is now: .*extension 77 ring Tischtelefon for 44 seconds/)).toBeVisible();
  await expect(page.getByLabel("Ring time of step 1 in seconds")).toHaveValue("33 s");
  await accessible(page);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await confirm.click();
  await expect(page.getByText("extension 77 ring Tischtelefon for 33 seconds")).toBeVisible();
  expect((await userNow(user.id)).extensions).toEqual(["77"]);
});

test("the history says who changed what, and one click returns", async ({ page }) => {
  const trouble = watch(page, ringwerk);
  const user = person(7);
  const [desk] = await devicesOf(user.id);
  await ringwerk.api("PUT", `/v1/users/${user.id}/routing`, { steps: [{ devices: [desk?.id], seconds: 15 }], numbers: [] });
  await page.goto(`${ringwerk.url}/users/${user.id}`);
  await expect(page.getByText("ring Tischtelefon for 15 seconds")).toBeVisible();
  await page.getByRole("button", { name: "History" }).click();
  const drawer = page.getByRole("dialog");
  await expect(drawer.getByText("returns to the account and rings nobody")).toBeVisible();
  await expect(drawer.getByText(/Ring order: .* becomes Tischtelefon, 15 s/)).toBeVisible();
  await expect(drawer.getByText(`by ${person(0).name}`).first()).toBeVisible();
  await expect(drawer.getByText("as it is now")).toBeVisible();
  await accessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await fits(page);
  await drawer.getByRole("button", { name: /^Return to the state of/ }).last().click();
  await expect(drawer.getByText("Returned. It counts from the next call on.")).toBeVisible();
  await accessible(page);
  expect((await userNow(user.id)).numbers).toEqual([user.number]);
  await page.keyboard.press("Escape");
  await expect(page.getByText("ring Tischtelefon for 60 seconds")).toBeVisible();
  expect(trouble).toEqual([]);
});

test("a group: members, a number, an extension and the ring time in one Save", async ({ page }) => {
  const trouble = watch(page, ringwerk);
  await page.goto(`${ringwerk.url}/groups`);
  await page.getByRole("button", { name: "Add group" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Vertrieb");
  await page.getByRole("dialog").getByRole("button", { name: "Add group" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Vertrieb" })).toBeVisible();
  await accessible(page);

  await page.getByRole("button", { name: "Add members with phones" }).click();
  await page.getByRole("dialog").getByRole("radio", { name: person(8).name }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Add a member" }).click();
  await page.getByRole("button", { name: "Add a member" }).last().click();
  await page.getByRole("dialog").getByRole("radio", { name: person(9).name }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Add a member" }).click();
  await page.getByRole("button", { name: "Add Extension" }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: /^Take / }).click();
  await page.getByLabel("Ring time of the group in seconds").last().fill("40");
  await expect(page.getByText("4 changes")).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("button", { name: "Save 4 changes" }).click();
  await expect(page.getByText(/Calls to extension \d+ ring .* together for 40 seconds/)).toBeVisible();
  await accessible(page);
  const id = page.url().split("/").at(-1) ?? "";
  const group = await ringwerk.api<{ members: { name: string }[]; seconds: number; extension: string }>("GET", `/v1/groups/${id}`);
  expect(group.members.map(({ name }) => name).toSorted()).toEqual([person(8).name, person(9).name].toSorted());
  expect(group.seconds).toBe(40);

  // Both phones ring together.
  const [caller, one, other] = await Promise.all([Baresip.start(ringwerk.sip, access(4)), Baresip.start(ringwerk.sip, access(8)), Baresip.start(ringwerk.sip, access(9))]);
  caller.dial(group.extension);
  await Promise.all([one.event("CALL_INCOMING"), other.event("CALL_INCOMING")]);
  one.answer();
  await caller.event("CALL_ESTABLISHED");
  caller.hangUp();
  await Promise.all([caller.stop(), one.stop(), other.stop()]);
  expect(trouble).toEqual([]);
});

test("what happens when…: the trial says what a real call then does", async ({ page }) => {
  const trouble = watch(page, ringwerk);
  const user = person(10);
  await page.goto(`${ringwerk.url}/users/${user.id}`);
  await page.getByRole("button", { name: "Try a call" }).click();
  await accessible(page);
  await page.getByLabel("Number of the caller").fill("0171 3920017");
  await page.getByLabel("Tischtelefon").selectOption({ label: "Declines the call" });
  await page.getByRole("button", { name: "Show what happens" }).click();
  const steps = page.getByRole("list", { name: "What happens, step by step" });
  await expect(steps.getByText(new RegExp(`belongs to ${user.name}: Tischtelefon .* rings for up to 60 seconds`))).toBeVisible();
  await expect(steps.getByText(/Tischtelefon \(.*\) declines\./)).toBeVisible();
  await expect(page.getByText(/0171 392 0017 calls 030 2312 50\d\d \(.*\) on .*\. The call is declined\./)).toBeVisible();
  await expect(page.locator(".diagram-lit-failed", { hasText: "Tischtelefon" })).toBeVisible();
  await accessible(page);

  await page.getByText("A colleague").click();
  await page.getByRole("button", { name: "Show what happens" }).click();
  await expect(page.getByText("Choose who calls.")).toBeVisible();
  await page.getByRole("combobox", { name: "Colleague" }).fill(person(4).name);
  await page.getByRole("option", { name: person(4).name }).click();
  await page.getByLabel("Tischtelefon").selectOption({ label: "Answers after 5 seconds" });
  await page.getByRole("button", { name: "Show what happens" }).click();
  await expect(page.getByText(new RegExp(`${person(4).name} calls .* ${user.name} answers on Tischtelefon after 5 seconds`))).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  await fits(page);
  await accessible(page);

  const [caller, desk] = await Promise.all([Baresip.start(ringwerk.sip, access(4)), Baresip.start(ringwerk.sip, access(10))]);
  caller.dial(user.extension);
  await desk.event("CALL_INCOMING");
  desk.answer();
  await caller.event("CALL_ESTABLISHED");
  await Promise.all([caller.stop(), desk.stop()]);
  expect(trouble).toEqual([]);
});

test("auf Deutsch: bearbeiten, speichern, durchspielen", async ({ page }) => {
  const user = person(11);
  await page.addInitScript(() => localStorage.setItem("ringwerk.language", "de"));
  await page.goto(`${ringwerk.url}/users/${user.id}`);
  await page.getByRole("button", { name: "Routing bearbeiten" }).click();
  await page.getByLabel("Klingeldauer von Schritt 1 in Sekunden").fill("30");
  await page.getByRole("button", { name: "Speichern", exact: true }).click();
  await expect(page.getByText("Klingelfolge: aus Tischtelefon, 60 s wird Tischtelefon, 30 s")).toBeVisible();
  await page.getByRole("button", { name: "1 Änderung speichern" }).click();
  await expect(page.getByText("Es gilt ab dem nächsten Anruf.")).toBeVisible();
  await page.getByRole("button", { name: "Anruf durchspielen" }).click();
  await page.getByRole("button", { name: "Zeigen, was passiert" }).click();
  await expect(page.getByText(new RegExp(`gehört ${user.name}: Tischtelefon .* klingelt bis zu 30 Sekunden lang.`))).toBeVisible();
  await expect(page.getByText("Niemand nimmt ab, und der Anruf endet nach 30 Sekunden.")).toBeVisible();
  await accessible(page);
  const { steps } = await ringwerk.api<{ steps: { seconds: number }[] }>("GET", `/v1/users/${user.id}/routing`);
  expect(steps.map(({ seconds }) => seconds)).toEqual([30]);
});
