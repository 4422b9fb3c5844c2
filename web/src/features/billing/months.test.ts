import { expect, test } from "vitest";

import { day, firstOfNextMonth, monthName, monthsSince } from "./months";

const now = new Date(2026, 10, 24, 12);

test("every month since the account was opened, the newest first", () => {
  expect(monthsSince("2026-09-30T12:00:00Z", undefined, now)).toEqual(["2026-11", "2026-10", "2026-09"]);
  expect(monthsSince("2026-11-24T12:00:00Z", undefined, now)).toEqual(["2026-11"]);
  expect(monthsSince("2000-01-01T12:00:00Z", undefined, now)).toHaveLength(36);
  expect(monthsSince("2027-01-01T12:00:00Z", undefined, now)).toEqual(["2026-11"]);
});

test("months and days in words", () => {
  expect(monthName("2026-11", "de")).toBe("November 2026");
  expect(day("2026-12-01", "en-GB")).toBe("1 Dec 2026");
});

test("the next month may lie in the next year", () => {
  expect(firstOfNextMonth(undefined, now)).toBe("2026-12-01");
  expect(firstOfNextMonth(undefined, new Date(2026, 11, 31))).toBe("2027-01-01");
});

test("months are those of the account", () => {
  const evening = new Date("2026-11-30T12:00:00Z");
  expect(monthsSince("2026-11-01T12:00:00Z", "Pacific/Auckland", evening)).toEqual(["2026-12", "2026-11"]);
  expect(firstOfNextMonth("Pacific/Auckland", evening)).toBe("2027-01-01");
});
