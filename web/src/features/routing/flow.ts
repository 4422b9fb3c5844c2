/** What the exchange executes, as the API hands it over: only what the pages read of it. */
import type { RoutingAnswer } from "../../api/types";

export interface Phone {
  id: string;
  label: string;
}

export interface Stage {
  phones: Phone[];
  seconds: number;
}

export interface RingDevice {
  device: string;
  user?: string;
  label: string;
  userName?: string;
  unlessInCall?: boolean;
  /** The device whose number led to it, if it rings in that one's place. */
  through?: string;
}

export interface FlowNode {
  type: string;
  noAnswer?: number;
  reason?: string;
  /** `diverted` are devices whose number is one of the account: what they lead to rings in their place. */
  stage?: { devices: RingDevice[]; diverted?: RingDevice[]; seconds: number };
}

export interface Flow {
  start: number;
  nodes: FlowNode[];
  caller?: { displayName?: string; number?: string; extension?: string; user?: string; device?: string };
  called?: { dialled?: string; number?: string; extension?: string; emergency?: string; ownerName?: string; owner?: { type: string; id: string } };
}

export interface CardFinding {
  type: string;
  label?: string;
}

export type CardKind = "number" | "extension" | "caller" | "user" | "group" | "device" | "outside" | "ending" | "gap";

export interface DiagramCard {
  id: string;
  column: number;
  kind: CardKind;
  label: string;
  detail?: string;
  reference?: string;
  finding?: CardFinding;
  /** The node of the flow that it shows; lights up when a call passes it. */
  flowNode?: number;
  /** Why the call is refused here. */
  reason?: string;
  /** What an edit that is not saved does to it. */
  mark?: "added" | "removed" | "changed";
}

export interface DiagramArrow {
  from: string;
  to: string;
  kind: { type: "reaches" | "together" | "first" | "after" | "noLine"; seconds?: number };
  label: string;
}

export interface DiagramData {
  nodes: DiagramCard[];
  edges: DiagramArrow[];
}

/** The ring stages in the order in which they follow each other when nobody answers. */
export function stages(routing: Pick<RoutingAnswer, "owner" | "flow">): Stage[] {
  const flow = routing.flow as Flow;
  const found: Stage[] = [];
  // In a group many phones have the same name.
  const named = routing.owner.type === "group";
  let node = flow.nodes?.[flow.start];
  // A flow never goes in circles; the bound is for an answer that is damaged.
  while (node?.type === "ring" && node.stage && found.length < flow.nodes.length) {
    const meant = [...node.stage.devices, ...(node.stage.diverted ?? [])].filter(({ through }) => !through);
    found.push({ phones: meant.map(({ device, label, userName }) => ({ id: device, label: named && userName ? `${label} (${userName})` : label })), seconds: node.stage.seconds });
    node = node.noAnswer === undefined ? undefined : flow.nodes[node.noAnswer];
  }
  return found;
}

/** Why calls are refused at once, if they are. */
export function refusal(routing: Pick<RoutingAnswer, "flow">): string | undefined {
  const flow = routing.flow as Flow;
  return flow.nodes?.[flow.start]?.reason;
}

/** Whether callers hear busy while a call is on. */
export function hearsBusy(routing: Pick<RoutingAnswer, "flow">): boolean {
  return ((routing.flow as Flow).nodes ?? []).some(({ stage }) => stage?.devices.some(({ unlessInCall }) => unlessInCall));
}

/** The picture, with the reason on a card where the call is refused. */
export function diagramOf(routing: { diagram: unknown; flow: unknown }): DiagramData {
  const { nodes = [], edges = [] } = (routing.diagram ?? {}) as Partial<DiagramData>;
  const flow = routing.flow as Flow;
  return { edges, nodes: nodes.map((card) => (card.kind === "ending" && card.flowNode !== undefined ? { ...card, reason: flow.nodes?.[card.flowNode]?.reason } : card)) };
}

/** What people dial to reach the owner. */
export function dialled(routing: Pick<RoutingAnswer, "diagram">): { numbers: { id: string; number: string }[]; extensions: { id: string; number: string }[] } {
  const { nodes = [] } = (routing.diagram ?? {}) as Partial<DiagramData>;
  const of = (kind: CardKind) =>
    nodes.filter((card) => card.kind === kind && card.column === 0).map((card) => ({ id: card.reference ?? "", number: card.id.slice(card.id.indexOf(":") + 1) }));
  return { numbers: of("number"), extensions: of("extension") };
}
