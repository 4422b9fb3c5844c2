/** Pictures of every page, for docs/pictures: `npm run pictures`. One sheet a page: light and dark, wide (English) and narrow (German). */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, type Page, test } from "@playwright/test";

import { Baresip } from "../baresip";
import { pathOf } from "../mailbox";
import { register } from "../phone";
import { type Running, start } from "../ringwerk";
import { signIn } from "../stories";
import { compose, folder, keep, sheet, sheets, sizes } from "./sheet";

let ringwerk: Running;
let empty: Running;
/** A company whose names are as long as they may be. */
let long: Running;

const person = (at: number, of = ringwerk) => {
  const user = of.company.users[at];
  if (!user) throw new Error("the company is smaller than that");
  return user;
};
const access = (at: number) => {
  const { sipId, password } = person(at).phones[0] ?? { sipId: "", password: "" };
  return { username: sipId, password, domain: ringwerk.company.sipDomain };
};

test.beforeAll(async () => {
  test.setTimeout(240_000);
  [ringwerk, empty, long] = [await start(40), await start(), await start(6)];
  // Most phones are connected, as on a working day.
  for (const user of ringwerk.company.users.slice(3, 37)) {
    for (const { sipId, password } of user.phones) (await register(ringwerk.sip, { username: sipId, password, domain: ringwerk.company.sipDomain })).close();
  }
  const second = person(1);
  const made = await ringwerk.api<{ id: string }>("POST", `/v1/users/${second.id}/devices`, { kind: "voip", label: "Notebook" });
  await ringwerk.api("POST", `/v1/users/${second.id}/devices`, { kind: "external", label: "Home office", number: "0211 4477 120" });
  const devices = await ringwerk.api<{ items: { id: string; kind: string }[] }>("GET", `/v1/users/${second.id}/devices`);
  const desk = devices.items.find(({ id, kind }) => id !== made.id && kind === "voip");
  await ringwerk.api("PUT", `/v1/users/${second.id}/routing`, { steps: [{ devices: [desk?.id], seconds: 20 }, { devices: [desk?.id, made.id], seconds: 40 }] });
  await ringwerk.api("POST", "/v1/numbers", { from: "+493023125100", to: "+493023125104" });
  await ringwerk.api("PUT", "/v1/call-list/settings", { mode: "complete", declaration: { employeesInformed: true, worksCouncil: "notRequired" } });
  await ringwerk.api("DELETE", `/v1/users/${person(38).id}`);
  await ringwerk.api("POST", "/v1/tokens", { label: "Nightly export", scopes: ["users:read"], expiresInDays: 365 });
  // A few calls of today.
  const phones = await Promise.all([Baresip.start(ringwerk.sip, access(1)), Baresip.start(ringwerk.sip, access(2))]);
  for (const [one, other, called] of [[0, 1, 2], [1, 0, 1]] as const) {
    phones[one].dial(called === 2 ? person(2).number : person(1).extension);
    await phones[other].event("CALL_INCOMING");
    phones[other].answer();
    await phones[one].event("CALL_ESTABLISHED");
    phones[one].hangUp();
    await phones[other].event("CALL_CLOSED");
  }
  await Promise.all(phones.map((phone) => phone.stop()));
  const words = (least: number) => "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft ".repeat(3).slice(0, least).trim();
  await long.api("PATCH", "/v1/account", { name: words(100) });
  for (const user of long.company.users) {
    await long.api("PATCH", `/v1/users/${user.id}`, { firstName: words(80), lastName: words(80) });
    await long.api("POST", `/v1/users/${user.id}/devices`, { kind: "voip", label: words(60) });
  }
  const { items } = await long.api<{ items: { id: string; name: string }[] }>("GET", "/v1/locations");
  for (const { id } of items) await long.api("PATCH", `/v1/locations/${id}`, { name: words(80) }).catch(() => undefined);
});
test.afterAll(async () => {
  const index = sheets.map(([name, line]) => `| [${name}](${name}.webp) | ${line} |`);
  if (process.env.RINGWERK_ALL) {
    const known = new Set(sheets.map(([name]) => `${name}.webp`));
    for (const file of readdirSync(folder)) if (!known.has(file) && !file.endsWith("-wide.webp")) rmSync(join(folder, file));
    const head = ["# Pictures", "", "Every page, light and dark, on a wide screen in English and on a narrow one in German. `npm run pictures` in `web/` makes them anew.", "", "| Picture | What it shows |", "|---|---|"];
    writeFileSync(join(folder, "README.md"), [...head, ...index, ""].join("\n"));
  }
  await Promise.all([ringwerk?.stop(), empty?.stop(), long?.stop()]);
});

