import { expect, test } from "vitest";

import { csvLine, template } from "./template";

test("cells that would fall apart stand in quotes", () => {
  expect(csvLine(["a", 'the "b"', "c;d", "e,f"], ";")).toBe('a;"the ""b""";"c;d";"e,f"');
});

test("the template is what spreadsheets of that language open", () => {
  expect(template(["Vorname", "E-Mail"], ["Anna", "a@b.example"], "de")).toBe("\uFEFFVorname;E-Mail\r\nAnna;a@b.example\r\n");
  expect(template(["First name"], ["Anna"], "en")).toContain("First name\r\n");
});
