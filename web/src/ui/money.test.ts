import { expect, test } from "vitest";

import { money } from "./money";

test.each([
  [{ minor: 495, currency: "EUR" }, "en", "€4.95"],
  [{ minor: 495, currency: "EUR" }, "de", "4,95 €"],
  [{ minor: 0, currency: "EUR" }, "en", "€0.00"],
  [{ minor: 500, currency: "JPY" }, "en", "¥500"],
])("%o in %s is %s", (amount, language, words) => expect(money(amount, language).replaceAll("\u00a0", " ")).toBe(words));
