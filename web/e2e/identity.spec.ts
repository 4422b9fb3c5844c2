/** One's own access: forgotten password, another address, sessions. Each story ends in a mail or in who may sign in. */
import { expect, type Page, test } from "@playwright/test";

import { mails, mailTo, pathOf } from "./mailbox";
import { type Running, start } from "./ringwerk";
import { accessible, fits, signIn, watch } from "./stories";

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
const NEW = "lantern-otter-violin";

async function maySignIn(page: Page, email: string, password: string): Promise<boolean> {
  const origin = { origin: ringwerk.url, "sec-fetch-site": "same-origin" };
  const answer = await page.request.post(`${ringwerk.url}/v1/sessions`, { data: { email, password }, headers: origin });
  return answer.ok();
}

test("a forgotten password: a link by mail, once, and not a word about who exists", async ({ page }) => {
  const trouble = watch(page, ringwerk);
  const user = person(1);
  await page.goto(`${ringwerk.url}/sign-in`);
  await page.getByRole("link", { name: "Forgotten your password?" }).click();
  await accessible(page);
  await page.getByLabel("E-mail").fill("nobody@nowhere.example");
  await page.keyboard.press("Enter");
  await expect(page.getByText("If somebody signs in with nobody@nowhere.example")).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Enter another address" }).click();
  await page.getByLabel("E-mail").fill(user.email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await expect(page.getByText(`If somebody signs in with ${user.email}`)).toBeVisible();

  const mail = await mailTo(ringwerk, user.email);
  expect(mails(ringwerk).some(({ to }) => to.includes("nowhere"))).toBe(false);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${ringwerk.url}${pathOf(mail.links[0])}`);
  await fits(page);
  await accessible(page);
  await page.getByLabel("New password").fill(NEW);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: user.name })).toBeVisible();
  expect(await maySignIn(page, user.email, NEW)).toBe(true);
  expect(await maySignIn(page, user.email, user.password)).toBe(false);

  await page.goto(`${ringwerk.url}${pathOf(mail.links[0])}`);
  await expect(page.getByRole("alert")).toContainText("used already");
  await page.getByRole("link", { name: "Get a new link by mail" }).click();
  await expect(page.getByRole("heading", { name: "Forgotten your password?" })).toBeVisible();
  expect(trouble).toEqual([]);
});

test("another address counts when it is confirmed; the old one is told and can undo it", async ({ page, browser }) => {
  const trouble = watch(page, ringwerk);
  const user = person(2);
  await signIn(page, ringwerk, user);
  await page.goto(`${ringwerk.url}/telephony`);
  await page.getByRole("link", { name: "User Settings" }).click();
  await accessible(page);
  await page.getByRole("button", { name: "Change: E-mail" }).click();
  await page.getByLabel("E-mail", { exact: true }).fill("moved@lindner.example");
  await page.getByLabel("Your current password").fill("wrong");
  await page.getByRole("button", { name: "Send the mail" }).click();
  await expect(page.getByText("This is not your current password.")).toBeVisible();
  await accessible(page);
  await page.getByLabel("Your current password").fill(user.password);
  await page.getByRole("button", { name: "Send the mail" }).click();
  await expect(page.getByText("A mail is on its way to moved@lindner.example.")).toBeVisible();
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("moved@lindner.example waits for confirmation")).toBeVisible();
  await accessible(page);

  // Withdrawn: its link is worthless.
  const first = await mailTo(ringwerk, "moved@lindner.example");
  await page.getByRole("button", { name: "Withdraw" }).click();
  await expect(page.getByText("waits for confirmation")).toHaveCount(0);
  const visitor = await (await browser.newContext()).newPage();
  await visitor.goto(`${ringwerk.url}${pathOf(first.links[0])}`);
  await visitor.getByRole("button", { name: "Confirm the address" }).click();
  await expect(visitor.getByRole("alert")).toBeVisible();

  await page.getByRole("button", { name: "Change: E-mail" }).click();
  await page.getByLabel("E-mail", { exact: true }).fill("again@lindner.example");
  await page.getByLabel("Your current password").fill(user.password);
  await page.keyboard.press("Enter");
  await expect(page.getByText("A mail is on its way to again@lindner.example.")).toBeVisible();
  const confirm = await mailTo(ringwerk, "again@lindner.example");
  const undo = await mailTo(ringwerk, user.email, /again@lindner\.example/);
  await visitor.goto(`${ringwerk.url}${pathOf(confirm.links[0])}`);
  await accessible(visitor);
  await visitor.getByRole("button", { name: "Confirm the address" }).click();
  await expect(visitor.getByRole("heading", { name: "The new address counts" })).toBeVisible();
  await accessible(visitor);
  expect(await maySignIn(visitor, "again@lindner.example", user.password)).toBe(true);
  expect(await maySignIn(visitor, user.email, user.password)).toBe(false);

  await visitor.goto(`${ringwerk.url}${pathOf(undo.links[0])}`);
  await accessible(visitor);
  await visitor.getByRole("button", { name: "Bring back my old address" }).click();
  await expect(visitor.getByRole("heading", { name: "Your old address counts again" })).toBeVisible();
  expect(await maySignIn(visitor, user.email, user.password)).toBe(true);
  expect(await maySignIn(visitor, "again@lindner.example", user.password)).toBe(false);
  await page.reload();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  expect(trouble).toEqual([]);
});

test("signed-in devices: one is signed out, then all", async ({ page, browser }) => {
  const user = person(4);
  const other = await (await browser.newContext()).newPage();
  await signIn(page, ringwerk, user);
  await signIn(other, ringwerk, user);
  await page.goto(`${ringwerk.url}/sessions`);
  await expect(page.getByText("This browser")).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: /^Sign out [A-Z]/ }).last().click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out", exact: true }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "Signed in" })).toHaveCount(1);
  await other.goto(`${ringwerk.url}/telephony`);
  await expect(other.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await expect(page.getByText("You are signed out here.")).toBeVisible();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out everywhere" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
});
