import { ActionIcon, Box, Text, Tooltip, UnstyledButton } from "@mantine/core";
import {
  IconAddressBook,
  IconArrowBackUp,
  IconArrowDown,
  IconArrowLeft,
  IconArrowRight,
  IconArrowUp,
  IconDeviceLandlinePhone,
  IconDeviceMobile,
  IconHash,
  IconPencil,
  IconPhone,
  IconPhoneOff,
  IconPhoneOutgoing,
  IconPlus,
  IconUser,
  IconX,
} from "@tabler/icons-react";
import { type DragEvent, type ReactNode, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { useReadable } from "../../ui/PhoneNumber";
import type { DiagramArrow, DiagramCard, DiagramData } from "./flow";
import { arrowInto, CARD, columnsOf, curve, lay, MOST_CARDS } from "./layout";
import "./words";

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

/** A button on a card. */
export interface Handle {
  kind: "remove" | "undo" | "earlier" | "later" | "change";
  label: string;
  run: () => void;
}

/** A card that a call passes: how, and in words, since colour alone says nothing. */
export interface Light {
  state: "passed" | "ringing" | "talking" | "failed";
  words?: string;
}

export interface Editing {
  handles: (card: DiagramCard) => Handle[];
  /** The time before a column, to be changed in place. */
  time: (column: number, words: string) => ReactNode;
  drag: (card: DiagramCard) => boolean;
  drop: (card: DiagramCard, column: number) => void;
}

interface Shown {
  /** What a click on a dashed card does; where nothing, the card only says what is missing. */
  mend?: (code: string) => (() => void) | undefined;
  light?: (card: DiagramCard) => Light | undefined;
  editing?: Editing;
}

/** Left to right what people dial, who is meant, what rings, what follows; upright where there is little room. */
export function Diagram({ data, name, upright = false, ...shown }: { data: DiagramData; name: string; upright?: boolean } & Shown) {
  const { t } = useTranslation("routing");
  const [ref, width] = useWidth();
  const [all, setAll] = useState(false);
  const whole = columnsOf(data.nodes);
  const columns = all ? whole : whole.map((column) => (column.length > MOST_CARDS ? column.slice(0, MOST_CARDS - 1) : column));
  const hidden = data.nodes.length - columns.flat().length;
  const across = !upright && width >= 640;
  const Body = across ? Across : Upright;
  return (
    <Box ref={ref} role="group" aria-label={t("diagram", { name })}>
      {width > 0 && <Body columns={columns} edges={data.edges} room={width} {...shown} />}
      {(hidden > 0 || all) && (
        <UnstyledButton className="diagram-more" onClick={() => setAll(!all)} aria-expanded={all}>
          {all ? t("card.fewer") : t("card.more", { count: hidden })}
        </UnstyledButton>
      )}
    </Box>
  );
}

/** How wide an element is, known before it is painted: what would come a moment later would push the page down. */
function useWidth() {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width] as const;
}

type Drawn = { columns: DiagramCard[][]; edges: DiagramArrow[]; room: number } & Shown;

