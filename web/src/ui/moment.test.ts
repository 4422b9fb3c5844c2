import { expect, test } from "vitest";

import { lasted, said } from "./moment";

const now = Date.parse("2026-11-24T12:00:00Z");

test.each([
  ["2026-11-24T11:59:40Z", "en", "just now"],
  ["2026-11-24T11:59:40Z", "de", "gerade eben"],
  ["2026-11-24T11:57:00Z", "en", "3 minutes ago"],
  ["2026-11-24T07:30:00Z", "de", "vor 4 Stunden"],
])("%s in %s is %s", (moment, language, words) => expect(said(moment, language, now)).toBe(words));

test("older than a day is dated", () => expect(said("2026-11-20T12:00:00Z", "en", now)).toContain("2026"));

test.each([
  [0, "0:00"],
  [187_000, "3:07"],
  [3_729_000, "1:02:09"],
])("%d ms lasted %s", (ms, words) => expect(lasted(ms)).toBe(words));
