import { expect, test } from "vitest";

import { keepsLess } from "./keepsLess";

test.each([
  ["complete", "shortened", true],
  ["complete", "doNotSave", true],
  ["shortened", "complete", false],
  ["doNotSave", "shortened", false],
  ["shortened", "shortened", true],
  [null, "doNotSave", true],
  [null, "shortened", true],
  [null, "complete", false],
] as const)("from %s to %s counts at once: %s", (from, to, atOnce) => expect(keepsLess(from, to)).toBe(atOnce));
