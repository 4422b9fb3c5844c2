/** Where the cards of a diagram stand, as data: tested without a browser. */
import type { DiagramArrow, DiagramCard } from "./flow";

export const CARD = { width: 196, roomy: 176, least: 138, height: 60, handled: 92 };
const GAP = { across: 84, close: 70, down: 14 };
/** A column of more cards shows the first few until somebody asks for all. */
export const MOST_CARDS = 8;

export interface Layout {
  width: number;
  height: number;
  cardWidth: number;
  cardHeight: number;
  gap: number;
  /** Whether cards and gaps had to give way. */
  close: boolean;
  places: Map<string, { x: number; y: number }>;
}

export function columnsOf(cards: DiagramCard[]): DiagramCard[][] {
  const columns: DiagramCard[][] = [];
  for (const card of cards) (columns[card.column] ??= []).push(card);
  return Array.from(columns, (column) => column ?? []);
}

/** Cards and gaps give way before the picture has to be scrolled. */
export function lay(columns: DiagramCard[][], room: number, cardHeight: number): Layout {
  const most = Math.max(1, ...columns.map((column) => column.length));
  const count = columns.length;
  const height = most * cardHeight + (most - 1) * GAP.down;
  const close = count * CARD.width + (count - 1) * GAP.across > room;
  const roomy = (room - 4 - (count - 1) * GAP.across) / count >= CARD.roomy;
  const gap = close && !roomy ? GAP.close : GAP.across;
  const cardWidth = close ? Math.min(CARD.width, Math.max(CARD.least, Math.floor((room - 4 - (count - 1) * gap) / count))) : CARD.width;
  const places = new Map<string, { x: number; y: number }>();
  columns.forEach((column, position) => {
    const top = (height - (column.length * cardHeight + (column.length - 1) * GAP.down)) / 2;
    column.forEach((card, row) => places.set(card.id, { x: position * (cardWidth + gap), y: top + row * (cardHeight + GAP.down) }));
  });
  return { width: count * cardWidth + (count - 1) * gap, height, cardWidth, cardHeight, gap, close, places };
}

export function curve(layout: Layout, edge: DiagramArrow): { line: string; head: string } | undefined {
  const [from, to] = [layout.places.get(edge.from), layout.places.get(edge.to)];
  if (!from || !to) return undefined;
  const [x1, y1, x2, y2] = [from.x + layout.cardWidth, from.y + layout.cardHeight / 2, to.x, to.y + layout.cardHeight / 2];
  const bend = (x2 - x1) / 2;
  return { line: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 2} ${y2}`, head: `M${x2 - 8} ${y2 - 5}L${x2 - 2} ${y2}L${x2 - 8} ${y2 + 5}` };
}

/** What stands on the arrows into a column: the time that passes before it, or that it rings together. */
export function arrowInto(edges: DiagramArrow[], column: DiagramCard[]): DiagramArrow["kind"] | undefined {
  const into = edges.filter((edge) => column.some(({ id }) => id === edge.to)).map(({ kind }) => kind);
  return into.find(({ type }) => type === "after") ?? into.find(({ type }) => type === "together") ?? into.find(({ type }) => type === "noLine");
}
