/** What the exchange executes, as the API hands it over: only what the pages read of it. */
import type { RoutingAnswer } from "../../api/types";

export interface Stage {
  phones: { id: string; label: string }[];
  seconds: number;
}

interface FlowNode {
  type: string;
  noAnswer?: number;
  stage?: { devices: { device: string; label: string; userName?: string }[]; seconds: number };
}

interface Flow {
  start: number;
  nodes: FlowNode[];
}

export interface CardFinding {
  type: string;
  label?: string;
}

export interface DiagramCard {
  id: string;
  column: number;
  kind: "number" | "extension" | "caller" | "user" | "group" | "device" | "outside" | "ending" | "gap";
  label: string;
  detail?: string;
  reference?: string;
  finding?: CardFinding;
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
export function stages(routing: RoutingAnswer): Stage[] {
  const flow = routing.flow as Flow;
  const found: Stage[] = [];
  // In a group many phones have the same name.
  const named = routing.owner.type === "group";
  let node = flow.nodes?.[flow.start];
  // A flow never goes in circles; the bound is for an answer that is damaged.
  while (node?.type === "ring" && node.stage && found.length < flow.nodes.length) {
    found.push({ phones: node.stage.devices.map(({ device, label, userName }) => ({ id: device, label: named && userName ? `${label} (${userName})` : label })), seconds: node.stage.seconds });
    node = node.noAnswer === undefined ? undefined : flow.nodes[node.noAnswer];
  }
  return found;
}

export function diagramOf(routing: RoutingAnswer): DiagramData {
  return routing.diagram as DiagramData;
}

/** What people dial to reach the owner. */
export function dialled(routing: RoutingAnswer): { numbers: { id: string; number: string }[]; extensions: { id: string; number: string }[] } {
  const { nodes } = diagramOf(routing);
  const of = (kind: DiagramCard["kind"]) =>
    nodes.filter((card) => card.kind === kind && card.column === 0).map((card) => ({ id: card.reference ?? "", number: card.id.slice(card.id.indexOf(":") + 1) }));
  return { numbers: of("number"), extensions: of("extension") };
}