const open = async (page: Page, path: string, of = ringwerk) => {
  await page.goto(`${of.url}${path}`);
  await page.getByRole("heading", { level: 1 }).waitFor();
};

test("first start and sign-in", async ({ page }) => {
  await open(page, `/setup#${empty.setupToken}`, empty);
  await page.getByLabel("Company").waitFor();
  await sheet(page, "first-start", "The first start: five things are asked.");
  await open(page, "/sign-in");
  await sheet(page, "sign-in", "Signing in.");
  await page.getByLabel("E-mail").fill("nobody@lindner.example");
  await page.getByRole("textbox", { name: /^Password/ }).fill("wrong-wrong-wrong");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  await sheet(page, "sign-in-wrong", "A wrong password.");
  await open(page, "/forgotten");
  await sheet(page, "forgotten", "A forgotten password.");
  await open(page, "/link#rwl_used");
  await page.getByRole("alert").waitFor();
  await sheet(page, "link-used", "A link that was used already.");
  await ringwerk.api("PUT", `/v1/users/${person(10).id}/password`, { password: "seven-otter-violin" });
  await signIn(page, ringwerk, { ...person(10), password: "seven-otter-violin" });
  await open(page, "/telephony");
  await sheet(page, "own-password", "After signing in with a password that an administrator set.");
});

test("users", async ({ page }) => {
  await signIn(page, ringwerk);
  await open(page, "/users");
  await page.getByText(person(1).name).first().waitFor();
  await sheet(page, "users", "All users: who can be reached, by which numbers, and what is missing.", { hero: true });
  for (const at of [1, 2, 3]) await page.getByRole("checkbox", { name: `Select ${person(at).name}` }).check();
  await sheet(page, "users-bulk", "Several users selected.");
  await page.getByRole("region", { name: "Selected users" }).getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByText("return to the account").waitFor();
  await sheet(page, "users-bulk-delete", "Deleting several: what will happen.");
  await open(page, "/users?search=nobody+of+this+name");
  await page.getByText("Nobody found").or(page.getByRole("link", { name: /all/i })).first().waitFor();
  await sheet(page, "users-empty", "A search that finds nobody.");
  await open(page, "/users?show=deleted");
  await page.getByText("Can be brought back until").first().waitFor();
  await sheet(page, "users-deleted", "Deleted users, who can be brought back for 30 days.");
  await page.route("**/v1/users?*", (route) => route.abort());
  await open(page, "/users");
  await page.getByText("This could not be loaded").waitFor();
  await sheet(page, "users-error", "The list could not be loaded.");
  await page.unroute("**/v1/users?*");
  await page.route("**/v1/users?*", () => undefined);
  await open(page, "/users");
  await sheet(page, "users-loading", "The list is on its way.", { busy: true });
});

test("add a user", async ({ page }) => {
  await signIn(page, ringwerk);
  await open(page, "/users/new");
  await page.getByLabel("First name").fill("Mira");
  await page.getByLabel("Last name").fill("Sander");
  await page.getByLabel("E-mail").fill("mira.sander@lindner.example");
  await sheet(page, "add-user-details", "Add User, step 1: who it is.");
  await page.getByRole("button", { name: "Add User" }).click();
  await page.getByRole("heading", { name: "Which phone?" }).waitFor();
  await sheet(page, "add-user-phone", "Step 2: which phone.");
  await page.getByRole("button", { name: "Add device" }).click();
  await page.getByText("Waiting for the phone to connect").waitFor();
  await sheet(page, "add-user-credentials", "Step 2: the access data, shown once, and a code for soft phones.", { hero: true });
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("radio", { name: /proposed/ }).click();
  await sheet(page, "add-user-reach", "Step 3: number, extension, groups.");
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByText("can call and be called").or(page.getByText("Invitation")).first().waitFor();
  await sheet(page, "add-user-done", "Step 4: what this person has now.");
});

