import { expect, test } from "vitest";

import { count } from "./parts";

test.each([
  ["", 0, 160],
  ["a", 1, 159],
  ["a".repeat(160), 1, 0],
  ["a".repeat(161), 2, 145],
  ["ä".repeat(307), 3, 152],
  ["€".repeat(80), 1, 0],
  ["€".repeat(153), 3, 151],
  ["ł".repeat(70), 1, 0],
  ["ł".repeat(71), 2, 63],
  ["😀".repeat(35), 1, 0],
  ["😀".repeat(36), 2, 61],
  ["😀".repeat(67), 3, 65],
  ["a".repeat(1530), 10, 0],
  ["a".repeat(1531), 11, 152],
])("%#: a text takes as many parts as the server says", (text, parts, left) => {
  const counted = count(text);
  expect(counted.parts).toBe(parts);
  if (parts > 0) expect(counted.left).toBe(left);
});

test("the character that makes parts smaller is named", () => {
  expect(count("Grüße 😀").special).toBe("😀");
  expect(count("Grüße").special).toBeUndefined();
});
