import { expect, test } from "vitest";

const files = import.meta.glob<object>("./{de,en}/*.json", { eager: true, import: "default" });
const names = Object.keys(files).filter((path) => path.startsWith("./en/"));

function keys(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => keys(inner, path ? `${path}.${key}` : key));
}

test("both languages have the same files", () => expect(Object.keys(files)).toHaveLength(2 * names.length));

test.each(names)("German says everything that English says in %s, and nothing else", (name) => {
  expect(keys(files[name.replace("/en/", "/de/")]).toSorted()).toEqual(keys(files[name]).toSorted());
});

test("nobody shouts", () => expect(JSON.stringify(files)).not.toContain("!"));
