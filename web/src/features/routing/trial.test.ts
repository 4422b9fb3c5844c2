import { expect, test } from "vitest";

import { answered, type Behaviour, clock, lights, script, type Trial, type TrialStep, tryOut } from "./trial";

const ring = (device: string) => ({ device, label: device, userName: "Anna" });
const called = (afterMs: number, node: number, ...devices: string[]): TrialStep => ({ afterMs, node, why: "", what: { type: "called", devices: devices.map(ring), seconds: 20 } });
const flow = {
  start: 0,
  nodes: [
    { type: "ring", noAnswer: 1, stage: { devices: [ring("desk")], seconds: 20 } },
    { type: "ring", noAnswer: 2, stage: { devices: [ring("desk"), ring("mobile")], seconds: 20 } },
    { type: "unanswered" },
  ],
};
const trial = (steps: TrialStep[]): Trial => ({ summary: "", steps, outcome: { type: "answered" }, flow, diagram: {} });

test("a phone does what it does a while after it is called", () => {
  const does = new Map<string, Behaviour>([
    ["desk", "busy"],
    ["mobile", "answers"],
  ]);
  expect(script([called(0, 0, "desk"), called(20_000, 1, "mobile")], does)).toEqual([
    { afterMs: 0, event: { type: "failed", device: "desk", failure: { type: "busy" } } },
    { afterMs: 25_000, event: { type: "answered", device: "mobile" } },
  ]);
});

test("it is tried until nothing moves: a busy phone brings the next step forward", async () => {
  const sent: { events: unknown[]; offline: string[] }[] = [];
  const send = (body: object) => {
    const asked = body as { events: { event: { device: string } }[]; offline: string[] };
    sent.push(asked);
    const busy = asked.events.some(({ event }) => event.device === "desk");
    return Promise.resolve(trial([called(0, 0, "desk"), called(busy ? 0 : 20_000, 1, "mobile")]));
  };
  const does = new Map<string, Behaviour>([
    ["desk", "busy"],
    ["mobile", "answers"],
    ["old", "offline"],
  ]);
  await tryOut({ caller: { type: "outside" }, dialled: "44", at: "2026-11-25T08:00:00Z" }, does, send);
  expect(sent.map(({ events }) => events.length)).toEqual([0, 2, 2]);
  expect(sent.at(-1)?.events).toContainEqual({ afterMs: 5_000, event: { type: "answered", device: "mobile" } });
  expect(sent.at(-1)?.offline).toEqual(["old"]);
});

test("the path lights up step by step", () => {
  const steps: TrialStep[] = [
    called(0, 0, "desk"),
    { afterMs: 20_000, node: 0, why: "", what: { type: "timeOver" } },
    called(20_000, 1, "mobile"),
    { afterMs: 25_000, node: 1, why: "", what: { type: "answered", device: "mobile" } },
  ];
  expect([...lights(trial(steps), 1)]).toEqual([["step0:desk", "ringing"]]);
  expect(lights(trial(steps), 2).get("step0:desk")).toBe("passed");
  expect([...lights(trial(steps), 3)].filter(([, state]) => state === "ringing").map(([id]) => id)).toEqual(["step1:desk", "step1:mobile"]);
  expect(lights(trial(steps), 4).get("step1:mobile")).toBe("talking");
  expect(answered(trial(steps))).toEqual({ label: "mobile", user: "Anna", seconds: 25 });
});

test.each([
  [0, "0:00"],
  [25_000, "0:25"],
  [61_000, "1:01"],
])("%d ms is %s", (ms, words) => expect(clock(ms)).toBe(words));