test("a user's page", async ({ page }) => {
  await signIn(page, ringwerk);
  await open(page, `/users/${person(1).id}`);
  await page.getByRole("group", { name: /Routing diagram/ }).waitFor();
  await sheet(page, "user", "A user: who can be reached, and what a call does.", { hero: true });
  await page.getByRole("button", { name: "Edit Routing" }).click();
  await page.getByLabel("Ring time of step 1 in seconds").fill("15");
  await page.getByRole("button", { name: "Add Number" }).first().click();
  await sheet(page, "routing-number", "Choosing a number: the free ones first, the taken ones with their owner.");
  await page.getByRole("dialog").getByRole("radio", { name: /belongs to/ }).nth(4).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take and add" }).click();
  await page.getByRole("heading", { level: 1 }).scrollIntoViewIfNeeded();
  await sheet(page, "routing-edit", "Editing in place: changes are tinted and counted.", { hero: true });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("This takes something away").waitFor();
  await sheet(page, "routing-save", "Saving shows the difference, and names whom it takes something from.");
  await page.getByRole("button", { name: "Keep editing" }).click();
  await page.getByRole("button", { name: "Discard" }).click();
  await page.getByRole("button", { name: "History" }).click();
  await page.getByText("as it is now").waitFor();
  await sheet(page, "history", "Every earlier state, with who and when; one click goes back.");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Try a call" }).click();
  await page.getByLabel("Number of the caller").fill("0171 3920017");
  await page.getByLabel("Notebook").selectOption({ label: "Answers after 5 seconds" });
  await page.getByRole("button", { name: "Show what happens" }).click();
  const steps = page.locator(".trial-steps");
  await sheet(page, "trial", "What happens when…: a made-up call, step by step.", { prepare: () => steps.scrollIntoViewIfNeeded(), hero: true });
  await page.getByRole("button", { name: /More for/ }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByText("returns to the account").waitFor();
  await sheet(page, "delete", "Deleting: everything that will happen, before it does.");
});

test("a user's devices and settings", async ({ page }) => {
  await signIn(page, ringwerk);
  await open(page, `/users/${person(1).id}?tab=devices`);
  await page.getByText("Notebook", { exact: true }).waitFor();
  await sheet(page, "devices", "A user's devices: VoIP, mobile and external phones, and what they cost.");
  await page.getByRole("button", { name: "Add New Device" }).click();
  await page.getByRole("radio", { name: /Mobile phone/ }).click();
  await sheet(page, "add-device", "Adding a device shows its price before it costs anything.");
  await page.getByRole("radio", { name: /VoIP phone/ }).click();
  await page.getByRole("dialog").getByLabel("Name of the device").fill("Softphone");
  await page.getByRole("button", { name: /^Add device/ }).click();
  await page.getByText("Waiting for the phone").waitFor();
  await sheet(page, "credentials", "Access data of a VoIP phone, shown once; a code for soft phones.");
  await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
  await page.getByRole("tab", { name: "Permissions Management" }).click();
  await sheet(page, "permissions", "Permissions Management: administrator rights and what they mean.");
  await page.getByRole("tab", { name: "More Settings" }).click();
  await sheet(page, "settings", "More Settings: a cogwheel beside every value.");
  await page.getByRole("button", { name: "Change: Password" }).click();
  await page.getByRole("button", { name: "Set a temporary password" }).click();
  await sheet(page, "settings-password", "A temporary password, to be changed at the first sign-in.");
});

test("a live call", async ({ page }) => {
  await signIn(page, ringwerk);
  const phones = await Promise.all([Baresip.start(ringwerk.sip, access(1)), Baresip.start(ringwerk.sip, access(2))]);
  await open(page, `/users/${person(2).id}`);
  await page.getByRole("group", { name: /Routing diagram/ }).waitFor();
  phones[0].dial(person(2).number);
  await phones[1].event("CALL_INCOMING");
  await page.getByText("A call is coming in right now.").waitFor();
  await sheet(page, "live-ringing", "A call lights its path while it rings.", { hero: true });
  phones[1].answer();
  await phones[0].event("CALL_ESTABLISHED");
  await page.getByText("A call is on right now.").waitFor();
  await sheet(page, "live-talking", "The same call while it is on.");
  phones[0].hangUp();
  await Promise.all(phones.map((phone) => phone.stop()));
});

test("import", async ({ page }) => {
  await signIn(page, ringwerk);
  await open(page, "/users/import");
  await sheet(page, "import", "Importing users from a file.");
  const rows = [
    "First name;Last name;E-mail;Extension;Location;Phones",
    "Ida;Imhoff;ida.imhoff@lindner.example;777;Zentrale;1",
    "Ole;Import;ole@lindner.example;next;Werk;3",
    `Pia;Sommer;pia.sommer@lindner.example;${person(2).extension};Zentrale;1`,
    `${person(4).name.split(" ")[0]};${person(4).name.split(" ")[1]};${person(4).email};;;`,
  ];
  await page.locator("input[type=file]").setInputFiles({ name: "Neue Kolleginnen.csv", mimeType: "text/csv", buffer: Buffer.from(rows.join("\r\n")) });
  await page.getByText("1 row has a problem").waitFor();
  await sheet(page, "import-preview", "Row by row what will happen; nothing is done while a row has a problem.");
});

test("the account", async ({ page }) => {
  await signIn(page, ringwerk);
  for (const [name, path, line] of [
    ["numbers", "/numbers", "All phone numbers, and where each rings."],
    ["locations", "/locations", "Locations with their address, and who is there."],
    ["groups", "/groups", "Groups and their members."],
    ["all-devices", "/devices", "All devices of the account, with a search."],
    ["bills", "/bills", "What this month costs, to the cent."],
    ["account-settings", "/account", "Account Settings: name, country, language, time zone."],
    ["audit", "/audit", "The audit log."],
    ["sessions", "/sessions", "Where one is signed in."],
    ["calls", "/calls", "One's own calls."],
    ["telephony", "/telephony", "My Telephony: the same page for oneself."],
    ["user-settings", "/settings", "One's own User Settings."],
  ] as const) {
    await open(page, path);
    await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
    await sheet(page, name, line);
  }
  await open(page, "/groups");
  await page.getByRole("link", { name: "Empfang" }).click();
  await page.getByRole("group", { name: /Routing diagram/ }).waitFor();
  await sheet(page, "group", "A group: its members, number and extension.");
  await open(page, "/call-list?view=settings");
  await page.getByRole("radio", { name: /^Shortened/ }).click();
  await sheet(page, "call-list-settings", "Itemized Call List: three choices, each with the line that is stored.");
  await open(page, "/call-list");
  await sheet(page, "call-list-pending", "What was chosen counts from the next month on.");
  await signIn(page, ringwerk, person(1));
  await open(page, "/calls");
  await page.getByRole("table").waitFor();
  await sheet(page, "calls-of-a-user", "A user's own calls.");
  await open(page, "/nowhere");
  await sheet(page, "missing", "A page that does not exist.");
});

test("the call list", async ({ page }) => {
  await long.api("PUT", "/v1/call-list/settings", { mode: "doNotSave" });
  await signIn(page, long);
  await open(page, "/call-list", long);
  await sheet(page, "call-list-off", "Nothing is kept of any call.");
});

test("names as long as they may be", async ({ page }) => {
  await signIn(page, long);
  await open(page, "/users", long);
  await page.getByRole("link", { name: /Donaudampf/ }).first().waitFor();
  await sheet(page, "long-users", "Names of 160 characters in the list.");
  await open(page, `/users/${person(1, long).id}`, long);
  await page.getByRole("group", { name: /Routing diagram/ }).waitFor();
  await sheet(page, "long-user", "Names of 160 characters on a user's page.");
  await open(page, "/devices", long);
  await page.getByRole("link", { name: /Donaudampf/ }).first().waitFor();
  await sheet(page, "long-devices", "Names of 160 characters in the list of devices.");
});

test("the operator", async ({ page }) => {
  await open(page, "/operator/sign-in");
  await sheet(page, "operator-sign-in", "The operator signs in.");
  const link = /https?:\/\/\S+/.exec(ringwerk.command("operator", "night.shift@hoster.example"))?.[0];
  await page.goto(`${ringwerk.url}${pathOf(link)}`);
  await page.getByLabel("New password").fill("lantern-otter-violin");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Companies" }).waitFor();
  await page.getByRole("row", { name: new RegExp(ringwerk.company.account.name) }).waitFor();
  await sheet(page, "operator", "The operator's companies, seen from outside.");
  await page.getByRole("button", { name: "Add company" }).first().click();
  await sheet(page, "operator-add", "Adding a company.");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /^More for/ }).first().click();
  await page.getByRole("menuitem", { name: "Suspend" }).click();
  await page.getByRole("dialog").getByText("cannot sign in").waitFor();
  await sheet(page, "operator-suspend", "Suspending a company: what it means.");
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Number pool" }).click();
  await sheet(page, "operator-pool", "The pool of numbers that companies order from.");
  await page.route("**/v1/operator/accounts*", (route) => route.abort());
  await open(page, "/operator");
  await page.getByText("This could not be loaded").waitFor();
  await sheet(page, "operator-error", "The companies could not be loaded.");
});

