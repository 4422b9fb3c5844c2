/** "Creating a User Profile": from signing in to a telephone that rings. */
import { expect } from "@playwright/test";

import { mailTo, pathOf } from "../mailbox";
import { chapter, type Scene } from "./chapter";
import { said } from "./words";

const PASSWORD = "lantern-otter-violin";

const told = chapter("Creating a User Profile", 60);

/** A user of this reader's, made without the page, where the page goes on. */
async function newcomer({ ringwerk, name }: Scene, stem: string, more: object = {}) {
  return ringwerk.api<{ id: string; name: string }>("POST", "/v1/users", { firstName: stem, lastName: name("Neu"), ...more });
}

told("Log into your account as an Administrator. Navigate to Account Management, Telephony, Users. Click on Add User.", async ({ reader, ringwerk }) => {
  const sessions = async () => (await ringwerk.api<{ items: unknown[] }>("GET", "/v1/sessions")).items.length;
  const before = await sessions();
  await reader.open();
  await reader.write("identity:signIn.email", ringwerk.company.admin.email);
  await reader.write("identity:signIn.password", ringwerk.company.admin.password);
  await reader.press("identity:signIn.submit");
  await reader.arrives("users:title");
  expect(await sessions()).toBe(before + 1);
  await reader.go("app:navigation.calls");
  await reader.go("app:navigation.users");
  await reader.press("users:add");
  await reader.sees("users:new.details");
});

told("Fill in the User's personal details. Select the location. Decide whether the User should have Administrator privileges. Click Add User.", async ({ reader, ringwerk, page, name, signedIn }) => {
  const email = `${name("mira")}@lindner.example`;
  const { items } = await ringwerk.api<{ items: { id: string; name: string; street: string; number: string; city: string }[] }>("GET", "/v1/locations");
  const place = items.find((location) => location.name === "Werk");
  await signedIn();
  await reader.open("/users");
  await reader.press("users:add");
  await reader.write("users:new.firstName", "Mira");
  await reader.write("users:new.lastName", name("Sander"));
  await reader.write("users:new.email", email);
  await reader.pick("users:new.location", said(`${place?.name}, ${place?.street} ${place?.number}, ${place?.city}`));
  await reader.toggle("users:new.administrator");
  await reader.press("users:new.create");
  await reader.sees("users:new.phone");

  const [user] = (await ringwerk.api<{ items: { location: string; role: string }[] }>("GET", `/v1/users?search=${encodeURIComponent(name("Sander"))}`)).items;
  expect(user).toMatchObject({ location: place?.id, role: "administrator" });
  // The invitation leads her in, as the administrator she was made.
  const mail = await mailTo(ringwerk, email);
  await page.context().clearCookies();
  await reader.open(pathOf(mail.links[0]));
  await reader.write("identity:link.password", PASSWORD);
  await reader.press("identity:link.submit");
  await reader.arrives("users:title");
});

told("Choose the initial device setup by adding a VoIP phone to the User's profile.", async (scene) => {
  const { reader, ringwerk, signedIn, phone, rings } = scene;
  const user = await newcomer(scene, "Vera");
  const { number } = await ringwerk.api<{ number: string }>("POST", "/v1/extensions", { number: (await free(scene)), owner: { type: "user", id: user.id } });
  await signedIn();
  await reader.open(`/users/new?user=${user.id}&step=phone`);
  await reader.choose("devices:kind.voip.name");
  await reader.write("devices:label", "Werkbank");
  await reader.press("devices:addAction");
  const desk = await phone(await reader.access());
  await reader.sees(reader.say("devices:credentials.connected", { label: "Werkbank" }));
  await rings(number, desk);
  await reader.press("app:action.next");
  await reader.sees(reader.say("users:new.reach", { name: user.name }));
});

told("If unsure, you can edit this setting later.", async (scene) => {
  const { reader, ringwerk, signedIn, phone, rings } = scene;
  const user = await newcomer(scene, "Uta");
  await signedIn();
  await reader.open(`/users/new?user=${user.id}&step=phone`);
  await reader.choose("users:new.phoneLater");
  await reader.press("app:action.next");
  await reader.press("app:action.next");
  await reader.sees(reader.say("users:new.done", { name: user.name }));
  // Later, from where the page says what is missing.
  await reader.press("users:finding.noPhone");
  await reader.press("devices:addAction");
  const desk = await phone(await reader.access());
  await reader.sees(reader.say("devices:credentials.connected", { label: reader.say("devices:kind.voip.label").said }));
  const { extensions } = await ringwerk.api<{ extensions: string[] }>("GET", `/v1/users/${user.id}`);
  await rings(extensions[0] ?? "", desk);
});

told("Assign a phone number, an extension and a group. Use the symbols to check existing allocations.", async (scene) => {
  const { reader, ringwerk, signedIn, phone, rings, another, name } = scene;
  const [user, other] = [await newcomer(scene, "Nora"), another()];
  const group = await ringwerk.api<{ id: string }>("POST", "/v1/groups", { name: name("Vertrieb") });
  const groupExtension = await free(scene);
  await ringwerk.api("POST", "/v1/extensions", { number: groupExtension, owner: { type: "group", id: group.id } });
  const device = await ringwerk.api<{ credentials: Parameters<Scene["phone"]>[0] }>("POST", `/v1/users/${user.id}/devices`, { kind: "voip", label: "Tisch" });
  await signedIn();
  await reader.open(`/users/new?user=${user.id}&step=reach`);

  // What is taken says by whom; taking it asks.
  await reader.write("routing:extension.label", other.extension);
  const proposal = (await ringwerk.api<{ proposal: string }>("GET", `/v1/extensions/${other.extension}/availability`)).proposal;
  await reader.sees(reader.say("routing:extension.takenBy", { number: other.extension, owner: other.name, proposal }));
  await reader.press(reader.say("routing:extension.use", { proposal }));
  await reader.sees(reader.say("routing:extension.free", { number: proposal }));
  await reader.press("routing:extension.showTaken");
  await reader.sees(other.extension ? said(other.name) : said(""));
  await reader.write("routing:number.search", other.number.slice(-5));
  await reader.sees(reader.say("routing:number.taken", { owner: other.name }));
  await reader.choose(said(reader.number(other.number)));
  await reader.sees(reader.say("users:new.takesNumber", { owner: other.name, name: user.name }));
  await reader.toggle(said(name("Vertrieb")));
  await reader.press("users:new.takeAndNext");
  await reader.sees(reader.say("users:new.done", { name: user.name }));

  const desk = await phone(device.credentials);
  for (const dialled of [other.number, proposal, groupExtension]) await rings(dialled, desk);
  expect(await ringwerk.api("GET", `/v1/users/${other.id}`)).toMatchObject({ numbers: [], extensions: [other.extension] });
});

/** An extension that nobody has. */
async function free({ ringwerk }: Scene): Promise<string> {
  const { free: is, number, proposal } = await ringwerk.api<{ free: boolean; number: string; proposal: string }>("GET", "/v1/extensions/10/availability");
  return is ? number : proposal;
}

