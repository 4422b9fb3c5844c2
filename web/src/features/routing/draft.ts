/** An edit drawn like the routing that the exchange will draw once it is true, with its marks; and the wish for the server. */
import type { Owner, RoutingAnswer } from "../../api/types";
import { changes, DEFAULT_SECONDS, type Draft, type Member, type Rings, usual } from "./changes";
import { type DiagramArrow, type DiagramCard, type DiagramData, type Phone, type Stage } from "./flow";

type Arrangement = Pick<RoutingAnswer, "numbers" | "extension" | "devices" | "steps" | "members" | "seconds">;

/** What the server holds, as a draft that changes nothing. */
export function heldBy(routing: Arrangement): Draft {
  const { numbers, extension, members, seconds } = routing;
  const rings: Rings = seconds === null ? { kind: "steps", stages: stagesOf(routing.steps, routing.devices) } : { kind: "members", members, seconds };
  return { numbers, extension: extension === null ? undefined : { number: extension }, rings };
}

/** Steps as they ring; none are all phones together. */
export function stagesOf(steps: Arrangement["steps"], devices: Phone[]): Stage[] {
  if (steps.length > 0) return steps.map((step) => ({ phones: step.devices, seconds: step.seconds }));
  return devices.length > 0 ? [{ phones: devices, seconds: DEFAULT_SECONDS }] : [];
}

export function sameDraft(one: Draft, other: Draft): boolean {
  return changes(one, other).length === 0;
}

type Mark = DiagramCard["mark"];

/** The cards of a draft. What is taken away stays in sight until it is saved, so that it can be given back. */
export function drawn(owner: Pick<Owner, "type" | "name">, before: Draft, draft: Draft, administrator: boolean): DiagramData {
  const nodes: DiagramCard[] = [];
  const number = (value: string, mark: Mark) => nodes.push({ id: `number:${value}`, column: 0, kind: "number", label: value, mark, reference: idOf(before, draft, value) });
  for (const held of before.numbers) number(held.number, draft.numbers.some(({ id }) => id === held.id) ? undefined : "removed");
  for (const held of draft.numbers) if (!before.numbers.some(({ id }) => id === held.id)) number(held.number, "added");
  const [old, now] = [before.extension?.number, draft.extension?.number];
  const extension = (value: string, mark: Mark) => nodes.push({ id: `extension:${value}`, column: 0, kind: "extension", label: value, mark });
  if (old) extension(old, old === now ? undefined : "removed");
  if (now && now !== old) extension(now, "added");
  const reaching = nodes.filter(({ mark }) => mark !== "removed").map(({ id }) => id);
  // Where something is missing, the card says so; elsewhere it only offers more.
  const missing = (type: string, is: boolean) => (is ? { type } : undefined);
  if (administrator) nodes.push({ id: "gap:noNumber", column: 0, kind: "gap", label: "", finding: missing("noNumber", draft.numbers.length === 0) });
  if (administrator && !now) nodes.push({ id: "gap:noExtension", column: 0, kind: "gap", label: "", finding: missing("noExtension", true) });

  const edges: DiagramArrow[] = reaching.map((from) => ({ from, to: "person", kind: { type: "reaches" }, label: "" }));
  nodes.push({ id: "person", column: 1, kind: owner.type === "group" ? "group" : "user", label: owner.name });
  const { rings } = draft;
  const steps: { cards: DiagramCard[]; seconds: number }[] = rings.kind === "steps" ? ofStages(before.rings, rings.stages) : ofMembers(before.rings, rings.members, rings.seconds);
  let from = ["person"];
  let arrow: DiagramArrow["kind"] = { type: "first" };
  for (const { cards, seconds } of steps) {
    nodes.push(...cards);
    const there = cards.filter(({ mark }) => mark !== "removed").map(({ id }) => id);
    const kind: DiagramArrow["kind"] = arrow.type === "first" && there.length > 1 ? { type: "together" } : arrow;
    edges.push(...between(from, there, kind));
    from = there;
    arrow = { type: "after", seconds };
  }
  const last = Math.max(2, steps.length + 1);
  const rung = steps.some(({ cards }) => cards.some(({ mark }) => mark !== "removed"));
  nodes.push({ id: rings.kind === "steps" ? "gap:noPhone" : "gap:addMember", column: last, kind: "gap", label: "", finding: missing("nobody", !rung) });
  if (rung) {
    nodes.push({ id: "ending", column: last + 1, kind: "ending", label: "" });
    edges.push(...between(from, ["ending"], arrow));
  } else {
    edges.push(...between(["person"], [rings.kind === "steps" ? "gap:noPhone" : "gap:addMember"], { type: "first" }));
  }
  return { nodes, edges };
}

function idOf(before: Draft, draft: Draft, value: string): string | undefined {
  return [...draft.numbers, ...before.numbers].find(({ number }) => number === value)?.id;
}

function between(from: string[], to: string[], kind: DiagramArrow["kind"]): DiagramArrow[] {
  return from.flatMap((one) => to.map((other) => ({ from: one, to: other, kind, label: "" })));
}

function ofStages(before: Rings, stages: Stage[]) {
  const known = before.kind === "steps" ? before.stages : [];
  return stages.map(({ phones, seconds }, position) => ({
    seconds,
    cards: phones.map(({ id, label }): DiagramCard => {
      const stayed = known[position]?.phones.some((phone) => phone.id === id);
      return { id: `step${position}:${id}`, column: position + 2, kind: "device", label, reference: id, mark: stayed ? undefined : known.some((stage) => stage.phones.some((phone) => phone.id === id)) ? "changed" : "added" };
    }),
  }));
}

function ofMembers(before: Rings, members: Member[], seconds: number) {
  const known = before.kind === "members" ? before.members : [];
  const card = ({ id, name }: Member, mark: Mark): DiagramCard => ({ id: `member:${id}`, column: 2, kind: "user", label: name, reference: id, mark });
  const cards = [
    ...known.map((member) => card(member, members.some(({ id }) => id === member.id) ? undefined : "removed")),
    ...members.filter((member) => !known.some(({ id }) => id === member.id)).map((member) => card(member, "added")),
  ];
  return cards.length > 0 ? [{ cards, seconds }] : [];
}

/** Which step of the draft a card of {@link drawn} belongs to. */
export function stepOf(card: Pick<DiagramCard, "id">): number {
  return Number(/^step(\d+):/.exec(card.id)?.[1] ?? -1);
}

/** The steps to write; none where the exchange does the same by itself. */
export function stepsToWrite(stages: Stage[], phones: number) {
  return usual(stages, phones) ? [] : stages.map((stage) => ({ devices: stage.phones.map(({ id }) => id), seconds: stage.seconds }));
}
