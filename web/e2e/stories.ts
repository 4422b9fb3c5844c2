import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

import type { Running } from "./ringwerk";

/** Signs in by the session's cookie, without the form: that has its own story. */
export async function signIn(page: Page, ringwerk: Running, who = ringwerk.company.admin) {
  const origin = { origin: ringwerk.url, "sec-fetch-site": "same-origin" };
  const answer = await page.request.post(`${ringwerk.url}/v1/sessions`, { data: { email: who.email, password: who.password }, headers: origin });
  expect(answer.status()).toBe(201);
}

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** No violation of WCAG 2.2 AA; in the dark only the colours are others. */
export async function accessible(page: Page) {
  const check = async (axe: AxeBuilder) => {
    const { violations } = await axe.analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`)).toEqual([]);
  };
  await check(new AxeBuilder({ page }).withTags(WCAG));
  await page.emulateMedia({ colorScheme: "dark" });
  await check(new AxeBuilder({ page }).withRules(["color-contrast"]));
  await page.emulateMedia({ colorScheme: "light" });
}

/** Collects what a page must never do: errors, refused content, requests to another host. */
export function watch(page: Page, ringwerk: Running): string[] {
  const found: string[] = [];
  page.on("pageerror", (error) => found.push(String(error)));
  page.on("console", (message) => {
    // A refused request is the page's business; that the browser logs it is not.
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) found.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(ringwerk.url) && !request.url().startsWith("data:")) found.push(`request to ${request.url()}`);
  });
  return found;
}

/** Everything the page asked for is there. The network is never idle: the page listens. */
export async function settled(page: Page) {
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
}

/** Nothing sticks out to the right; what does is named. */
export async function fits(page: Page) {
  const sticksOut = () =>
    page.evaluate(() => {
      const { clientWidth, scrollWidth } = document.documentElement;
      if (scrollWidth <= clientWidth) return [];
      const wide = [...document.body.querySelectorAll("*")].filter((each) => Math.max(each.getBoundingClientRect().right, each.scrollWidth) > clientWidth);
      return [`${scrollWidth} of ${clientWidth} px at ${location.pathname}`, ...wide.slice(-5).map((each) => `${each.tagName} ${each.className} "${each.textContent?.slice(0, 80)}"`)];
    });
  await expect.poll(sticksOut).toEqual([]);
}
