import { expect, test } from "vitest";

import { resources } from "./index";

function keys(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => keys(inner, path ? `${path}.${key}` : key));
}

test("German says everything that English says, and nothing else", () => {
  expect(keys(resources.de).toSorted()).toEqual(keys(resources.en).toSorted());
});

test("nobody shouts", () => {
  for (const language of Object.values(resources)) expect(JSON.stringify(language)).not.toContain("!");
});
