import { expect, test } from "vitest";

import { grouped, readable, withoutEnd } from "./phoneNumber";

test.each([
  ["+493023125001", "030 2312 5001"],
  ["+492119000917", "0211 900 0917"],
  ["+4915112345678", "0151 1234 5678"],
  ["+4933120123", "0331 20123"],
  ["+43123456789", "+43 123 456 789"],
  ["110", "110"],
  ["anonymous", "anonymous"],
])("%s is read as %s", (number, words) => expect(readable(number)).toBe(words));

test("abroad, the country is said", () => expect(readable("+493023125001", "FR")).toBe("+49 30 2312 5001"));

test("no digit is lost or left alone", () => {
  for (let length = 1; length <= 13; length++) {
    const digits = "1234567890123".slice(0, length);
    expect(grouped(digits).replaceAll(" ", "")).toBe(digits);
    if (length > 1) for (const group of grouped(digits).split(" ")) expect(group.length).toBeGreaterThan(1);
  }
});

test("shortened numbers are grouped like whole ones, whatever stands between the digits", () => {
  expect(readable("+4930231250xxx")).toBe(withoutEnd(readable("+4930231250017")));
  expect(withoutEnd("0211 9000 9317")).toBe("0211 9000 9xxx");
  expect(withoutEnd("11 0")).toBe("xx x");
});
