import { expect, test } from "vitest";

import { suggestPassword } from "./suggest";

test("a suggested password can be read out and is never the same", () => {
  const many = Array.from({ length: 50 }, suggestPassword);
  for (const one of many) expect(one).toMatch(/^[b-z2-9]{4}(-[b-z2-9]{4}){3}$/);
  expect(new Set(many).size).toBe(50);
});