test("mails", async ({ page }) => {
  await ringwerk.api("PATCH", `/v1/users/${person(6).id}`, { language: "en" });
  await ringwerk.api("POST", `/v1/users/${person(5).id}/invitation`, {});
  await ringwerk.api("POST", "/v1/users", { firstName: "Dora", lastName: "Neumann", email: "dora@lindner.example", language: "de", invite: true });
  await ringwerk.api("POST", "/v1/users", { firstName: "Ella", lastName: "Newman", email: "ella@lindner.example", language: "en", invite: true });
  await ringwerk.api("PUT", `/v1/users/${person(6).id}/password`, { password: "lantern-otter-violin" });
  await ringwerk.api("PUT", `/v1/users/${person(7).id}/password`, { password: "lantern-otter-violin" });
  await ringwerk.api("POST", `/v1/users/${person(8).id}/email-change`, { email: "moved@lindner.example" });
  const files = () => readdirSync(ringwerk.mailFolder).filter((name) => name.endsWith(".eml"));
  await expect.poll(() => files().length).toBeGreaterThanOrEqual(7);
  const shots = [];
  const size = { width: 620, height: 760 };
  await page.setViewportSize(size);
  for (const [at, name] of files().toSorted().entries()) {
    const html = htmlOf(readFileSync(join(ringwerk.mailFolder, name), "utf8"));
    if (!html) continue;
    await page.emulateMedia({ colorScheme: at % 2 ? "dark" : "light" });
    await page.goto("about:blank");
    await page.setContent(html);
    const picture = (await page.screenshot()).toString("base64");
    shots.push({ picture, x: 24 + (at % 4) * (size.width + 24), y: 24 + Math.floor(at / 4) * (size.height + 24), ...size });
    if (process.env.RINGWERK_SHOTS) writeFileSync(join(process.env.RINGWERK_SHOTS, `mail-${at}.png`), Buffer.from(picture, "base64"));
  }
  sheets.push(["mails", "Mails, as a mail program shows them, light and dark."]);
  await page.setViewportSize(sizes.wide);
  keep("mails", await compose(page, shots, 4 * (size.width + 24) + 24, 2 * (size.height + 24) + 24, 0.5));
});

/** The part of a mail for reading with pictures. */
function htmlOf(source: string): string | undefined {
  const part = /content-type: text\/html[^]*?\r?\n\r?\n([^]*?)\r?\n--/i.exec(source);
  const head = /content-type: text\/html[^]*?\r?\n\r?\n/i.exec(source)?.[0] ?? "";
  const encoding = `${head}${source.slice(Math.max(0, (part?.index ?? 0) - 200), part?.index)}`;
  const body = part?.[1] ?? "";
  if (/base64/i.test(encoding)) return Buffer.from(body, "base64").toString("utf8");
  if (!/quoted-printable/i.test(encoding)) return body || undefined;
  const bytes = body.replaceAll(/=\r?\n/g, "").replaceAll(/=([\dA-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}
