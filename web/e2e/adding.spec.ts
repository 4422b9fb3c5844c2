/** Add User: four steps; nothing typed is ever lost; each story ends in a phone, a mail, or a user that exists once. */
import { expect, test } from "@playwright/test";

import { mails, mailTo, pathOf } from "./mailbox";
import { register } from "./phone";
import { type Running, start } from "./ringwerk";
import { accessible, fits, signIn, watch } from "./stories";

let ringwerk: Running;
test.beforeAll(async () => {
  ringwerk = await start(6);
  await ringwerk.api("POST", "/v1/numbers", { from: "+493023125900", to: "+493023125905" });
});
test.afterAll(() => ringwerk?.stop());
test.beforeEach(({ page }) => signIn(page, ringwerk));

const person = (at: number) => {
  const user = ringwerk.company.users[at];
  if (!user) throw new Error("the company is smaller than that");
  return user;
};
interface Now {
  id: string;
  extensions: string[];
  numbers: string[];
  incomplete: boolean;
  groups: { name: string }[];
  devices: { label: string }[];
}
const found = async (search: string) => (await ringwerk.api<{ items: Now[] }>("GET", `/v1/users?search=${encodeURIComponent(search)}`)).items;

test("four steps, until the phone is connected and the invitation has arrived", async ({ page }) => {
  const trouble = watch(page, ringwerk);
  await page.goto(`${ringwerk.url}/users`);
  await page.getByRole("link", { name: "Add User" }).click();

  // Details: a mistake is told by its field, and nothing is lost.
  await page.getByLabel("First name").fill("Mira");
  await page.getByLabel("Last name").fill("Sander");
  await page.getByLabel("E-mail").fill("not an address");
  await page.getByRole("button", { name: "Add User" }).click();
  await expect(page.getByText("This is not an e-mail address")).toBeVisible();
  await expect(page.getByLabel("E-mail")).toBeFocused();
  await accessible(page);
  await page.getByLabel("E-mail").fill("mira@lindner.example");
  await expect(page.getByText("Mira Sander is invited by mail")).toBeVisible();
  await page.keyboard.press("Enter");

  // Phone: back keeps what was entered, also the browser's own.
  await expect(page.getByRole("heading", { name: "Which phone?" })).toBeVisible();
  await page.goBack();
  await expect(page.getByLabel("First name")).toHaveValue("Mira");
  await page.goForward();
  await expect(page.getByText("2 devices per user are included; 0 in use.")).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Add device" }).click();
  await expect(page.getByText("Waiting for the phone to connect")).toBeVisible();
  await accessible(page);
  const value = async (name: string) => (await page.locator(".fact").filter({ has: page.locator(`dt:text-is("${name}")`) }).locator("dd").innerText()).trim();
  const phone = await register(ringwerk.sip, { username: await value("User name"), password: await value("Password"), domain: await value("Domain") });
  await expect(page.getByText("Desk phone is connected")).toBeVisible();
  phone.close();
  await page.getByRole("button", { name: "Next" }).click();

  // Number, extension, groups: the next free one is proposed, a reserved one explained, a taken one named.
  const extension = page.getByLabel("Extension", { exact: true });
  await expect(extension).not.toHaveValue("");
  const proposed = await extension.inputValue();
  await extension.fill("110");
  await expect(page.getByText("110 is reserved")).toBeVisible();
  await extension.fill(person(2).extension);
  await expect(page.getByText(`${person(2).extension} belongs to ${person(2).name}`)).toBeVisible();
  await extension.fill(proposed);
  await expect(page.getByText(`${proposed} is free.`)).toBeVisible();
  await page.getByRole("radio", { name: /proposed/ }).click();
  await page.getByRole("checkbox", { name: "Empfang" }).check();
  await accessible(page);
  await page.getByRole("button", { name: "Next" }).click();

  await expect(page.getByText("Mira Sander can call and be called.")).toBeVisible();
  // Without a mail server the page says where the mail is and what to do.
  await expect(page.getByText("No mail server is set up, so the invitation waits as a file")).toBeVisible();
  await accessible(page);
  const [user] = await found("Mira Sander");
  expect(user).toMatchObject({ extensions: [proposed], incomplete: false, groups: [{ name: "Empfang" }] });
  expect(user?.numbers).toHaveLength(1);

  const mail = await mailTo(ringwerk, "mira@lindner.example");
  await page.context().clearCookies();
  await page.goto(`${ringwerk.url}${pathOf(mail.links[0])}`);
  await page.getByLabel("New password").fill("lantern-otter-violin");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Mira Sander" })).toBeVisible();
  expect(trouble).toEqual([]);
});

