/** What is going on, without asking: presence, connected phones, and the path of a call while it is on. */
import { expect, test } from "@playwright/test";

import { Baresip } from "./baresip";
import { register } from "./phone";
import { type Running, start } from "./ringwerk";
import { accessible, signIn, watch } from "./stories";

let ringwerk: Running;
test.beforeAll(async () => {
  ringwerk = await start(8);
});
test.afterAll(() => ringwerk?.stop());

const person = (at: number) => {
  const user = ringwerk.company.users[at];
  if (!user) throw new Error("the company is smaller than that");
  return user;
};
const access = (at: number) => {
  const { sipId, password } = person(at).phones[0] ?? { sipId: "", password: "" };
  return { username: sipId, password, domain: ringwerk.company.sipDomain };
};

test("a call lights its path while it rings and while it is on, for the administrator and for who is called", async ({ page, browser }) => {
  await signIn(page, ringwerk);
  const trouble = watch(page, ringwerk);
  const [caller, desk] = await Promise.all([Baresip.start(ringwerk.sip, access(1)), Baresip.start(ringwerk.sip, access(2))]);
  const own = await browser.newPage();
  await signIn(own, ringwerk, person(2));
  await page.goto(`${ringwerk.url}/users/${person(2).id}`);
  await own.goto(`${ringwerk.url}/telephony`);
  await expect(page.getByRole("group", { name: /Routing diagram/ })).toBeVisible();
  await expect(own.getByRole("group", { name: /Routing diagram/ })).toBeVisible();

  caller.dial(person(2).extension);
  await desk.event("CALL_INCOMING");
  for (const shown of [page, own]) {
    await expect(shown.getByText("A call is coming in right now.")).toBeVisible();
    await expect(shown.locator(".diagram-lit-ringing", { hasText: "rings now" })).toBeVisible();
  }
  await accessible(page);
  desk.answer();
  await caller.event("CALL_ESTABLISHED");
  await expect(page.getByText("A call is on right now.")).toBeVisible();
  await expect(page.locator(".diagram-lit-talking", { hasText: "in the call" })).toBeVisible();
  await expect(page.getByText("In a call", { exact: true })).toBeVisible();
  await accessible(page);
  caller.hangUp();
  await expect(page.locator(".diagram-lit")).toHaveCount(0);
  await expect(page.getByText("In a call", { exact: true })).toHaveCount(0);
  await own.close();
  await Promise.all([caller.stop(), desk.stop()]);
  expect(trouble).toEqual([]);
});

test("a group lights the phones of all its members", async ({ page }) => {
  await signIn(page, ringwerk);
  const { items } = await ringwerk.api<{ items: { id: string; name: string; extension: string; members: { id: string }[] }[] }>("GET", "/v1/groups");
  const group = items.find(({ name }) => name === "Empfang");
  const members = ringwerk.company.users.map(({ id }, at) => ({ id, at })).filter(({ id }) => group?.members.some((member) => member.id === id)).slice(0, 2);
  const outsider = ringwerk.company.users.findIndex(({ id }) => !group?.members.some((member) => member.id === id));
  const phones = await Promise.all([outsider, ...members.map(({ at }) => at)].map((at) => Baresip.start(ringwerk.sip, access(at))));
  await page.goto(`${ringwerk.url}/groups/${group?.id}`);
  await expect(page.getByRole("group", { name: /Routing diagram/ })).toBeVisible();
  const [caller, ...called] = phones;
  caller?.dial(group?.extension ?? "");
  await Promise.all(called.map((phone) => phone.event("CALL_INCOMING")));
  await expect(page.locator(".diagram-lit-ringing")).toHaveCount(called.length);
  caller?.hangUp();
  await expect(page.locator(".diagram-lit")).toHaveCount(0);
  await Promise.all(phones.map((phone) => phone.stop()));
});

test("presence moves by itself, and comes back after the connection was lost", async ({ page, context }) => {
  await signIn(page, ringwerk);
  await page.goto(`${ringwerk.url}/users`);
  const row = page.getByRole("row", { name: person(5).name });
  await expect(row.getByText("Not reachable")).toBeVisible();
  const phone = await register(ringwerk.sip, access(5));
  await expect(row.getByText("Reachable", { exact: true })).toBeVisible({ timeout: 5_000 });
  phone.close();

  // Nothing reaches the page for a while; what it missed is there afterwards.
  await context.setOffline(true);
  const other = await register(ringwerk.sip, access(6));
  await context.setOffline(false);
  await expect(page.getByRole("row", { name: person(6).name }).getByText("Reachable", { exact: true })).toBeVisible();
  other.close();
});
