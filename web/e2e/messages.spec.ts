/** Web-SMS: written in the page, handed to an SMSC, shown with what became of it; and who may. */
import { expect, test } from "@playwright/test";

import { type Running, start } from "./ringwerk";
import { type Smsc, startSmsc } from "./smsc";
import { accessible, fits, settled, signIn, watch } from "./stories";

let ringwerk: Running;
let smsc: Smsc;
test.beforeAll(async () => {
  smsc = await startSmsc();
  ringwerk = await start(6, `${smsc.section}[prices]\nsms = 0.07\n`);
});
test.afterAll(async () => {
  await ringwerk?.stop();
  smsc?.stop();
});

const person = (at: number) => {
  const user = ringwerk.company.users[at];
  if (!user) throw new Error("the company is smaller than that");
  return user;
};

test("a message is written, counted, sent and arrives", async ({ page }) => {
  const trouble = watch(page, ringwerk);
  await signIn(page, ringwerk, person(1));
  await page.goto(`${ringwerk.url}/telephony`);
  await page.getByRole("link", { name: "Web-SMS" }).click();
  await settled(page);
  await expect(page.getByText("No messages yet")).toBeVisible();
  await accessible(page);
  const text = `${"Ihre Bestellung über zwölf Äpfel ist fertig. ".repeat(8)}Grüße 😀`;
  await page.getByLabel("To", { exact: true }).fill("0170 1234567");
  await page.getByLabel("Text", { exact: true }).fill("Kurz und gut");
  await expect(page.getByText("1 part, 148 characters left in it · €0.07")).toBeVisible();
  await page.getByLabel("Text", { exact: true }).fill(text);
  await expect(page.getByText(/^6 parts, \d+ characters left in the last one · €0.42$/)).toBeVisible();
  await expect(page.getByText("Because of 😀 each part holds less.")).toBeVisible();
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(page.getByText("is on its way")).toBeVisible();
  const row = page.getByRole("listitem").filter({ hasText: "Grüße 😀" });
  await expect(row.getByText("Delivered", { exact: true })).toBeVisible({ timeout: 20_000 });
  await expect.poll(() => smsc.messages().find(({ text: arrived }) => arrived.endsWith("😀"))).toEqual({ to: "491701234567", from: "Ringwerk", text });
  await accessible(page);
  await page.setViewportSize({ width: 320, height: 700 });
  await fits(page);
  expect(trouble).toEqual([]);
});

test("what is refused is told by its field, in German too, and what was typed stays", async ({ page }) => {
  await signIn(page, ringwerk, person(1));
  await page.addInitScript(() => localStorage.setItem("ringwerk.language", "de"));
  await page.goto(`${ringwerk.url}/messages`);
  await page.getByLabel("An", { exact: true }).fill("112");
  await page.getByLabel("Text", { exact: true }).fill("Hilfe");
  await page.getByRole("button", { name: "Senden", exact: true }).click();
  await expect(page.getByText("Notrufstellen sind per SMS nicht zu erreichen. Rufen Sie dort an.")).toBeVisible();
  await expect(page.getByLabel("Text", { exact: true })).toHaveValue("Hilfe");
  await page.getByLabel("Text", { exact: true }).fill("a".repeat(1531));
  await expect(page.getByText("Höchstens 10 Teile.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Senden", exact: true })).toBeDisabled();
  await accessible(page);
});

test("a message waits for its time, from a number of one's own, and is withdrawn", async ({ page }) => {
  await signIn(page, ringwerk, person(2));
  await page.goto(`${ringwerk.url}/messages`);
  await page.getByLabel("To", { exact: true }).fill("+491701234567");
  await page.getByLabel("Text", { exact: true }).fill("Bis später");
  await page.getByLabel("Sender").selectOption(person(2).number);
  await page.getByText("Later", { exact: true }).click();
  await accessible(page);
  await page.getByRole("button", { name: "Schedule" }).click();
  const row = page.getByRole("listitem").filter({ hasText: "Bis später" });
  await expect(row.getByText("Scheduled", { exact: true })).toBeVisible();
  await row.getByRole("button", { name: /^Withdraw/ }).click();
  await expect(row).toHaveCount(0);
  expect(smsc.messages().some(({ text }) => text === "Bis später")).toBe(false);
});

