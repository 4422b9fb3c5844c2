/** A company of ten thousand, and how little a first visit costs. What takes how long is measured by `npm run measure`, not here. */
import { gzipSync } from "node:zlib";

import { expect, type Page, test } from "@playwright/test";

import { type Running, start } from "./ringwerk";
import { signIn, watch } from "./stories";

const PEOPLE = 10_000;
/** Rows that one answer may hold at most. */
const MOST = 200;

let ringwerk: Running;
test.beforeAll(async () => {
  test.setTimeout(300_000);
  ringwerk = await start(PEOPLE);
});
test.afterAll(() => ringwerk?.stop());

/** Adds up how far things moved that nobody asked to move. */
async function watchShifts(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const shifts = { sum: 0 };
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as unknown as { value: number; hadRecentInput: boolean }[]) if (!entry.hadRecentInput) shifts.sum += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  return () => page.evaluate(() => (window as unknown as { shifts: { sum: number } }).shifts.sum);
}

test("the list pages at the server, finds and sorts, and nothing moves", async ({ page }) => {
  test.setTimeout(240_000);
  const trouble = watch(page, ringwerk);
  const shifts = await watchShifts(page);
  const sizes: number[] = [];
  page.on("response", (response) => {
    if (!/\/v1\/users(\?|$)/.test(response.url())) return;
    void response
      .json()
      .then(({ items }: { items: unknown[] }) => sizes.push(items.length))
      .catch(() => undefined);
  });
  await signIn(page, ringwerk);
  await page.goto(`${ringwerk.url}/users`);
  const rows = page.getByRole("table").getByRole("row");
  await expect(rows).toHaveCount(51);
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
  expect(await shifts()).toBeLessThan(0.02);

  const wanted = ringwerk.company.users[7_777];
  await page.getByRole("searchbox").fill(`${wanted?.name} ${wanted?.extension}`);
  await expect(page).toHaveURL(/search=/);
  await expect(page.getByRole("link", { name: wanted?.name ?? "?" }).first()).toBeVisible();
  await page.getByRole("searchbox").fill("");
  await page.getByLabel("Sort").selectOption("-name");
  await expect(page).toHaveURL(/sort=/);
  const last = await ringwerk.api<{ items: { name: string }[] }>("GET", "/v1/users?sort=-name&limit=1");
  await expect(rows.nth(1)).toContainText(last.items[0]?.name ?? "?");

  // On and on by scrolling, a page at a time.
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
  await expect.poll(() => rows.count()).toBeGreaterThan(51);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(MOST);
  expect(trouble).toEqual([]);
});

test("nothing moves on the other pages either", async ({ page }) => {
  const shifts = await watchShifts(page);
  await signIn(page, ringwerk);
  for (const path of ["/devices", "/numbers", "/groups", "/locations", "/bills", "/audit", `/users/${ringwerk.company.users[1]?.id}`, "/telephony", "/settings"]) {
    await page.goto(`${ringwerk.url}${path}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    expect(await shifts(), path).toBeLessThan(0.02);
  }
});

// KiB of gzip on a first visit with nothing in the cache.
for (const [name, path, budget] of [
  ["signing in", "/sign-in", 300],
  ["the list of users", "/users", 330],
] as const) {
  test(`a first visit to ${name} stays within the budget and asks nobody else`, async ({ page }) => {
    const trouble = watch(page, ringwerk);
    const parts = new Map<string, Promise<number>>();
    page.on("response", (response) => {
      const { pathname } = new URL(response.url());
      if (pathname.startsWith("/v1/")) return;
      // Fonts are compressed already.
      parts.set(
        pathname,
        response.body().then(
          (body) => (pathname.endsWith(".woff2") ? body.length : gzipSync(body, { level: 9 }).length),
          () => 0,
        ),
      );
    });
    if (path !== "/sign-in") await signIn(page, ringwerk);
    await page.goto(`${ringwerk.url}${path}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    await page.evaluate(() => document.fonts.ready);
    const all = await Promise.all(parts.values());
    const sum = all.reduce((one, other) => one + other, 0);
    test.info().annotations.push({ type: "gzip", description: `${path}: ${Math.round(sum / 1024)} KiB` });
    expect(all.length).toBeGreaterThan(3);
    expect(sum).toBeLessThan(budget * 1024);
    expect(trouble).toEqual([]);
  });
}
