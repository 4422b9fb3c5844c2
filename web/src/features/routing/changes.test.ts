import { expect, test } from "vitest";

import { type Before, changes, draftOf, faults, moved, sameStages } from "./changes";

const desk = { id: "dev_1", label: "Desk" };
const mobile = { id: "dev_2", label: "Mobile" };
const before: Before = {
  numbers: [{ id: "num_1", number: "+493023125001" }],
  extension: { id: "ext_1", number: "44" },
  stages: [{ phones: [desk, mobile], seconds: 60 }],
};

test("an untouched draft changes nothing", () => expect(changes(before, draftOf(before))).toEqual([]));

test("what is given back comes before what is taken", () => {
  const from = { type: "user", id: "usr_2", name: "Bernd" } as const;
  const draft = { ...draftOf(before), numbers: [{ id: "num_2", number: "+493023125002", from }], extension: "45" };
  expect(changes(before, draft).map(({ type }) => type)).toEqual(["numberRemoved", "numberAdded", "extensionRemoved", "extensionAdded"]);
});

test("the order of steps and their times count, the order of phones in a step does not", () => {
  expect(sameStages(before.stages, [{ phones: [mobile, desk], seconds: 60 }])).toBe(true);
  expect(sameStages(before.stages, [{ phones: [mobile, desk], seconds: 61 }])).toBe(false);
  expect(sameStages(before.stages, [{ phones: [desk], seconds: 60 }, { phones: [mobile], seconds: 60 }])).toBe(false);
});

test("a step needs a phone and a sensible time", () => {
  expect([...faults([{ phones: [], seconds: 20 }, { phones: [desk], seconds: 4 }, { phones: [desk], seconds: 120 }])]).toEqual([
    [0, "empty"],
    [1, "range"],
  ]);
});

test("moving keeps everything", () => {
  expect(moved(["a", "b", "c"], 2, 0)).toEqual(["c", "a", "b"]);
  expect(moved(["a", "b", "c"], 0, 1)).toEqual(["b", "a", "c"]);
});