function Across({ columns, edges, room, ...shown }: Drawn) {
  const words = useEdgeWords();
  const { editing, light } = shown;
  const layout = lay(columns, room, editing ? CARD.handled : CARD.height);
  const { cardWidth, cardHeight, gap, places } = layout;
  const lit = new Set(light ? columns.flat().filter((card) => light(card)).map(({ id }) => id) : []);
  const edgeState = (edge: DiagramArrow) => (lit.has(edge.from) && lit.has(edge.to) ? "diagram-edge diagram-edge-lit" : "diagram-edge");
  return (
    <Box className={layout.close ? "diagram-scroll diagram-close" : "diagram-scroll"} tabIndex={layout.width > room ? 0 : undefined}>
      <Box pos="relative" w={layout.width} h={layout.height} mx="auto">
        <svg width={layout.width} height={layout.height} className="diagram-edges" aria-hidden="true">
          {edges
            .toSorted((one, other) => Number(lit.has(one.from) && lit.has(one.to)) - Number(lit.has(other.from) && lit.has(other.to)))
            .map((edge) => {
              const drawn = curve(layout, edge);
              if (!drawn) return null;
              return (
                <g key={`${edge.from}>${edge.to}`} className={edgeState(edge)}>
                  <path d={drawn.line} />
                  <path d={drawn.head} />
                </g>
              );
            })}
        </svg>
        {columns.map((column, position) => {
          const label = position > 0 ? words(edges, column) : "";
          const inside = editing?.time(position, label) ?? label;
          if (!inside) return null;
          return (
            <Text key={position} component="span" size="xs" className="diagram-words" style={{ left: position * (cardWidth + gap) - gap / 2, top: layout.height / 2 - 12 }}>
              {inside}
            </Text>
          );
        })}
        {columns.map((column, position) => (
          <Column key={position} position={position} editing={editing} style={{ left: position * (cardWidth + gap), width: cardWidth, height: layout.height }}>
            {column.map((card) => (
              <Box key={card.id} pos="absolute" left={0} top={places.get(card.id)?.y} w={cardWidth} h={cardHeight}>
                <Card card={card} {...shown} />
              </Box>
            ))}
          </Column>
        ))}
      </Box>
    </Box>
  );
}

function Upright({ columns, edges, ...shown }: Drawn) {
  const words = useEdgeWords();
  return (
    <Box maw={360} mx="auto">
      {columns.map((column, position) => {
        const label = words(edges, column);
        return (
          <Box key={position}>
            {position > 0 && (
              <Box className="diagram-down">
                <IconArrowDown size={18} aria-hidden="true" />
                <Text component="span" size="xs">
                  {shown.editing?.time(position, label) ?? label}
                </Text>
              </Box>
            )}
            <Box className="diagram-layer">
              {column.map((card) => (
                <Box key={card.id} mih={CARD.height}>
                  <Card card={card} upright {...shown} />
                </Box>
              ))}
            </Box>
          </Box>
        );
      })}
    </Box>
  );
}

