/** What strangers write stays text: two hundred strings in every field, in files, in headers of phones (threat T10). */
import { expect, type Page, test } from "@playwright/test";

import { hostile, typed } from "./hostile";
import { callInVain, register, sayable } from "./phone";
import { type Running, start } from "./ringwerk";
import { fits, settled, signIn, watch } from "./stories";

let ringwerk: Running;
interface Named {
  id: string;
  name: string;
  label?: string;
}
/** What was accepted where; the rest was refused in words. */
const taken: Record<"users" | "devices" | "groups" | "locations" | "tokens", Named[]> = { users: [], devices: [], groups: [], locations: [], tokens: [] };
let imported: string;

/** Hands something in: taken, or refused by naming the field; never a failure of the server. */
async function offer(path: string, body: unknown, method = "POST"): Promise<Named | undefined> {
  const answer = await fetch(`${ringwerk.url}${path}`, { method, headers: { authorization: `Bearer ${ringwerk.company.apiToken}`, "content-type": "application/json" }, body: JSON.stringify(body) });
  const json = (await answer.json()) as Named & { errors?: { pointer: string }[]; token?: Named };
  if (answer.ok) return json.token ?? json;
  expect(answer.status, JSON.stringify(body).slice(0, 200)).toBe(422);
  expect(json.errors?.length, JSON.stringify(json)).toBeGreaterThan(0);
  return undefined;
}

test.beforeAll(async () => {
  test.setTimeout(300_000);
  expect(hostile.length).toBeGreaterThanOrEqual(200);
  ringwerk = await start(4);
  const [, phoned] = ringwerk.company.users;
  const phone = { username: phoned?.phones[0]?.sipId ?? "", password: phoned?.phones[0]?.password ?? "", domain: ringwerk.company.sipDomain };
  const add = async (kind: keyof typeof taken, path: string, body: unknown) => {
    const made = await offer(path, body);
    if (made) taken[kind].push(made);
    return made;
  };
  for (const text of hostile) {
    const user = await add("users", "/v1/users", { firstName: text, lastName: text });
    const device = user && { kind: "voip", label: text };
    if (device) await add("devices", `/v1/users/${user.id}/devices`, device);
    await add("groups", "/v1/groups", { name: text });
    await add("locations", "/v1/locations", { name: text, street: text, number: text, postcode: text, city: text, country: "DE" });
    await add("locations", "/v1/locations", { name: text, country: "DE" });
    if (taken.tokens.length < 60) await add("tokens", "/v1/tokens", { label: text, scopes: ["users:read"] });
    await offer("/v1/users", { firstName: "x", email: text });
    await offer("/v1/account", { name: text, timeZone: text, language: text, country: text }, "PATCH");
    if (phoned) await offer(`/v1/users/${phoned.id}`, { firstName: "Bernd", lastName: text }, "PATCH");
    // As search words and as parts of an address they find something or nothing.
    for (const path of [`/v1/users?search=${encodeURIComponent(text)}`, `/v1/devices?search=${encodeURIComponent(text)}`, `/v1/users/${encodeURIComponent(text)}`]) {
      const answer = await fetch(`${ringwerk.url}${path.slice(0, 3_000)}`, { headers: { authorization: `Bearer ${ringwerk.company.apiToken}` } });
      expect(answer.status, path.slice(0, 200)).toBeLessThan(500);
    }
  }
  expect(taken.users.length).toBeGreaterThan(150);
  expect(taken.devices.length).toBeGreaterThan(150);
  await offer("/v1/account", { name: `"><img src=x onerror=window.hostile=1>` }, "PATCH");
  // A file whose cells are hostile.
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const csv = ["First name,Last name,E-mail,Location,Groups,Extension", ...hostile.map((text) => [text, text, text, text, text, text].map(cell).join(","))].join("\r\n");
  const answer = await fetch(`${ringwerk.url}/v1/imports`, { method: "POST", headers: { authorization: `Bearer ${ringwerk.company.apiToken}`, "content-type": "text/csv" }, body: csv });
  expect(answer.status).toBe(201);
  imported = ((await answer.json()) as Named).id;
  // Phones that say strange things of themselves, when they register and when they call.
  for (const [at, text] of hostile.filter(sayable).entries()) {
    const says = { name: text.slice(0, 300), userAgent: text.slice(0, 300) };
    try {
      const registered = await register(ringwerk.sip, phone, says);
      registered.close();
    } catch (refused) {
      // A message that is not one may be refused or dropped; the next one is heard.
      expect(String(refused)).toMatch(/SIP\/2\.0 4|no answer/);
    }
    if (at % 10 === 0) await callInVain(ringwerk.sip, phone, ringwerk.company.users[2]?.extension ?? "", says);
  }
  // Browsers too.
  for (const text of hostile.filter((each) => /^[\x20-\x7e]{1,200}$/.test(each)).slice(0, 60)) {
    const headers = { "content-type": "application/json", "user-agent": text, origin: ringwerk.url, "sec-fetch-site": "same-origin" };
    const { email, password } = ringwerk.company.admin;
    await fetch(`${ringwerk.url}/v1/sessions`, { method: "POST", headers, body: JSON.stringify({ email, password }) });
  }
});
test.afterAll(() => ringwerk?.stop());