test("a link can be handed over instead", async ({ page }) => {
  await page.goto(`${ringwerk.url}/users/new`);
  await page.getByLabel("First name").fill("Linka");
  await page.getByLabel("E-mail").fill("linka@lindner.example");
  await page.getByRole("button", { name: "Add User" }).click();
  await page.getByRole("button", { name: "Finish later" }).click();
  await expect(page.getByRole("link", { name: "No phone yet" })).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Show a link" }).click();
  await expect(page.getByText("Send this link to Linka.")).toBeVisible();
  const link = await page.getByTitle(/\/link#/).getAttribute("title");
  await page.context().clearCookies();
  await page.goto(`${ringwerk.url}${pathOf(link ?? "")}`);
  await expect(page.getByText("linka@lindner.example").first()).toBeVisible();
});

test("a mobile phone by its number, in German, by keyboard on a narrow screen", async ({ page }) => {
  await page.addInitScript(() => localStorage.setItem("ringwerk.language", "de"));
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${ringwerk.url}/users/new`);
  await expect(page.getByLabel("Vorname")).toBeFocused();
  await page.keyboard.type("Mobil");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Welches Telefon?" })).toBeVisible();
  await page.getByRole("radio", { name: /VoIP/ }).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await expect(page.getByRole("radio", { name: /Mobiltelefon/ })).toBeChecked();
  await fits(page);
  await accessible(page);
  await page.getByLabel("Rufnummer").fill("12");
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Rufnummer")).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("Rufnummer").fill("0171 3920017");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Handy ist da")).toBeVisible();
  expect((await found("Mobil"))[0]?.devices).toMatchObject([{ label: "Handy" }]);
});

test("nothing typed is lost: not by the browser's back, not by a reload, not by a restart of the server", async ({ page }) => {
  await page.goto(`${ringwerk.url}/users`);
  await page.getByRole("link", { name: "Add User" }).click();
  await page.getByLabel("First name").fill("Dauer");
  await page.getByLabel("Last name").fill("Haft");
  await page.goBack();
  await expect(page.getByRole("heading", { name: "Users" })).toBeVisible();
  await page.goForward();
  await expect(page.getByLabel("First name")).toHaveValue("Dauer");
  await page.reload();
  await expect(page.getByLabel("Last name")).toHaveValue("Haft");
  await expect(page.getByText("What you entered before is still here.")).toBeVisible();
  await accessible(page);

  await ringwerk.restart();
  await page.getByRole("button", { name: "Add User" }).click();
  await expect(page.getByRole("heading", { name: "Which phone?" })).toBeVisible();
  await page.getByLabel("Name of the device").fill("Werkbank");
  await page.reload();
  await expect(page.getByLabel("Name of the device")).toHaveValue("Werkbank");
  expect(await found("Dauer Haft")).toHaveLength(1);
  // What was sent is no draft any more.
  await page.goto(`${ringwerk.url}/users/new`);
  await expect(page.getByLabel("First name")).toHaveValue("");
});

test("Escape asks; leaving half-way leaves a valid user that says what is missing", async ({ page }) => {
  await page.goto(`${ringwerk.url}/users/new`);
  await page.getByLabel("First name").fill("Halbert");
  await page.keyboard.press("Escape");
  await expect(page.getByText("Leave this page?")).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Stay here" }).click();
  await expect(page.getByLabel("First name")).toHaveValue("Halbert");
  const before = mails(ringwerk).length;
  await page.getByRole("button", { name: "Add User" }).click();
  await expect(page.getByRole("heading", { name: "Which phone?" })).toBeVisible();
  await page.getByRole("link", { name: "Users" }).click();
  await page.getByRole("searchbox").fill("Halbert");
  await page.getByRole("row", { name: /Halbert/ }).getByRole("link", { name: "No phone yet" }).click();
  await expect(page).toHaveURL(/tab=devices/);
  await expect(page.getByText("Halbert").first()).toBeVisible();
  // Without an address nobody is written to.
  expect(mails(ringwerk)).toHaveLength(before);
});