test("hostile texts arrive as they are and are shown as text", async ({ page }) => {
  test.setTimeout(180_000);
  const trouble = watch(page, ringwerk);
  let dialogs = 0;
  page.on("dialog", (dialog) => {
    dialogs += 1;
    void dialog.dismiss();
  });
  const tags = ["script", "img src=x", "svg", "iframe", "body", "math", "details open", "marquee", "video", "a href=javascript:"];
  const ends = ["onload=alert(1)>", "onerror=alert(1)>", ">alert(1)</script>", "ontoggle=alert(1)>", "alert(1)>x</a>", "src=javascript:alert(1)>", "style=x:expression(alert(1))>", "><!--", "/onfocus=alert(1) autofocus>"];
  const strings = [
    ...tags.flatMap((tag) => ends.map((end) => `<${tag} ${end}`)),
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "<%= 7*7 %>",
    "=HYPERLINK(\"http://evil.example\")",
    "@SUM(1)",
    "'; DROP TABLE messages; --",
    "\" OR \"\"=\"",
    "../../etc/passwd",
    "%00%0d%0aBcc: x",
    "\u202Egnp.exe",
    "\u200Bzero\u200Dwidth\uFEFF",
    "&lt;b&gt;&amp;#x27;",
    "&#106;avascript:alert(1)",
    "\\u003cscript\\u003e",
    "e\u0301\u0300\u0323 Zalgo",
    "👩‍👩‍👧‍👦 🏴‍☠️",
    "مرحبا שלום",
    "]]><![CDATA[",
    "$(touch /tmp/x) `id`",
    "javascript:/*--></title></style></textarea></script></xmp><svg/onload='+/\"/+/onmouseover=1/+/[*/[]/+alert(1)//'>",
  ];
  expect(strings.length).toBeGreaterThan(100);
  const texts: string[] = [];
  for (const text of strings) {
    const last = texts.at(-1);
    if (last !== undefined && last.length + text.length < 600) texts[texts.length - 1] = `${last}\n${text}`;
    else texts.push(text);
  }
  await signIn(page, ringwerk, person(3));
  await page.goto(`${ringwerk.url}/messages`);
  for (const [at, text] of texts.entries()) {
    await page.getByLabel("To", { exact: true }).fill(`+4917012345${String(at).padStart(2, "0")}`);
    await page.getByLabel("Text", { exact: true }).fill(text);
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await expect(page.getByLabel("Text", { exact: true })).toHaveValue("");
  }
  await expect.poll(() => texts.filter((text) => !smsc.messages().some((message) => message.text === text)), { timeout: 60_000 }).toEqual([]);
  await page.reload();
  await settled(page);
  await expect(page.getByRole("listitem")).toHaveCount(texts.length);
  const shown = await page.getByRole("listitem").locator("[dir=auto]").allTextContents();
  expect(shown.toSorted()).toEqual(texts.toSorted());
  await page.setViewportSize({ width: 390, height: 844 });
  await fits(page);
  expect(dialogs).toBe(0);
  expect(trouble).toEqual([]);
});

test("an administrator switches it off for somebody, and nothing leaves any more", async ({ page, browser }) => {
  const trouble = watch(page, ringwerk);
  const user = person(4);
  await signIn(page, ringwerk);
  await page.goto(`${ringwerk.url}/users/${user.id}?tab=settings`);
  const toggle = page.getByRole("region", { name: "Extensions" }).getByRole("switch", { name: "Web-SMS" });
  await expect(toggle).toBeChecked();
  await accessible(page);
  const other = await browser.newContext();
  const theirs = await other.newPage();
  await signIn(theirs, ringwerk, user);
  await theirs.goto(`${ringwerk.url}/messages`);
  await theirs.getByLabel("To", { exact: true }).fill("+491701234567");
  await theirs.getByLabel("Text", { exact: true }).fill("verboten");
  await toggle.click();
  await expect(toggle).not.toBeChecked();
  await expect.poll(async () => (await ringwerk.api<{ webSms: boolean }>("GET", `/v1/users/${user.id}`)).webSms).toBe(false);
  await theirs.reload();
  await expect(theirs.getByText("You may not send text messages")).toBeVisible();
  await expect(theirs.getByRole("link", { name: "Web-SMS" })).toHaveCount(0);
  await expect(theirs.getByRole("button", { name: "Send", exact: true })).toHaveCount(0);
  await accessible(theirs);
  await toggle.click();
  await expect(toggle).toBeChecked();
  await theirs.reload();
  await expect(theirs.getByRole("link", { name: "Web-SMS" })).toBeVisible();
  expect(smsc.messages().some(({ text }) => text === "verboten")).toBe(false);
  await other.close();
  expect(trouble).toEqual([]);
});

test("the bill names what was sent", async ({ page }) => {
  await signIn(page, ringwerk);
  await page.goto(`${ringwerk.url}/bills`);
  await settled(page);
  const table = page.getByRole("table", { name: "Web-SMS" });
  await expect(table.getByText(/^\d+ parts?$/)).toBeVisible();
  await expect(table.getByText("€0.07")).toBeVisible();
  await accessible(page);
});

test("without an SMSC the page says so", async ({ page }) => {
  const alone = await start(2);
  await signIn(page, alone);
  await page.goto(`${alone.url}/messages`);
  await expect(page.getByText("No text messages can be sent here yet")).toBeVisible();
  await accessible(page);
  await alone.stop();
});
