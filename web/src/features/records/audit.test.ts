import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import de from "../../i18n/de/records.json";

const office = join(import.meta.dirname, "../../../../crates/office/src");

/** Whatever the office writes into an account's audit log; what only operators see is read elsewhere. */
function actions(): string[] {
  const sources = readdirSync(office, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".rs"));
  const written = sources.flatMap((name) => [...readFileSync(join(office, name), "utf8").matchAll(/(?:Change::new\(\s*|\bview\([^"]*)"([A-Za-z]+\.[A-Za-z]+)"/g)]);
  return [...new Set(written.map(([, action]) => action ?? ""))];
}

test("every entry of the audit log is said in words", () => {
  const all = actions();
  expect(all.length).toBeGreaterThan(30);
  expect(all.filter((action) => !(action.replaceAll(".", "-") in de.audit.action))).toEqual([]);
});
