import { expect, test } from "vitest";

import { preview, previewStages } from "./preview";

test("what is missing is drawn as a gap", () => {
  const { nodes, edges } = preview({ name: "Anna", numbers: [], phones: [], seconds: 60 });
  expect(nodes.map(({ id }) => id)).toEqual(["gap:noNumber", "gap:noExtension", "person", "gap:noPhone"]);
  expect(edges).toContainEqual({ from: "person", to: "gap:noPhone", kind: { type: "first" }, label: "" });
});

test("steps follow each other in columns, with the time between them", () => {
  const phone = (id: string) => ({ id, label: id });
  const { nodes, edges } = previewStages({
    name: "Anna",
    numbers: ["+493023125001"],
    extension: "44",
    stages: [
      { phones: [phone("a"), phone("b")], seconds: 20 },
      { phones: [], seconds: 20 },
      { phones: [phone("c")], seconds: 30 },
    ],
  });
  expect(nodes.filter(({ kind }) => kind === "device").map(({ column }) => column)).toEqual([2, 2, 3]);
  expect(edges).toContainEqual({ from: "person", to: "step0:b", kind: { type: "together" }, label: "" });
  expect(edges).toContainEqual({ from: "step0:a", to: "step1:c", kind: { type: "after", seconds: 20 }, label: "" });
  expect(edges).toContainEqual({ from: "step1:c", to: "ending", kind: { type: "after", seconds: 30 }, label: "" });
});
