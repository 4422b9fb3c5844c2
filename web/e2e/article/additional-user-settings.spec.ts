/** "Additional User Settings": passwords and the newsletter. */
import { writeFileSync } from "node:fs";

import { expect, test } from "@playwright/test";

import { mailTo, pathOf } from "../mailbox";
import { accessible } from "../stories";
import { chapter, letIn } from "./chapter";

const PASSWORD = "lantern-otter-violin";

const told = chapter("Additional User Settings", 30);

told("Reset a User's password under More Settings.", async ({ reader, ringwerk, person, page, signedIn }) => {
  await signedIn();
  await reader.open("/devices");
  await reader.visit(person.name);
  await reader.press("users:tab.settings");
  await reader.press(reader.say("users:settings.change", { field: reader.say("users:settings.password").said }));
  await reader.press("settings:password.mailReset");
  await reader.sees(reader.say("settings:password.mailed", { email: person.email }));

  const mail = await mailTo(ringwerk, person.email);
  await page.context().clearCookies();
  await reader.open(pathOf(mail.links[0]));
  await reader.write("identity:link.password", PASSWORD);
  await reader.press("identity:link.submit");
  await reader.arrives({ said: person.name });
  expect(await letIn(ringwerk, person.email, PASSWORD)).toBeDefined();
  expect(await letIn(ringwerk, person.email, person.password)).toBeUndefined();
});

told("Users can subscribe to the newsletter.", async ({ reader, ringwerk, person, page, signedIn, name }) => {
  await signedIn(person);
  await reader.open();
  await reader.go("app:navigation.settings");
  await reader.toggle("settings:newsletter.label");
  await reader.sees(reader.say("settings:newsletter.pending", { email: person.email }));
  await accessible(page);
  const mail = await mailTo(ringwerk, person.email);
  await reader.open(pathOf(mail.links[0]));
  await reader.arrives("identity:confirmNewsletter.title");
  await accessible(page);
  await reader.press("identity:confirmNewsletter.action");
  await reader.arrives("identity:confirmNewsletter.doneTitle");

  const issue = test.info().outputPath("issue.txt");
  writeFileSync(issue, `${name("News")}\n\nRinging got better.\n--- de\n${name("News")}\n\nDas Klingeln ist besser geworden.\n`);
  ringwerk.command("newsletter", issue);
  await mailTo(ringwerk, person.email, new RegExp(name("News")));
});
