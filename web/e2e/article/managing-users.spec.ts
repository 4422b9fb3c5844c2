/** "Managing Users": deleted, given numbers and extensions later, and further devices. */
import { expect } from "@playwright/test";

import { money } from "../../src/ui/money";
import { type Access, register } from "../phone";
import { accessOf, chapter, type Scene } from "./chapter";
import { said } from "./words";

const told = chapter("Managing Users", 60);

/** A user with a telephone and nothing that leads to it. */
async function unreachable({ ringwerk, name }: Scene, stem: string) {
  const user = await ringwerk.api<{ id: string; name: string }>("POST", "/v1/users", { firstName: stem, lastName: name("Neu") });
  const device = await ringwerk.api<{ credentials: Access }>("POST", `/v1/users/${user.id}/devices`, { kind: "voip", label: "Tisch" });
  return { ...user, access: device.credentials };
}

told("Navigate to Account Management, Users, the name. Click the three-dot menu and select Delete.", async ({ reader, ringwerk, person, signedIn }) => {
  await register(ringwerk.sip, accessOf(ringwerk, person));
  await signedIn();
  await reader.open("/calls");
  await reader.visit(person.name);
  await reader.menu(reader.say("users:menu.label", { name: person.name }), "users:menu.delete");
  // First everything that will happen.
  await reader.sees(reader.say("users:delete.extensions", { count: 1, list: person.extension }));
  await reader.press(reader.say("users:delete.action", { name: person.name }));
  await reader.sees(reader.say("users:delete.done", { name: person.name }));
  await reader.arrives("users:title");
  await expect(register(ringwerk.sip, accessOf(ringwerk, person))).rejects.toThrow(/40[13]/);
  const { items } = await ringwerk.api<{ items: { number: string; owner: object | null }[] }>("GET", `/v1/numbers?search=${person.number.slice(1)}`);
  expect(items).toMatchObject([{ number: person.number, owner: null }]);
});

told("Go to Users, Routing. Click Edit Routing in the routing diagram, Add Number, and Add Extension with the desired digits.", async (scene) => {
  const { reader, signedIn, phone, rings, another } = scene;
  const [user, other] = [await unreachable(scene, "Rosa"), another()];
  const number = await spare(scene);
  await signedIn();
  await reader.open();
  await reader.visit(user.name);
  await reader.press("routing:edit");
  await reader.press("routing:number.add");
  await reader.write("routing:number.search", number.slice(-5));
  await reader.choose(said(`${reader.number(number)}`));
  await reader.press("routing:number.add");
  await reader.sees(reader.say("routing:change.count", { count: 1 }));
  // One that is taken says whose it is, and asks.
  await reader.press("routing:extension.add");
  await reader.write("routing:extension.label", other.extension);
  await reader.sees(reader.say("routing:extension.moveText", { owner: other.name }));
  await reader.press("routing:extension.take");
  await reader.sees(reader.say("routing:change.count", { count: 2 }));
  await reader.press("app:action.save");
  await reader.sees(reader.say("routing:change.extensionMoved", { number: other.extension, owner: other.name }));
  await reader.press("routing:save.take");
  await reader.sees("routing:change.saved");

  const desk = await phone(user.access);
  for (const dialled of [number, other.extension]) await rings(dialled, desk);
});

told("Navigate to My Telephony. Click Telephony and select Edit Routing. Choose Add New Device: VoIP phones, mobile devices, or external phones.", async (scene) => {
  const { reader, ringwerk, person, signedIn, phone, rings, another, name } = scene;
  const [mobile, home] = [another(), another()];
  await ringwerk.api("DELETE", `/v1/devices/${(await devices(scene))[0]?.id}`);
  await signedIn(person);
  await reader.open("/settings");
  await reader.go("app:navigation.myPhones");
  await reader.press("routing:edit");

  await reader.press("routing:card.addPhone");
  await reader.choose("devices:kind.voip.name");
  await reader.write("devices:label", name("Notebook"));
  await reader.press("devices:addAction");
  const desk = await phone(await reader.access());
  await reader.sees(reader.say("devices:credentials.connected", { label: name("Notebook") }));
  await reader.press("app:action.done");

  await reader.press("routing:card.addPhone");
  await reader.choose("devices:kind.mobile.name");
  await reader.write("devices:number.label", reader.number(mobile.number));
  await reader.press("devices:addAction");
  await reader.sees(reader.say("devices:added", { label: reader.say("devices:kind.mobile.label").said }));
  await reader.press("app:action.done");

  // Beyond the first two, the fee is said before it is owed.
  await reader.press("routing:card.addPhone");
  await reader.choose("devices:kind.external.name");
  await reader.write("devices:number.label", home.number);
  await reader.sees(reader.say("devices:price.costs", { monthly: money({ minor: 495, currency: "EUR" }, reader.language) }));
  await reader.press("devices:addForFee");
  await reader.sees(reader.say("devices:added", { label: reader.say("devices:kind.external.label").said }));
  await reader.press("app:action.done");
  expect((await devices(scene)).map(({ kind, fee }) => [kind, fee?.minor])).toEqual([["voip", undefined], ["mobile", undefined], ["external", 495]]);
  const { items } = await ringwerk.api<{ items: { kind: string; user?: { id: string }; monthly: { minor: number } }[] }>("GET", "/v1/bills/current");
  expect(items.filter(({ kind, user }) => kind === "device" && user?.id === person.id).map(({ monthly }) => monthly.minor)).toEqual([495]);

  // All three ring: the telephone itself, and those that are called by their numbers.
  const [mobileRings, homeRings] = [await phone(accessOf(ringwerk, mobile)), await phone(accessOf(ringwerk, home))];
  await rings(person.extension, desk);
  await Promise.all([mobileRings.event("CALL_INCOMING"), homeRings.event("CALL_INCOMING")]);
});

async function devices({ ringwerk, person }: Scene) {
  return (await ringwerk.api<{ items: { id: string; kind: string; fee: { minor: number } | null }[] }>("GET", `/v1/users/${person.id}/devices`)).items;
}

/** A number of the account that rings nobody, made for this reader. */
async function spare({ ringwerk, person }: Scene): Promise<string> {
  const number = `+4930231259${person.number.slice(-2)}`;
  await ringwerk.api("POST", "/v1/numbers", { number });
  return number;
}
