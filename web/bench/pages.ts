/**
 * How long people wait: the first row of a list of ten thousand, a search, another order; and what a first visit weighs.
 *
 *     RINGWERK_BIN=…/ringwerk npm run measure
 */
import { gzipSync } from "node:zlib";

import { expect, test } from "@playwright/test";

import { start } from "../e2e/ringwerk";
import { signIn } from "../e2e/stories";

const PEOPLE = Number(process.env.RINGWERK_PEOPLE ?? 10_000);
const RUNS = 7;

const middle = (values: number[]) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
const line = (what: string, values: number[]) => `${what.padEnd(44)} ${Math.round(middle(values))} ms (${Math.round(Math.min(...values))} to ${Math.round(Math.max(...values))})`;

test("how long people wait", async ({ browser }) => {
  test.setTimeout(900_000);
  const ringwerk = await start(PEOPLE);
  const report: string[] = [];
  try {
    const times = { row: [] as number[], again: [] as number[], search: [] as number[], sort: [] as number[], user: [] as number[] };
    for (let run = 0; run < RUNS; run++) {
      // Nothing in the cache.
      const context = await browser.newContext();
      const page = await context.newPage();
      await signIn(page, ringwerk);
      const row = page.getByRole("table").getByRole("row").nth(1);
      const first = async (into: number[]) => {
        const began = performance.now();
        await page.goto(`${ringwerk.url}/users`, { waitUntil: "commit" });
        await row.waitFor();
        into.push(performance.now() - began);
      };
      await first(times.row);
      await first(times.again);
      const wanted = ringwerk.company.users[Math.floor(PEOPLE * 0.7) + run];
      let began = performance.now();
      await page.getByRole("searchbox").fill(wanted?.name ?? "");
      await page.waitForURL(/search=/);
      await expect(page.getByRole("table").getByRole("row").nth(1)).toContainText(wanted?.name ?? "?");
      times.search.push(performance.now() - began);
      await page.goto(`${ringwerk.url}/users`);
      await row.waitFor();
      const before = await row.innerText();
      began = performance.now();
      await page.getByLabel("Sort").selectOption("-name");
      await expect(row).not.toHaveText(before);
      times.sort.push(performance.now() - began);
      began = performance.now();
      await row.getByRole("link").first().click();
      await page.getByRole("group", { name: /Routing diagram/ }).waitFor();
      times.user.push(performance.now() - began);
      await context.close();
    }
    report.push(`${PEOPLE} users, ${RUNS} runs: median (least to most)`);
    report.push(line("first row, nothing in the cache", times.row), line("first row, the pages in the cache", times.again), line("search (200 ms of it wait for the next key)", times.search), line("another order", times.sort), line("a user's page with its diagram", times.user));
    for (const path of ["/sign-in", "/users"]) {
      const context = await browser.newContext();
      const page = await context.newPage();
      if (path !== "/sign-in") await signIn(page, ringwerk);
      const parts: Promise<number>[] = [];
      page.on("response", (response) => {
        if (response.url().includes("/v1/")) return;
        parts.push(response.body().then((body) => (response.url().endsWith(".woff2") ? body.length : gzipSync(body, { level: 9 }).length)));
      });
      await page.goto(`${ringwerk.url}${path}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.evaluate(() => document.fonts.ready);
      const sum = (await Promise.all(parts)).reduce((one, other) => one + other, 0);
      report.push(`${`first visit to ${path}, gzip`.padEnd(44)} ${Math.round(sum / 1024)} KiB`);
      await context.close();
    }
  } finally {
    await ringwerk.stop();
  }
  console.log(`\n${report.join("\n")}\n`);
});
