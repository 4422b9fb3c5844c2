/** An edit of the routing that is not live yet, and the difference it makes. */
import type { Owner } from "../../api/types";
import type { Phone, Stage } from "./flow";

export interface HeldNumber {
  id: string;
  number: string;
}

export interface TakenNumber extends HeldNumber {
  /** Whom it rings today; he is named, and told to the server, so that nothing is taken unseen. */
  from?: Owner;
}

export interface Extension {
  number: string;
  from?: Owner;
}

export interface Member {
  id: string;
  name: string;
}

/** What rings: a user's phones in steps, or a group's members together. */
export type Rings = { kind: "steps"; stages: Stage[] } | { kind: "members"; members: Member[]; seconds: number };

export interface Draft {
  numbers: TakenNumber[];
  extension?: Extension;
  rings: Rings;
}

export type Change =
  | { type: "numberRemoved"; number: HeldNumber }
  | { type: "numberAdded"; number: TakenNumber }
  | { type: "extensionRemoved"; number: string }
  | { type: "extensionAdded"; number: string; from?: Owner }
  | { type: "extensionReplaced"; number: string; from?: Owner; old: string }
  | { type: "steps"; from: Stage[]; to: Stage[] }
  | { type: "memberRemoved"; member: Member }
  | { type: "memberAdded"; member: Member }
  | { type: "seconds"; from: number; to: number };

export const DEFAULT_SECONDS = 60;
export const SECONDS = { least: 5, most: 120 };
export const MOST_STEPS = 10;

/** What Save would do, in the order in which people think of it. */
export function changes(before: Draft, draft: Draft): Change[] {
  const found: Change[] = [];
  for (const number of before.numbers) if (!has(draft.numbers, number)) found.push({ type: "numberRemoved", number });
  for (const number of draft.numbers) if (!has(before.numbers, number)) found.push({ type: "numberAdded", number });
  const [old, now] = [before.extension?.number, draft.extension];
  if (old !== now?.number) {
    if (old && now) found.push({ type: "extensionReplaced", old, ...now });
    else if (old) found.push({ type: "extensionRemoved", number: old });
    else if (now) found.push({ type: "extensionAdded", ...now });
  }
  if (before.rings.kind === "steps" && draft.rings.kind === "steps" && !sameStages(before.rings.stages, draft.rings.stages))
    found.push({ type: "steps", from: before.rings.stages, to: draft.rings.stages });
  if (before.rings.kind === "members" && draft.rings.kind === "members") {
    for (const member of before.rings.members) if (!has(draft.rings.members, member)) found.push({ type: "memberRemoved", member });
    for (const member of draft.rings.members) if (!has(before.rings.members, member)) found.push({ type: "memberAdded", member });
    if (before.rings.seconds !== draft.rings.seconds) found.push({ type: "seconds", from: before.rings.seconds, to: draft.rings.seconds });
  }
  return found;
}

/** From whom something would be taken. */
export function takenFrom(found: Change[]): Owner[] {
  const owners = found.flatMap((change) => {
    if (change.type === "numberAdded") return change.number.from ?? [];
    return change.type === "extensionAdded" || change.type === "extensionReplaced" ? (change.from ?? []) : [];
  });
  return owners.filter((owner, at) => owners.findIndex(({ id }) => id === owner.id) === at);
}

export function sameStages(one: Stage[], other: Stage[]): boolean {
  const bare = (stages: Stage[]) => JSON.stringify(stages.map(({ phones, seconds }) => [phones.map(({ id }) => id).toSorted(), seconds]));
  return bare(one) === bare(other);
}

/** What keeps the steps from being saved, by the step's position. A group has one. */
export function faults(rings: Rings): Map<number, "empty" | "range"> {
  const found = new Map<number, "empty" | "range">();
  const range = (seconds: number) => !Number.isInteger(seconds) || seconds < SECONDS.least || seconds > SECONDS.most;
  if (rings.kind === "members") {
    if (range(rings.seconds)) found.set(0, "range");
    return found;
  }
  rings.stages.forEach(({ phones, seconds }, position) => {
    if (phones.length === 0) found.set(position, "empty");
    else if (range(seconds)) found.set(position, "range");
  });
  return found;
}

export function moved<Item>(items: readonly Item[], from: number, to: number): Item[] {
  const rest = items.filter((_, position) => position !== from);
  return [...rest.slice(0, to), ...items.slice(from, from + 1), ...rest.slice(to)];
}

/**
 * A phone goes to another step; before the first and after the last a new step is made for it.
 * A step that is left without a phone is gone. Nothing happens where it rings already.
 */
export function carried(stages: Stage[], from: number, phone: Phone, to: number): Stage[] {
  if (from === to || stages[to]?.phones.some(({ id }) => id === phone.id)) return stages;
  const without = stages.map((stage, at) => (at === from ? { ...stage, phones: stage.phones.filter(({ id }) => id !== phone.id) } : stage));
  const fresh = { phones: [phone], seconds: 20 };
  let next: Stage[];
  if (to < 0) next = [fresh, ...without];
  else if (to >= stages.length) next = [...without, fresh];
  else next = without.map((stage, at) => (at === to ? { ...stage, phones: [...stage.phones, phone] } : stage));
  return next.filter(({ phones }) => phones.length > 0);
}

/** The same wish on what the server holds now: what somebody else changed stays, except where this draft changes it too. */
export function rebased(before: Draft, draft: Draft, now: Draft, phones: readonly Phone[]): Draft {
  const numbers = [
    ...now.numbers.filter((number) => has(draft.numbers, number) || !has(before.numbers, number)),
    ...draft.numbers.filter((number) => !has(before.numbers, number) && !has(now.numbers, number)),
  ];
  const extension = before.extension?.number === draft.extension?.number ? now.extension : draft.extension;
  return { numbers, extension, rings: rebasedRings(before.rings, draft.rings, now.rings, phones) };
}

function rebasedRings(before: Rings, draft: Rings, now: Rings, phones: readonly Phone[]): Rings {
  if (before.kind === "steps" && draft.kind === "steps" && now.kind === "steps") {
    if (sameStages(before.stages, draft.stages)) return now;
    const there = draft.stages.map((stage) => ({ ...stage, phones: stage.phones.filter((phone) => has(phones, phone)) }));
    return { kind: "steps", stages: there.filter((stage) => stage.phones.length > 0) };
  }
  if (before.kind === "members" && draft.kind === "members" && now.kind === "members") {
    const members = [
      ...now.members.filter((member) => has(draft.members, member) || !has(before.members, member)),
      ...draft.members.filter((member) => !has(before.members, member) && !has(now.members, member)),
    ];
    return { kind: "members", members, seconds: before.seconds === draft.seconds ? now.seconds : draft.seconds };
  }
  return now;
}

function has(list: readonly { id: string }[], item: { id: string }): boolean {
  return list.some(({ id }) => id === item.id);
}

/** Every phone together for the usual time is what the exchange does by itself, also for phones that come later. */
export function usual(stages: Stage[], phones: number): boolean {
  const [only, ...others] = stages;
  return !only || (others.length === 0 && only.seconds === DEFAULT_SECONDS && only.phones.length === phones);
}
