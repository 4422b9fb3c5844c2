import { expect, test } from "vitest";

import { oneStop } from "./oneStop";

test("Tab stops once, at the chosen one or else at the first", () => {
  const values = ["a", "b", "c"];
  expect(values.map(oneStop(values, "b"))).toEqual([-1, 0, -1]);
  expect(values.map(oneStop(values, ""))).toEqual([0, -1, -1]);
  expect(values.map(oneStop(["x"], "x"))).toEqual([-1, -1, -1]);
});