/** Nothing ran, nothing was refused by the policy, nothing was asked of anybody else. */
function guard(page: Page): () => Promise<void> {
  const trouble = watch(page, ringwerk);
  page.on("dialog", (dialog) => trouble.push(`dialog: ${dialog.message()}`));
  return async () => {
    expect(await page.evaluate(() => (window as { hostile?: number }).hostile)).toBeUndefined();
    expect(await page.locator("main :is(script, iframe, object, embed, base, meta, link, marquee, plaintext, xmp, form[action], img[src='x'])").count()).toBe(0);
    expect(trouble).toEqual([]);
  };
}

/** To the end of a list that loads on by itself. */
async function toTheEnd(page: Page) {
  for (let step = 0; step < 40; step++) {
    await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
    const more = page.getByRole("button", { name: "Show more" });
    if ((await more.count()) === 0) return;
    await more.click({ timeout: 2_000 }).catch(() => undefined);
  }
}

const flat = (text: string) => text.replaceAll(/\s+/g, " ").trim();

/** Every name stands on the page as it was given. */
async function holds(page: Page, names: (string | undefined)[]) {
  const text = flat(await page.locator("main").evaluate((main) => main.textContent ?? ""));
  const values = await page.locator("main :is(option, [title])").evaluateAll((all) => all.map((each) => each.getAttribute("title") ?? each.textContent ?? ""));
  const all = `${text} ${values.map(flat).join(" ")}`;
  expect(names.map((name) => flat(name ?? "")).filter((name) => !all.includes(name))).toEqual([]);
}

test("every list shows them as text and keeps its shape, wide and narrow", async ({ page }) => {
  test.setTimeout(300_000);
  const unharmed = guard(page);
  await signIn(page, ringwerk);
  const pages: [path: string, names: (string | undefined)[]][] = [
    ["/users", taken.users.map(({ name }) => name)],
    ["/devices", taken.devices.map(({ label }) => label)],
    ["/groups", taken.groups.map(({ name }) => name)],
    ["/locations", taken.locations.map(({ name }) => name)],
    ["/sessions", []],
    ["/audit", []],
    ["/numbers", []],
    ["/account", []],
    ["/calls", []],
    ["/bills", []],
    [`/users/import?import=${imported}`, []],
  ];
  for (const [path, names] of pages) {
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(`${ringwerk.url}${path}`);
    await settled(page);
    await toTheEnd(page);
    await holds(page, names);
    await fits(page);
    await page.setViewportSize({ width: 390, height: 844 });
    await fits(page);
    await unharmed();
  }
});

