/** Account & Bills: what is kept of calls, the list, what a month costs. Each story ends in a record or an amount. */

import { expect, test } from "@playwright/test";

import { type Running, start } from "./ringwerk";
import { accessible, fits, signIn, watch } from "./stories";

let ringwerk: Running;
test.beforeAll(async () => {
  ringwerk = await start(4);
});
test.afterAll(() => ringwerk?.stop());
test.beforeEach(({ page }) => signIn(page, ringwerk));

const person = (at: number) => {
  const user = ringwerk.company.users[at];
  if (!user) throw new Error("the company is smaller than that");
  return user;
};
const settings = () => ringwerk.api<{ mode: string | null; pending: { mode: string; from: string } | null }>("GET", "/v1/call-list/settings");

test("Complete needs the declaration and counts from the first of the next month", async ({ page }) => {
  const trouble = watch(page, ringwerk);
  await page.goto(`${ringwerk.url}/users`);
  await page.getByRole("link", { name: "Itemized Call List" }).click();
  await expect(page.getByRole("heading", { name: "What is kept of each call?" })).toBeVisible();
  await accessible(page);
  await page.getByRole("radio", { name: /^Complete/ }).click();
  await page.getByRole("button", { name: "Save: Complete" }).click();
  await expect(page.getByText("Please declare this first.").first()).toBeVisible();
  await accessible(page);
  expect((await settings()).pending).toBeNull();
  await page.getByRole("checkbox", { name: /All employees/ }).check();
  await page.getByRole("radio", { name: /There is none/ }).check();
  await page.getByRole("button", { name: "Save: Complete" }).click();
  await expect(page.getByText(/Saved\. Complete counts from .* on\./)).toBeVisible();
  await accessible(page);
  expect((await settings()).pending).toMatchObject({ mode: "complete" });
  expect(trouble).toEqual([]);
});

test("what devices cost this month stands on the bill, to the cent", async ({ page }) => {
  const user = person(3);
  for (const label of ["Notebook", "Werkstatt"]) await ringwerk.api("POST", `/v1/users/${user.id}/devices`, { kind: "voip", label });
  const bill = await ringwerk.api<{ total: { minor: number }; items: { label: string; amount: { minor: number } }[] }>("GET", "/v1/bills/current");
  await page.goto(`${ringwerk.url}/users`);
  await page.getByRole("link", { name: "Bills" }).click();
  const row = page.getByRole("row", { name: /Werkstatt/ });
  await expect(row).toContainText("€4.95");
  const cents = bill.items.find(({ label }) => label === "Werkstatt")?.amount.minor ?? -1;
  await expect(row).toContainText(`€${(cents / 100).toFixed(2)}`);
  await expect(page.getByText(`€${(bill.total.minor / 100).toFixed(2)}`).first()).toBeVisible();
  await accessible(page);
  await page.setViewportSize({ width: 320, height: 700 });
  await fits(page);
});
