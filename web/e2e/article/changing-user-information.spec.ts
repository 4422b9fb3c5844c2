/** "Changing User Information": by the user himself and by the administrator; each change is seen from outside. */
import { expect } from "@playwright/test";

import { mailTo, pathOf } from "../mailbox";
import { accessOf, chapter, letIn } from "./chapter";
import { said } from "./words";

const PASSWORD = "lantern-otter-violin";

const told = chapter("Changing User Information", 60);

told("Users can change their personal data under My Telephony, User Settings.", async ({ reader, ringwerk, person, another, signedIn, phone, rings, name }) => {
  const called = another();
  await signedIn(person);
  await reader.open();
  await reader.go("app:navigation.settings");
  await reader.press(reader.say("users:settings.change", { field: reader.say("users:settings.name").said }));
  await reader.write("users:settings.firstName", "Selma");
  await reader.write("users:settings.lastName", name("Selbst"));
  await reader.press("app:action.save");
  await reader.sees(said(`Selma ${name("Selbst")}`));
  // The telephone of whoever is called shows it.
  expect(await rings(called.extension, await phone(accessOf(ringwerk, called)), person)).toBe(`Selma ${name("Selbst")}`);

  await reader.press(reader.say("users:settings.change", { field: reader.say("users:settings.password").said }));
  await reader.write("users:settings.passwordCurrent", person.password);
  await reader.write("users:settings.passwordNew", PASSWORD);
  await reader.press("app:action.save");
  await reader.sees("users:settings.passwordDone");
  expect(await letIn(ringwerk, person.email, person.password)).toBeUndefined();
  expect(await letIn(ringwerk, person.email, PASSWORD)).toBeDefined();
});

told("Navigate to Telephony, Users. Select the User, More Settings, the cogwheel next to the first and last name, and save.", async ({ reader, ringwerk, person, another, signedIn, phone, rings, name }) => {
  const called = another();
  await signedIn();
  await reader.open("/bills");
  await reader.visit(person.name);
  await reader.press("users:tab.settings");
  await reader.press(reader.say("users:settings.change", { field: reader.say("users:settings.name").said }));
  await reader.write("users:settings.firstName", "Renate");
  await reader.write("users:settings.lastName", name("Neumann"));
  await reader.press("app:action.save");
  await reader.arrives(said(`Renate ${name("Neumann")}`));
  expect(await rings(called.extension, await phone(accessOf(ringwerk, called)), person)).toBe(`Renate ${name("Neumann")}`);
});

told("Modify the User's email address, requiring email confirmation.", async ({ reader, ringwerk, person, page, signedIn, name }) => {
  const email = `${name("moved")}@lindner.example`;
  await signedIn();
  await reader.open("/groups");
  await reader.visit(person.name);
  await reader.press("users:tab.settings");
  await reader.press(reader.say("users:settings.change", { field: reader.say("users:settings.email").said }));
  await reader.write("users:settings.email", email);
  await reader.press("settings:email.send");
  await reader.sees(reader.say("settings:email.sent", { email }));
  await reader.press("app:action.done");
  await reader.sees(reader.say("settings:email.pending", { email, current: person.email }));

  // The old mailbox is told; the new address counts when it is confirmed from there, and not before.
  await mailTo(ringwerk, person.email, new RegExp(email));
  const mail = await mailTo(ringwerk, email);
  expect(await letIn(ringwerk, email, person.password)).toBeUndefined();
  await page.context().clearCookies();
  await reader.open(pathOf(mail.links[0]));
  await reader.press("identity:confirmEmail.action");
  await reader.arrives("identity:confirmEmail.doneTitle");
  expect(await letIn(ringwerk, email, person.password)).toBeDefined();
  expect(await letIn(ringwerk, person.email, person.password)).toBeUndefined();
});

told("Navigate to User Settings. Under Locations, assign the User to a predefined location. Save the changes.", async ({ reader, ringwerk, person, signedIn, name }) => {
  // One that emergency services could not find, until the user says where he works.
  const nowhere = await ringwerk.api<{ id: string }>("POST", "/v1/locations", { name: name("Baustelle"), country: "DE" });
  await ringwerk.api("PATCH", `/v1/users/${person.id}`, { location: nowhere.id });
  const codes = async () => (await ringwerk.api<{ findings: { code: string }[] }>("GET", `/v1/users/${person.id}`)).findings.map(({ code }) => code);
  expect(await codes()).toContain("locationWithoutEmergencyAddress");
  await signedIn(person);
  await reader.open();
  await reader.go("app:navigation.settings");
  await reader.press(reader.say("users:settings.change", { field: reader.say("users:settings.location").said }));
  await reader.pick("users:settings.location", said("Werk, Am Hafen 3, Hamburg"));
  await reader.press("app:action.save");
  await reader.sees(said("Werk"));
  await expect.poll(codes).not.toContain("locationWithoutEmergencyAddress");
});

told("Go to Account Management, Users. Click the arrow next to the name. In Permissions Management, toggle Administrator Rights to blue.", async ({ reader, ringwerk, person, page, signedIn }) => {
  expect(await (await letIn(ringwerk, person.email, person.password))?.("/v1/audit")).toBe(403);
  await signedIn();
  await reader.open("/numbers");
  await reader.go("app:navigation.users");
  await reader.write("users:search", person.name);
  await reader.menu(reader.say("people:where", { name: person.name }), "users:tab.permissions");
  await reader.arrives(said(person.name));
  await reader.toggle("settings:permissions.rights");
  await reader.sees(reader.say("settings:permissions.granted", { name: person.name }));
  expect(await reader.switched("settings:permissions.rights")).toBe(true);
  const track = page.locator(".mantine-Switch-track").first();
  await expect.poll(() => track.evaluate((element) => getComputedStyle(element).backgroundColor)).toBe("rgb(36, 87, 214)");
  expect(await (await letIn(ringwerk, person.email, person.password))?.("/v1/audit")).toBe(200);
});