/** A column takes cards that are dragged onto it. */
function Column({ position, editing, style, children }: { position: number; editing?: Editing; style: { left: number; width: number; height: number }; children: ReactNode }) {
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    setOver(false);
    const card = dragged;
    if (!card || !editing) return;
    event.preventDefault();
    editing.drop(card, position);
  };
  return (
    <Box
      pos="absolute"
      top={0}
      style={style}
      className={over ? "diagram-column diagram-over" : "diagram-column"}
      onDragOver={(event) => {
        if (!editing || !dragged || position < 2) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      {children}
    </Box>
  );
}

// What hangs on the pointer: there is only one.
let dragged: DiagramCard | undefined;

function useEdgeWords() {
  const { t } = useTranslation("routing");
  return (edges: DiagramArrow[], column: DiagramCard[]): string => {
    const arrow = arrowInto(edges, column);
    if (arrow?.type === "after") return t("edge.after", { seconds: arrow.seconds });
    if (arrow?.type === "together") return t("edge.together");
    return arrow?.type === "noLine" ? t("edge.noLine") : "";
  };
}

const gapCodes: Record<string, "addNumber" | "addExtension" | "addPhone" | "addMembers" | "addMember"> = {
  noNumber: "addNumber",
  noExtension: "addExtension",
  noPhone: "addPhone",
  nobodyInGroup: "addMembers",
  addMember: "addMember",
};

const cannot: Record<string, "neverConnected" | "noLine" | "circles" | "nowhere"> = {
  phoneNeverRegistered: "neverConnected",
  phoneWithoutLine: "noLine",
  phoneInCircles: "circles",
  phoneLeadsNowhere: "nowhere",
};

function Card({ card, upright = false, mend, light, editing }: { card: DiagramCard; upright?: boolean } & Shown) {
  const { t } = useTranslation(["routing", "users"]);
  const readable = useReadable();
  // A device that is called by its number, wherever that leads.
  const Icon = card.kind === "device" && card.detail?.startsWith("+") ? IconDeviceMobile : icons[card.kind];
  const digits = card.id.slice(card.id.indexOf(":") + 1);
  const lit = light?.(card);
  const code = card.id.startsWith("gap:") ? card.id.slice(4) : "";
  const verb = gapCodes[code];
  let [label, detail] = [card.label, card.detail ?? ""];
  if (card.kind === "number" && card.id.startsWith("number:")) label = readable(digits);
  if (card.kind === "number" && card.id === "called") label = readable(card.label);
  if (card.kind === "extension") label = t("card.extension", { extension: digits });
  if (card.kind === "ending") [label, detail] = card.reason ? [t("card.refused"), t(`reason.${card.reason}` as never)] : [t("card.ending"), t("card.endingDetail")];
  if (card.kind === "device") {
    const [number = "", ...owner] = detail.split(" · ");
    if (number.startsWith("+")) detail = [readable(number), ...owner].join(" · ");
    const why = card.finding && cannot[card.finding.type];
    if (why) detail = t(`card.${why}`);
  }
  if (card.kind === "user" && card.finding?.type === "blocked") detail = t("users:presence.blocked");
  // On the picture of one call the card of whom it reaches says what was dialled.
  if ((card.kind === "user" || card.kind === "group") && detail) detail = detail.startsWith("Extension ") ? t("card.extension", { extension: detail.slice(10) }) : readable(detail);
  if (card.kind === "caller" && detail) [label, detail] = /^[\d+]+$/.test(label) ? [readable(detail), ""] : [label, readable(detail)];
  if (card.mark) detail = t(`mark.${card.mark}`);
  if (lit?.words) detail = lit.words;
  if (verb) [label, detail] = [t(`card.${verb}`), editing ? "" : t(`users:finding.${code}` as never)];
  const handles = editing?.handles(card) ?? [];
  const inside = (
    <>
      <Icon size={20} aria-hidden="true" className="diagram-icon" />
      <span className="diagram-text">
        <span className="diagram-label" title={label}>
          {label}
        </span>
        {detail && <span className="diagram-detail">{detail}</span>}
      </span>
    </>
  );
  const finding = card.finding && card.kind !== "gap" ? " diagram-mend" : "";
  const look = `diagram-card diagram-${card.kind}${finding}${card.mark ? ` diagram-${card.mark}` : ""}${lit ? ` diagram-lit diagram-lit-${lit.state}` : ""}`;
  const act = verb ? mend?.(code) : undefined;
  if (act) {
    return (
      <button type="button" className={editing && !card.finding ? `${look} diagram-plus` : look} onClick={act}>
        {inside}
      </button>
    );
  }
  const draggable = Boolean(editing?.drag(card));
  return (
    <div
      className={`${look}${handles.length ? " diagram-handled" : ""}${draggable ? " diagram-grab" : ""}`}
      draggable={draggable || undefined}
      onDragStart={(event) => {
        dragged = card;
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", label);
      }}
      onDragEnd={() => (dragged = undefined)}
    >
      <div className="diagram-face">{inside}</div>
      {handles.length > 0 && (
        <div className="diagram-handles">
          {handles.map((handle) => (
            <HandleButton key={handle.kind} handle={handle} upright={upright} />
          ))}
        </div>
      )}
    </div>
  );
}

function HandleButton({ handle: { kind, label, run }, upright }: { handle: Handle; upright: boolean }) {
  const Icon = {
    remove: IconX,
    undo: IconArrowBackUp,
    change: IconPencil,
    earlier: upright ? IconArrowUp : IconArrowLeft,
    later: upright ? IconArrowDown : IconArrowRight,
  }[kind];
  return (
    <Tooltip label={label} openDelay={400}>
      <ActionIcon variant="subtle" color="gray" size={28} aria-label={label} onClick={run}>
        <Icon size={16} aria-hidden="true" />
      </ActionIcon>
    </Tooltip>
  );
}
