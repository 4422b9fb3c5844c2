/** Saving: the whole wish in one request, so that all of it counts or nothing does. */
import { ask } from "../../api/pending";
import { Problem } from "../../api/problem";
import type { Owner, RoutingAnswer } from "../../api/types";
import { type Draft, sameStages } from "./changes";
import { stepsToWrite } from "./draft";

interface From {
  type: string;
  id: string;
}

interface Wish {
  steps?: { devices: string[]; seconds: number }[];
  numbers?: { id: string; movedFrom?: From }[];
  extension?: string | null;
  extensionMovedFrom?: From;
  members?: string[];
  seconds?: number;
}

const bare = (owner: Owner | undefined): From | undefined => owner && { type: owner.type, id: owner.id };

/** Only what is different: the rest may be somebody else's to change. */
export function wishOf(before: Draft, draft: Draft, phones: number): Wish {
  const wish: Wish = {};
  const ids = (list: { id: string }[]) => JSON.stringify(list.map(({ id }) => id).toSorted());
  if (ids(before.numbers) !== ids(draft.numbers)) wish.numbers = draft.numbers.map(({ id, from }) => ({ id, movedFrom: bare(from) }));
  if (before.extension?.number !== draft.extension?.number) {
    wish.extension = draft.extension?.number ?? null;
    wish.extensionMovedFrom = bare(draft.extension?.from);
  }
  if (before.rings.kind === "steps" && draft.rings.kind === "steps" && !sameStages(before.rings.stages, draft.rings.stages)) wish.steps = stepsToWrite(draft.rings.stages, phones);
  if (before.rings.kind === "members" && draft.rings.kind === "members") {
    if (ids(before.rings.members) !== ids(draft.rings.members)) wish.members = draft.rings.members.map(({ id }) => id);
    if (before.rings.seconds !== draft.rings.seconds) wish.seconds = draft.rings.seconds;
  }
  return wish;
}

export async function saveRouting(owner: Owner, before: Draft, draft: Draft, phones: number, version: string): Promise<RoutingAnswer> {
  const path = owner.type === "group" ? `/v1/groups/${owner.id}/routing` : `/v1/users/${owner.id}/routing`;
  return (await ask<RoutingAnswer>("PUT", path, wishOf(before, draft, phones), version ? { "if-match": version } : {})).data;
}

interface Taken {
  pointer: string;
  value: string;
  owner: Owner;
}

/** When something belongs to somebody else by now: the draft names him, so that the next Save asks. */
export function takenNow(error: unknown, draft: Draft): Draft | undefined {
  if (!(error instanceof Problem) || error.code !== "routing-taken") return undefined;
  const taken = (error.facts.taken ?? []) as Taken[];
  const ofNumber = (number: string) => taken.find(({ value }) => value === number)?.owner;
  return {
    ...draft,
    numbers: draft.numbers.map((number) => ({ ...number, from: ofNumber(number.number) ?? number.from })),
    extension: draft.extension && { ...draft.extension, from: ofNumber(draft.extension.number) ?? draft.extension.from },
  };
}
