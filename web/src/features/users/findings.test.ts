import { expect, test } from "vitest";

import { mendAt, toMend } from "./findings";

const finding = (code: string) => ({ code, severity: "stopsCalls" });

test("the worst comes first, and a missing number is said once", () => {
  const codes = toMend([finding("noLocation"), finding("callerNumberMissing"), finding("noNumber"), finding("noPhone")]).map(({ code }) => code);
  expect(codes).toEqual(["noPhone", "noNumber", "noLocation"]);
});

test("with a number of one's own, a missing caller number is said", () => {
  expect(toMend([finding("callerNumberMissing")])).toHaveLength(1);
});

test("everything leads to the place where it is mended", () => {
  expect(mendAt("noPhone")).toEqual({ tab: "devices", edit: "phone" });
  expect(mendAt("noNumber")).toEqual({ tab: "routing", edit: "number" });
  expect(mendAt("noLocation")).toEqual({ tab: "settings" });
});
