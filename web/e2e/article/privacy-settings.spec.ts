/** "Privacy Settings for Billing": what is kept of calls counts for the whole account, so each reader has one. */
import { expect } from "@playwright/test";

import { day, firstOfNextMonth } from "../../src/features/billing/months";
import { Baresip } from "../baresip";
import { accessOf, chapter, letIn } from "./chapter";
import type { Key } from "./words";

const told = chapter("Additional User Settings", 6, true);

told("Modify call record storage under Account & Bills, Itemized Call List. Choose from Complete, Shortened, or Do Not Save.", async ({ reader, ringwerk, person, signedIn }) => {
  /** Somebody calls outside, where no line leads; that he did is a record all the same. */
  const call = async (digits: string) => {
    const calling = await Baresip.start(ringwerk.sip, accessOf(ringwerk, person));
    calling.dial(`0${digits}`);
    await calling.event("CALL_CLOSED");
    // It would look for a server that is gone after the restart.
    await calling.stop();
  };
  const choose = async (mode: Key, declares: boolean) => {
    await reader.choose(mode);
    if (declares) {
      await reader.toggle("billing:settings.employees");
      await reader.choose("billing:settings.councilNotNeeded");
    }
    await reader.press(reader.say("billing:settings.save", { mode: reader.say(mode).said }));
  };
  const listed = () => table(ringwerk.url, ringwerk.company.apiToken);

  await signedIn();
  await reader.open("/users");
  await reader.go("app:navigation.callList");
  await choose("billing:mode.shortened", true);
  await reader.sees(reader.say("billing:settings.saved", { mode: reader.say("billing:mode.shortened").said }));
  await call("301246579");
  await expect.poll(listed).toContain("+49301246xxx");
  expect(await listed()).not.toContain("301246579");

  // More is kept from the first of the next month on: until then calls are shortened.
  await reader.press("billing:callList.change");
  await choose("billing:mode.complete", true);
  await reader.sees(reader.say("billing:callList.pending", { mode: reader.say("billing:mode.complete").said, from: day(firstOfNextMonth(), reader.language) }));
  const { pending } = await ringwerk.api<{ pending: { mode: string; from: string } }>("GET", "/v1/call-list/settings");
  expect(pending.mode).toBe("complete");
  // A page that is open would listen on until the server stops waiting for it.
  await reader.leave();
  await ringwerk.restart(new Date(Date.parse(pending.from) + 60_000));
  await call("301357468");
  await expect.poll(listed).toContain("+49301357468");

  await signedIn();
  await reader.open("/users");
  await reader.go("app:navigation.callList");
  await reader.press("billing:callList.change");
  await choose("billing:mode.doNotSave", false);
  await reader.sees("billing:callList.notKept");
  await call("301112223");
  // Not even for the person who made it.
  const own = await letIn(ringwerk, person.email, person.password);
  expect(await own?.("/v1/calls")).toBe(200);
  expect(ringwerk.keeps("301112223")).toBe(false);
  expect(ringwerk.keeps("301357468")).toBe(true);
});

/** The Itemized Call List as a file for spreadsheets. */
async function table(url: string, token: string): Promise<string> {
  return (await fetch(`${url}/v1/call-list.csv`, { headers: { authorization: `Bearer ${token}` } })).text();
}
