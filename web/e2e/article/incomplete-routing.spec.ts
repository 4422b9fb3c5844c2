/** "If routing is incomplete, a notification will appear on the overview page": it counts the whole account, so each reader has one. */
import { expect } from "@playwright/test";

import { type Access, register } from "../phone";
import { accessOf, chapter } from "./chapter";

const told = chapter("Assigning Phone Numbers and Extensions Later", 6, true);

told("If routing is incomplete, a notification will appear on the overview page.", async ({ reader, ringwerk, signedIn, phone, rings, name, person }) => {
  const { users } = ringwerk.company;
  const connected = await Promise.all(users.map((user) => register(ringwerk.sip, accessOf(ringwerk, user))));
  const user = await ringwerk.api<{ id: string; name: string }>("POST", "/v1/users", { firstName: "Karla", lastName: name("Neu") });
  const { credentials } = await ringwerk.api<{ credentials: Access }>("POST", `/v1/users/${user.id}/devices`, { kind: "voip", label: "Tisch" });
  const desk = await phone(credentials);
  await signedIn();
  await reader.open("/users");
  const notice = reader.say("users:notYet", { count: 1 });
  await reader.sees(notice);
  await reader.press("users:showThem");
  await reader.press("users:finding.noNumber");
  // Where it is missing, it is added.
  const { items } = await ringwerk.api<{ items: { number: string }[] }>("GET", "/v1/numbers?unassigned=true");
  await reader.choose({ said: reader.number(items[0]?.number ?? "") });
  await reader.press("routing:number.add");
  await reader.press("routing:extension.add");
  await reader.write("routing:extension.label", "4711");
  await reader.press("routing:extension.add");
  await reader.press("app:action.save");
  await reader.press(reader.say("routing:save.count", { count: 2 }));
  await reader.sees("routing:change.saved");
  await rings("4711", desk, person);
  expect(await ringwerk.api("GET", `/v1/users/${user.id}`)).toMatchObject({ incomplete: false });
  await reader.go("app:navigation.users");
  await reader.seesNot(notice);
  for (const each of connected) each.close();
});
