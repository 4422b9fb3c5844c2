/** Saving: the whole wish in one request, so that all of it counts or nothing does. */
import { api } from "../../api/client";
import { Problem, unwrapTagged } from "../../api/problem";
import type { GroupRoutingWish, Owner, UserRoutingWish } from "../../api/types";
import { type Draft, sameStages } from "./changes";
import { stepsToWrite } from "./draft";

type Wish = UserRoutingWish & GroupRoutingWish;

const bare = (owner: Owner | undefined) => owner && { type: owner.type, id: owner.id };

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

export function saveRouting(owner: Owner, before: Draft, draft: Draft, phones: number, version: string) {
  const body = wishOf(before, draft, phones);
  const header = { "if-match": version };
  if (owner.type === "group") return unwrapTagged(api.PUT("/v1/groups/{group}/routing", { params: { path: { group: owner.id }, header }, body }));
  return unwrapTagged(api.PUT("/v1/users/{user}/routing", { params: { path: { user: owner.id }, header }, body }));
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
