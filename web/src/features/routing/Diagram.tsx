import { Box, Text } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { IconAddressBook, IconArrowDown, IconDeviceLandlinePhone, IconHash, IconPhone, IconPhoneOff, IconPhoneOutgoing, IconPlus, IconUser } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { useReadable } from "../../ui/PhoneNumber";
import type { DiagramArrow, DiagramCard, DiagramData } from "./flow";

const CARD = { width: 196, roomy: 176, least: 148, height: 60 };
const GAP = { across: 84, close: 60, down: 14 };

const icons = {
  number: IconPhone,
  extension: IconHash,
  caller: IconPhone,
  user: IconUser,
  group: IconAddressBook,
  device: IconDeviceLandlinePhone,
  outside: IconPhoneOutgoing,
  ending: IconPhoneOff,
  gap: IconPlus,
};

export interface Gaps {
  /** What a click on a dashed card does; without it the card only says what is missing. */
  mend?: (code: string) => void;
}

/** Left to right what people dial, who is meant, what rings, what follows; upright where there is little room. */
export function Diagram({ data, name, upright = false, mend }: { data: DiagramData; name: string; upright?: boolean } & Gaps) {
  const { t } = useTranslation("routing");
  const { ref, width } = useElementSize();
  const columns: DiagramCard[][] = [];
  for (const card of data.nodes) (columns[card.column] ??= []).push(card);
  const across = !upright && width >= 640;
  return (
    <Box ref={ref} role="group" aria-label={t("diagram", { name })}>
      {width === 0 ? null : across ? <Across columns={columns} edges={data.edges} mend={mend} room={width} /> : <Upright columns={columns} edges={data.edges} mend={mend} />}
    </Box>
  );
}

function Across({ columns, edges, mend, room }: { columns: DiagramCard[][]; edges: DiagramArrow[]; room: number } & Gaps) {
  const words = useEdgeWords();
  const most = Math.max(...columns.map((column) => column.length));
  const height = most * CARD.height + (most - 1) * GAP.down;
  // Cards and gaps give way before the picture has to be scrolled.
  const close = columns.length * CARD.width + (columns.length - 1) * GAP.across > room;
  const roomy = (room - 4 - (columns.length - 1) * GAP.across) / columns.length >= CARD.roomy;
  const gap = close && !roomy ? GAP.close : GAP.across;
  const cardWidth = close ? Math.min(CARD.width, Math.max(CARD.least, Math.floor((room - 4 - (columns.length - 1) * gap) / columns.length))) : CARD.width;
  const width = columns.length * cardWidth + (columns.length - 1) * gap;
  const places = new Map<string, { x: number; y: number }>();
  columns.forEach((column, position) => {
    const top = (height - (column.length * CARD.height + (column.length - 1) * GAP.down)) / 2;
    column.forEach((card, row) => places.set(card.id, { x: position * (cardWidth + gap), y: top + row * (CARD.height + GAP.down) }));
  });
  return (
    <Box className={close ? "diagram-scroll diagram-close" : "diagram-scroll"} tabIndex={width > room ? 0 : undefined}>
      <Box pos="relative" w={width} h={height} mx="auto">
        <svg width={width} height={height} className="diagram-edges" aria-hidden="true">
          {edges.map((edge) => {
            const [from, to] = [places.get(edge.from), places.get(edge.to)];
            if (!from || !to) return null;
            const [x1, y1, x2, y2] = [from.x + cardWidth, from.y + CARD.height / 2, to.x, to.y + CARD.height / 2];
            const bend = (x2 - x1) / 2;
            return (
              <g key={`${edge.from}>${edge.to}`} className="diagram-edge">
                <path d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 2} ${y2}`} />
                <path d={`M${x2 - 8} ${y2 - 5}L${x2 - 2} ${y2}L${x2 - 8} ${y2 + 5}`} />
              </g>
            );
          })}
        </svg>
        {columns.slice(1).map((column, position) => {
          const label = words(edges, column);
          if (!label) return null;
          return (
            <Text key={position} component="span" size="xs" className="diagram-words" style={{ left: (position + 1) * (cardWidth + gap) - gap / 2, top: height / 2 - 12 }}>
              {label}
            </Text>
          );
        })}
        {columns.flat().map((card) => {
          const place = places.get(card.id);
          return (
            <Box key={card.id} pos="absolute" left={place?.x} top={place?.y} w={cardWidth} h={CARD.height}>
              <Card card={card} mend={mend} />
            </Box>
          );
        })}
      </Box>
    </Box>
  );
}

function Upright({ columns, edges, mend }: { columns: DiagramCard[][]; edges: DiagramArrow[] } & Gaps) {
  const words = useEdgeWords();
  return (
    <Box maw={360} mx="auto">
      {columns.map((column, position) => (
        <Box key={position}>
          {position > 0 && (
            <Box className="diagram-down">
              <IconArrowDown size={18} aria-hidden="true" />
              <Text component="span" size="xs">
                {words(edges, column)}
              </Text>
            </Box>
          )}
          <Box className="diagram-layer">
            {column.map((card) => (
              <Box key={card.id} mih={CARD.height}>
                <Card card={card} mend={mend} />
              </Box>
            ))}
          </Box>
        </Box>
      ))}
    </Box>
  );
}

function useEdgeWords() {
  const { t } = useTranslation("routing");
  return (edges: DiagramArrow[], column: DiagramCard[]): string => {
    const into = edges.filter((edge) => column.some(({ id }) => id === edge.to));
    const after = into.find(({ kind }) => kind.type === "after");
    if (after) return t("edge.after", { seconds: after.kind.seconds });
    if (into.some(({ kind }) => kind.type === "together")) return t("edge.together");
    return into.some(({ kind }) => kind.type === "noLine") ? t("edge.noLine") : "";
  };
}

const gapCodes: Record<string, "addNumber" | "addExtension" | "addPhone" | "addMembers"> = {
  noNumber: "addNumber",
  noExtension: "addExtension",
  noPhone: "addPhone",
  nobodyInGroup: "addMembers",
};

function Card({ card, mend }: { card: DiagramCard } & Gaps) {
  const { t } = useTranslation(["routing", "users"]);
  const readable = useReadable();
  const Icon = icons[card.kind];
  const digits = card.id.slice(card.id.indexOf(":") + 1);
  let [label, detail] = [card.label, card.detail ?? ""];
  if (card.kind === "number" && card.id.startsWith("number:")) label = readable(digits);
  if (card.kind === "extension") label = t("card.extension", { extension: digits });
  if (card.kind === "ending") [label, detail] = [t("card.ending"), t("card.endingDetail")];
  if (card.kind === "device" && card.finding?.type === "phoneNeverRegistered") detail = t("card.neverConnected");
  if (card.kind === "user" && card.finding?.type === "blocked") detail = t("users:presence.blocked");
  const code = card.id.startsWith("gap:") ? card.id.slice(4) : "";
  const verb = gapCodes[code];
  if (verb) [label, detail] = [t(`card.${verb}`), t(`users:finding.${code}` as never)];
  const inside = (
    <>
      <Icon size={20} aria-hidden="true" className="diagram-icon" />
      <span className="diagram-text">
        <span className="diagram-label">{label}</span>
        {detail && <span className="diagram-detail">{detail}</span>}
      </span>
    </>
  );
  const look = `diagram-card diagram-${card.kind}${card.finding && card.kind !== "gap" ? " diagram-mend" : ""}`;
  if (verb && mend) {
    return (
      <button type="button" className={look} onClick={() => mend(code)}>
        {inside}
      </button>
    );
  }
  return <div className={look}>{inside}</div>;
}
