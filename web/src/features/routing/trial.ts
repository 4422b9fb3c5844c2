/** "What happens when…": the question for the server, and what its answer says about each card. */
import type { DiagramCard, Flow } from "./flow";
import type { Light } from "./Diagram";

export const behaviours = ["noAnswer", "answers", "busy", "declines", "offline"] as const;
/** What a phone does in a trial. */
export type Behaviour = (typeof behaviours)[number];

export interface TrialEvent {
  type: string;
  devices?: { device: string; label: string; userName?: string }[];
  device?: string;
  seconds?: number;
  failure?: { type: string; status?: number };
  reason?: string;
  by?: string;
  destination?: { type: string; number?: string };
  callerNumber?: string;
}

export interface TrialStep {
  afterMs: number;
  node: number;
  what: TrialEvent;
  why: string;
}

export interface Trial {
  summary: string;
  steps: TrialStep[];
  outcome: { type: string; reason?: string };
  flow: Flow;
  diagram: unknown;
}

export interface Question {
  caller: { type: "device"; device: string } | { type: "outside"; number?: string };
  dialled: string;
  at: string;
}

interface Scripted {
  afterMs: number;
  event: { type: string; device: string; failure?: { type: string } };
}

/** How long people take: to lift the handset, and to push a call away. */
const REACTION = { answers: 5_000, declines: 3_000, busy: 0 };

/**
 * When which phone does what. A phone does it a while after it was called, and when that is depends on what the others
 * do: so the answer of one trial is the script of the next, until nothing moves any more.
 */
export function script(steps: TrialStep[], does: ReadonlyMap<string, Behaviour>): Scripted[] {
  const events: Scripted[] = [];
  for (const { afterMs, what } of steps) {
    for (const { device } of what.type === "called" ? (what.devices ?? []) : []) {
      const behaviour = does.get(device);
      if (behaviour === "answers") events.push({ afterMs: afterMs + REACTION.answers, event: { type: "answered", device } });
      if (behaviour === "declines") events.push({ afterMs: afterMs + REACTION.declines, event: { type: "failed", device, failure: { type: "declined" } } });
      if (behaviour === "busy") events.push({ afterMs: afterMs + REACTION.busy, event: { type: "failed", device, failure: { type: "busy" } } });
    }
  }
  return events;
}

/** Tries until the script stands; a plan has at most ten steps. */
export async function tryOut(question: Question, does: ReadonlyMap<string, Behaviour>, send: (body: object) => Promise<Trial>): Promise<Trial> {
  const offline = [...does].filter(([, behaviour]) => behaviour === "offline").map(([device]) => device);
  let events: Scripted[] = [];
  let trial = await send({ ...question, offline, events });
  for (let round = 0; round < 11; round++) {
    const next = script(trial.steps, does);
    if (JSON.stringify(next) === JSON.stringify(events)) break;
    events = next;
    trial = await send({ ...question, offline, events });
  }
  return trial;
}

/** How each card is lit after so many steps. */
export function lights(trial: Trial, upTo: number): Map<string, Light["state"]> {
  const lit = new Map<string, Light["state"]>();
  const ring = (device: string, state: Light["state"], node: number) => lit.set(`step${node}:${device}`, state);
  for (const { node, what } of trial.steps.slice(0, upTo)) {
    switch (what.type) {
      case "called":
        for (const { device } of trial.flow.nodes[node]?.stage?.devices ?? []) ring(device, "ringing", node);
        break;
      case "failed":
        if (what.device) ring(what.device, "failed", node);
        break;
      case "timeOver":
        for (const { device } of trial.flow.nodes[node]?.stage?.devices ?? []) if (lit.get(`step${node}:${device}`) === "ringing") ring(device, "passed", node);
        break;
      case "answered":
        for (const [id, state] of lit) if (state === "ringing") lit.set(id, "passed");
        if (what.device) ring(what.device, "talking", node);
        break;
      case "calledOutside":
      case "outsideRinging":
        lit.set("outside", "ringing");
        break;
      case "outsideAnswered":
        lit.set("outside", "talking");
        break;
      case "outsideFailed":
        lit.set("outside", "failed");
        break;
      case "rejected":
        lit.set("ending", "passed");
        break;
    }
  }
  return lit;
}

/** The card belongs to the call from its beginning. */
export function always(card: Pick<DiagramCard, "column">): boolean {
  return card.column < 2;
}

/** Who answered and when, if somebody did. */
export function answered(trial: Trial): { label: string; user?: string; seconds: number } | undefined {
  const step = trial.steps.find(({ what }) => what.type === "answered");
  if (!step) return undefined;
  const phone = phoneOf(trial.flow, step.what.device ?? "");
  return { label: phone?.label ?? "", user: phone?.userName, seconds: Math.round(step.afterMs / 1000) };
}

export function phoneOf(flow: Flow, device: string) {
  return flow.nodes.flatMap(({ stage }) => [...(stage?.devices ?? []), ...(stage?.diverted ?? [])]).find((ring) => ring.device === device);
}

/** `0:25` */
export function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