test("their own pages too: users, groups, routing, settings", async ({ page }) => {
  test.setTimeout(300_000);
  const unharmed = guard(page);
  await signIn(page, ringwerk);
  const some = taken.users.filter(({ name }, at) => at % 12 === 0 || name.length > 110);
  for (const { id, name } of some) {
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(`${ringwerk.url}/users/${id}`);
    await settled(page);
    expect(flat(await page.getByRole("heading", { level: 1 }).innerText())).toContain(flat(name).slice(0, 20).trim());
    await fits(page);
    await page.setViewportSize({ width: 390, height: 844 });
    await fits(page);
    await page.goto(`${ringwerk.url}/users/${id}?tab=settings`);
    await settled(page);
    await fits(page);
    await unharmed();
  }
  for (const { id } of taken.groups.filter((_, at) => at % 24 === 0)) {
    await page.goto(`${ringwerk.url}/groups/${id}`);
    await settled(page);
    await fits(page);
    await unharmed();
  }
});

test("what a stranger's phone says is nowhere more than text, for whoever was called", async ({ page }) => {
  const unharmed = guard(page);
  await signIn(page, ringwerk, ringwerk.company.users[2]);
  for (const path of ["/calls", "/telephony", "/telephony?tab=devices"]) {
    await page.goto(`${ringwerk.url}${path}`);
    await settled(page);
    await fits(page);
    await unharmed();
  }
});

test("typed into the fields of the pages", async ({ page }) => {
  test.setTimeout(240_000);
  const unharmed = guard(page);
  await signIn(page, ringwerk);
  for (const text of typed) {
    await page.goto(`${ringwerk.url}/users`);
    await page.getByRole("searchbox").fill(text);
    await expect(page).toHaveURL(/search=/);
    await settled(page);
    await page.goto(`${ringwerk.url}/users/new`);
    await page.getByLabel("First name").fill(text);
    await page.getByLabel("Last name").fill(text);
    await page.getByLabel("E-mail").fill(text);
    await page.getByRole("button", { name: "Add User" }).click();
    await expect(page.getByText("This is not an e-mail address")).toBeVisible();
    await unharmed();
    const user = ringwerk.company.users[3];
    await page.goto(`${ringwerk.url}/users/${user?.id}?tab=settings`);
    await page.getByRole("button", { name: "Change: Name" }).click();
    await page.getByLabel("First name").fill(text);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText(text.replaceAll(/[\u202a-\u202e]/g, "").slice(0, 4));
    await page.goto(`${ringwerk.url}/account`);
    await page.getByRole("button", { name: "Change: Name" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill(text);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByText(text)).toBeVisible();
    await page.goto(`${ringwerk.url}/users/import`);
    await page.locator("input[type=file]").setInputFiles({ name: `${text.replaceAll("/", "")}.csv`, mimeType: "text/csv", buffer: Buffer.from(`First name,Last name\r\n${text},x\r\n`) });
    await settled(page);
    await unharmed();
  }
  await page.goto(`${ringwerk.url}/sign-in?to=${encodeURIComponent("javascript:window.hostile=1")}`);
  await page.goto(`${ringwerk.url}/link#${encodeURIComponent(typed[0] ?? "")}`);
  await expect(page.getByRole("alert")).toBeVisible();
  await unharmed();
});

test("a table that is exported holds no formula", async () => {
  const table = await fetch(`${ringwerk.url}/v1/users.csv`, { headers: { authorization: `Bearer ${ringwerk.company.apiToken}` } });
  expect(table.status).toBe(200);
  const text = await table.text();
  const begins = cells(text).map((cell) => cell.charAt(0));
  expect(begins.filter((first) => "=+-@\t\r".includes(first) && first !== "")).toEqual([]);
  expect(text).toContain("'=1+1");
});

/** The cells of a table (RFC 4180). */
function cells(text: string): string[] {
  const found: string[] = [];
  for (const match of text.matchAll(/("(?:[^"]|"")*"|[^",;\r\n]*)(?:[,;]|\r?\n|$)/g)) found.push((match[1] ?? "").replace(/^"(.*)"$/s, "$1"));
  return found;
}
