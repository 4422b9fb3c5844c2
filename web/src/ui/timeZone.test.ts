import { expect, test } from "vitest";

import { monthThere, startOfDay, zoneName, zonesWith } from "./timeZone";

test("a day begins when it does there, also where the clocks change", () => {
  expect(startOfDay("2026-11-24", "Europe/Berlin").toISOString()).toBe("2026-11-23T23:00:00.000Z");
  expect(startOfDay("2026-03-29", "Europe/Berlin").toISOString()).toBe("2026-03-28T23:00:00.000Z");
  expect(startOfDay("2026-03-29", "Europe/Berlin", 1).toISOString()).toBe("2026-03-29T22:00:00.000Z");
  expect(startOfDay("2026-10-25", "Europe/Berlin", 1).toISOString()).toBe("2026-10-25T23:00:00.000Z");
  expect(startOfDay("2026-12-31", "Pacific/Auckland", 1).toISOString()).toBe("2026-12-31T11:00:00.000Z");
  expect(startOfDay("2026-01-01", "America/New_York").toISOString()).toBe("2026-01-01T05:00:00.000Z");
});

test("a month may have begun there already", () => {
  const evening = new Date("2026-11-30T12:00:00Z");
  expect([monthThere(evening, "Europe/Berlin"), monthThere(evening, "Pacific/Auckland")]).toEqual([
    [2026, 10],
    [2026, 11],
  ]);
});

test("zones are named with their offset, and the present one is among them", () => {
  expect(zoneName("Asia/Tokyo", "en")).toBe("Asia/Tokyo (GMT+9)");
  expect(zoneName("Nowhere/Else", "en")).toBe("Nowhere/Else");
  expect(zonesWith("Nowhere/Else")[0]).toBe("Nowhere/Else");
});
