import { expect, test } from "vitest";

import { carried, changes, type Draft, faults, moved, rebased, sameStages, takenFrom, usual } from "./changes";

const desk = { id: "dev_1", label: "Desk" };
const mobile = { id: "dev_2", label: "Mobile" };
const bernd = { type: "user", id: "usr_2", name: "Bernd" } as const;
const before: Draft = {
  numbers: [{ id: "num_1", number: "+493023125001" }],
  extension: { number: "44" },
  rings: { kind: "steps", stages: [{ phones: [desk, mobile], seconds: 60 }] },
};
const second = { id: "num_2", number: "+493023125002", from: bernd };
const steps = (draft: Draft) => (draft.rings.kind === "steps" ? draft.rings.stages : []);

test("an untouched draft changes nothing", () => expect(changes(before, { ...before })).toEqual([]));

test("everything that changes is named once, and from whom it is taken", () => {
  const draft: Draft = { ...before, numbers: [second], extension: { number: "45", from: bernd } };
  const found = changes(before, draft);
  expect(found.map(({ type }) => type)).toEqual(["numberRemoved", "numberAdded", "extensionReplaced"]);
  expect(takenFrom(found)).toEqual([bernd]);
});

test("the order of steps and their times count, the order of phones in a step does not", () => {
  const stages = steps(before);
  expect(sameStages(stages, [{ phones: [mobile, desk], seconds: 60 }])).toBe(true);
  expect(sameStages(stages, [{ phones: [mobile, desk], seconds: 61 }])).toBe(false);
  expect(sameStages(stages, [{ phones: [desk], seconds: 60 }, { phones: [mobile], seconds: 60 }])).toBe(false);
});

test("a step needs a phone and a sensible time", () => {
  const stages = [{ phones: [], seconds: 20 }, { phones: [desk], seconds: 4 }, { phones: [desk], seconds: 120 }];
  expect([...faults({ kind: "steps", stages })]).toEqual([
    [0, "empty"],
    [1, "range"],
  ]);
  expect([...faults({ kind: "members", members: [], seconds: 121 })]).toEqual([[0, "range"]]);
});

test("moving keeps everything", () => {
  expect(moved(["a", "b", "c"], 2, 0)).toEqual(["c", "a", "b"]);
  expect(moved(["a", "b", "c"], 0, 1)).toEqual(["b", "a", "c"]);
});

test("a phone is carried to another step, to a new one at either end, and nowhere twice", () => {
  const stages = steps(before);
  const later = carried(stages, 0, mobile, 1);
  expect(later).toEqual([{ phones: [desk], seconds: 60 }, { phones: [mobile], seconds: 20 }]);
  expect(carried(later, 1, mobile, 0)).toEqual(stages);
  expect(carried(later, 1, mobile, -1).map(({ phones }) => phones)).toEqual([[mobile], [desk]]);
  const both = [{ phones: [desk], seconds: 20 }, { phones: [desk, mobile], seconds: 20 }];
  expect(carried(both, 0, desk, 1)).toBe(both);
});

test("what somebody else changed meanwhile stays, and so does the draft", () => {
  const draft: Draft = { ...before, numbers: [...before.numbers, second], rings: { kind: "steps", stages: [{ phones: [desk], seconds: 30 }] } };
  const now: Draft = { numbers: [{ id: "num_3", number: "+493023125003" }], extension: { number: "46" }, rings: { kind: "steps", stages: [{ phones: [mobile], seconds: 20 }] } };
  const next = rebased(before, draft, now, [desk, mobile]);
  expect(next.numbers.map(({ id }) => id)).toEqual(["num_3", "num_2"]);
  expect(next.extension).toEqual({ number: "46" });
  expect(next.rings).toEqual(draft.rings);
  expect(changes(now, next).map(({ type }) => type)).toEqual(["numberAdded", "steps"]);
});

test("a phone that is gone is gone from the draft too", () => {
  const draft: Draft = { ...before, rings: { kind: "steps", stages: [{ phones: [desk], seconds: 20 }, { phones: [mobile], seconds: 20 }] } };
  expect(steps(rebased(before, draft, before, [desk]))).toEqual([{ phones: [desk], seconds: 20 }]);
});

test("members of a group come and go one by one", () => {
  const member = (id: string) => ({ id, name: id });
  const rings = (seconds: number, ...ids: string[]): Draft => ({ numbers: [], rings: { kind: "members", seconds, members: ids.map(member) } });
  expect(changes(rings(20, "a", "b"), rings(25, "b", "c")).map(({ type }) => type)).toEqual(["memberRemoved", "memberAdded", "seconds"]);
  expect(rebased(rings(20, "a", "b"), rings(20, "b", "c"), rings(30, "a", "b", "d"), []).rings).toEqual({ kind: "members", seconds: 30, members: ["b", "d", "c"].map(member) });
});

test("all phones for the usual time need no steps", () => {
  expect(usual([{ phones: [desk, mobile], seconds: 60 }], 2)).toBe(true);
  expect(usual([{ phones: [desk], seconds: 60 }], 2)).toBe(false);
  expect(usual([], 2)).toBe(true);
});
