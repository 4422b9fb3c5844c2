/** An edit of the routing that is not live yet, and the difference it makes. */
import type { Owner } from "../../api/types";
import type { Stage } from "./flow";

export interface HeldNumber {
  id: string;
  number: string;
}

export interface TakenNumber extends HeldNumber {
  /** Whom it rings today; he is named, and told to the server, so that nothing is taken unseen. */
  from?: Owner;
}

export interface Draft {
  numbers: TakenNumber[];
  extension?: string;
  stages: Stage[];
}

export interface Before {
  numbers: HeldNumber[];
  extension?: { id: string; number: string };
  stages: Stage[];
}

export type Change =
  | { type: "numberRemoved"; number: HeldNumber }
  | { type: "numberAdded"; number: TakenNumber }
  | { type: "extensionRemoved"; id: string; number: string }
  | { type: "extensionAdded"; number: string }
  | { type: "steps"; from: Stage[]; to: Stage[] };

export const DEFAULT_SECONDS = 60;
export const SECONDS = { least: 5, most: 120 };

export function draftOf(before: Before): Draft {
  return { numbers: [...before.numbers], extension: before.extension?.number, stages: before.stages };
}

/**
 * In the order in which they are carried out: first the steps, which the server refuses when somebody else changed them;
 * then what is given back, so that the new finds its place.
 */
export function changes(before: Before, draft: Draft): Change[] {
  const found: Change[] = [];
  if (!sameStages(before.stages, draft.stages)) found.push({ type: "steps", from: before.stages, to: draft.stages });
  for (const number of before.numbers) if (!draft.numbers.some(({ id }) => id === number.id)) found.push({ type: "numberRemoved", number });
  for (const number of draft.numbers) if (!before.numbers.some(({ id }) => id === number.id)) found.push({ type: "numberAdded", number });
  if (before.extension?.number !== draft.extension) {
    if (before.extension) found.push({ type: "extensionRemoved", ...before.extension });
    if (draft.extension) found.push({ type: "extensionAdded", number: draft.extension });
  }
  return found;
}

export function sameStages(one: Stage[], other: Stage[]): boolean {
  const bare = (stages: Stage[]) => JSON.stringify(stages.map(({ phones, seconds }) => [phones.map(({ id }) => id).toSorted(), seconds]));
  return bare(one) === bare(other);
}

/** What keeps the steps from being saved, by the step's position. */
export function faults(stages: Stage[]): Map<number, "empty" | "range"> {
  const found = new Map<number, "empty" | "range">();
  stages.forEach(({ phones, seconds }, position) => {
    if (phones.length === 0) found.set(position, "empty");
    else if (!Number.isInteger(seconds) || seconds < SECONDS.least || seconds > SECONDS.most) found.set(position, "range");
  });
  return found;
}

export function moved<Item>(items: readonly Item[], from: number, to: number): Item[] {
  const rest = items.filter((_, position) => position !== from);
  return [...rest.slice(0, to), ...items.slice(from, from + 1), ...rest.slice(to)];
}
