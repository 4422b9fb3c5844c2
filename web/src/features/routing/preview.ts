import type { DiagramArrow, DiagramCard, DiagramData, Stage } from "./flow";

/** What a person will have, drawn like the routing that the exchange will draw once it is true. */
export function previewStages(will: { name: string; numbers: string[]; extension?: string; stages: Stage[] }): DiagramData {
  const nodes: DiagramCard[] = will.numbers.map((number) => ({ id: `number:${number}`, column: 0, kind: "number", label: number }));
  if (will.extension) nodes.push({ id: `extension:${will.extension}`, column: 0, kind: "extension", label: will.extension });
  if (will.numbers.length === 0) nodes.push({ id: "gap:noNumber", column: 0, kind: "gap", label: "" });
  if (!will.extension) nodes.push({ id: "gap:noExtension", column: 0, kind: "gap", label: "" });
  const edges: DiagramArrow[] = nodes.map(({ id }) => ({ from: id, to: "person", kind: { type: "reaches" }, label: "" }));
  nodes.push({ id: "person", column: 1, kind: "user", label: will.name });

  let before = ["person"];
  let arrow: DiagramArrow["kind"] = { type: "first" };
  const column = (cards: DiagramCard[]) => {
    nodes.push(...cards);
    const kind: DiagramArrow["kind"] = arrow.type === "first" && cards.length > 1 ? { type: "together" } : arrow;
    for (const from of before) for (const { id } of cards) edges.push({ from, to: id, kind, label: "" });
    before = cards.map(({ id }) => id);
  };
  const ringing = will.stages.filter(({ phones }) => phones.length > 0);
  ringing.forEach(({ phones, seconds }, position) => {
    column(phones.map(({ id, label }) => ({ id: `step${position}:${id}`, column: position + 2, kind: "device", label })));
    arrow = { type: "after", seconds };
  });
  column(
    ringing.length > 0
      ? [{ id: "ending", column: ringing.length + 2, kind: "ending", label: "" }]
      : [{ id: "gap:noPhone", column: 2, kind: "gap", label: "" }],
  );
  return { nodes, edges };
}

export function preview(will: { name: string; numbers: string[]; extension?: string; phones: string[]; seconds: number }): DiagramData {
  const phones = will.phones.map((label, position) => ({ id: String(position), label }));
  return previewStages({ ...will, stages: phones.length ? [{ phones, seconds: will.seconds }] : [] });
}
