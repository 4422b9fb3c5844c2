import { ActionIcon, Badge, Button, Card, Checkbox, Group, NumberInput, Paper, Stack, Text } from "@mantine/core";
import { IconArrowBackUp, IconArrowDown, IconArrowUp, IconPlus, IconTrash, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useReadable } from "../../ui/PhoneNumber";
import type { Asked } from "./asked";
import { type Draft, MOST_STEPS, moved, type Rings, SECONDS } from "./changes";
import type { Phone, Stage } from "./flow";
import "./words";

/** The same as the picture, for keyboards and screen readers, and for whoever prefers a form. */
export function ListForm({
  before,
  draft,
  phones,
  wrong,
  administrator,
  onChange,
  onAsk,
}: {
  before: Draft;
  draft: Draft;
  phones: Phone[];
  wrong: Map<number, "empty" | "range">;
  administrator: boolean;
  onChange: (draft: Draft) => void;
  onAsk: (what: Asked) => void;
}) {
  const { t } = useTranslation("routing");
  const readable = useReadable();
  const { rings } = draft;
  const removed = before.numbers.filter(({ id }) => !draft.numbers.some((number) => number.id === id));
  const setRings = (next: Rings) => onChange({ ...draft, rings: next });
  return (
    <Stack gap="md" component="section" aria-label={t("listForm")}>
      {administrator && (
        <div className="cards">
          <Section title={t("number.label")}>
            {draft.numbers.map((number) => (
              <Row key={number.id} words={readable(number.number)} mark={before.numbers.some(({ id }) => id === number.id) ? undefined : "added"}>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="lg"
                  aria-label={t("number.remove", { number: readable(number.number) })}
                  onClick={() => onChange({ ...draft, numbers: draft.numbers.filter(({ id }) => id !== number.id) })}
                >
                  <IconX size={18} />
                </ActionIcon>
              </Row>
            ))}
            {removed.map((number) => (
              <Row key={number.id} words={readable(number.number)} mark="removed">
                <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("number.restore", { number: readable(number.number) })} onClick={() => onChange({ ...draft, numbers: [...draft.numbers, number] })}>
                  <IconArrowBackUp size={18} />
                </ActionIcon>
              </Row>
            ))}
            <Add onClick={() => onAsk("number")}>{t("number.add")}</Add>
          </Section>
          <Section title={t("extension.label")}>
            {draft.extension && (
              <Row words={draft.extension.number} mark={draft.extension.number === before.extension?.number ? undefined : "added"}>
                <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("extension.remove", { number: draft.extension.number })} onClick={() => onChange({ ...draft, extension: undefined })}>
                  <IconX size={18} />
                </ActionIcon>
              </Row>
            )}
            {before.extension && before.extension.number !== draft.extension?.number && (
              <Row words={before.extension.number} mark="removed">
                <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("extension.restore", { number: before.extension.number })} onClick={() => onChange({ ...draft, extension: before.extension })}>
                  <IconArrowBackUp size={18} />
                </ActionIcon>
              </Row>
            )}
            <Add onClick={() => onAsk("extension")}>{t(draft.extension ? "extension.change" : "extension.add")}</Add>
          </Section>
        </div>
      )}
      <Section title={t(rings.kind === "steps" ? "step.title" : "member.title")}>
        {rings.kind === "steps" ? (
          <Steps list={rings.stages} phones={phones} wrong={wrong} onChange={(stages) => setRings({ kind: "steps", stages })} />
        ) : (
          <>
            <Seconds label={t("member.seconds")} value={rings.seconds} wrong={wrong.has(0)} onChange={(seconds) => setRings({ ...rings, seconds })} words={t("member.for")} />
            {rings.members.length === 0 && <Text c="dimmed">{t("member.none")}</Text>}
            {rings.members.map((member) => (
              <Row key={member.id} words={member.name} mark={before.rings.kind === "members" && before.rings.members.some(({ id }) => id === member.id) ? undefined : "added"}>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="lg"
                  aria-label={t("member.remove", { name: member.name })}
                  onClick={() => setRings({ ...rings, members: rings.members.filter(({ id }) => id !== member.id) })}
                >
                  <IconX size={18} />
                </ActionIcon>
              </Row>
            ))}
          </>
        )}
        <Add onClick={() => onAsk(rings.kind === "steps" ? "phone" : "member")}>{t(rings.kind === "steps" ? "card.addPhone" : "member.add")}</Add>
        {rings.kind === "steps" && (
          <Text size="sm" c="dimmed">
            {t("step.phoneNow")}
          </Text>
        )}
      </Section>
    </Stack>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card withBorder padding="md">
      <Text fw={600} mb="xs" component="h3" fz="md">
        {title}
      </Text>
      <Stack gap={6}>{children}</Stack>
    </Card>
  );
}

function Row({ words, mark, children }: { words: string; mark?: "added" | "removed"; children: ReactNode }) {
  const { t } = useTranslation("routing");
  return (
    <Group gap="sm" wrap="nowrap" className={mark ? `row-${mark}` : undefined}>
      <Text fw={600} miw={0} className="anywhere row-words">
        {words}
      </Text>
      {mark && (
        <Badge variant="light" tt="none" radius="sm" color={mark === "removed" ? "gray" : undefined} className="keep-badge">
          {t(`mark.${mark}`)}
        </Badge>
      )}
      {children}
    </Group>
  );
}

function Add({ onClick, children }: { onClick: () => void; children: string }) {
  return (
    <div>
      <Button variant="light" size="sm" leftSection={<IconPlus size={16} />} onClick={onClick}>
        {children}
      </Button>
    </div>
  );
}

export function Seconds({ label, value, wrong, words, onChange }: { label: string; value: number; wrong: boolean; words: string; onChange: (seconds: number) => void }) {
  const { t } = useTranslation("routing");
  return (
    <div>
      <Group gap={6} wrap="nowrap">
        <Text size="sm">{words}</Text>
        <NumberInput
          w={84}
          size="sm"
          min={SECONDS.least}
          max={SECONDS.most}
          clampBehavior="none"
          allowDecimal={false}
          value={value}
          suffix=" s"
          hideControls
          aria-label={label}
          error={wrong}
          onChange={(seconds) => onChange(Number(seconds))}
        />
      </Group>
      {wrong && (
        <Text size="sm" c="var(--rw-danger)" role="alert" mt={4}>
          {t("step.range")}
        </Text>
      )}
    </div>
  );
}

function Steps({ list, phones, wrong, onChange }: { list: Stage[]; phones: Phone[]; wrong: Map<number, "empty" | "range">; onChange: (next: Stage[]) => void }) {
  const { t } = useTranslation("routing");
  if (phones.length === 0) return <Text c="dimmed">{t("step.noPhones")}</Text>;
  const replace = (position: number, part: Partial<Stage>) => onChange(list.map((stage, at) => (at === position ? { ...stage, ...part } : stage)));
  return (
    <Stack gap="sm">
      {list.map((stage, position) => {
        const step = position + 1;
        const fault = wrong.get(position);
        return (
          <Paper key={position} withBorder p="sm" component="fieldset" className="step">
            <legend className="step-legend">{t(position === 0 ? "step.first" : "step.then")}</legend>
            <Group justify="space-between" align="flex-start" wrap="wrap">
              <Checkbox.Group
                aria-label={t("step.phones", { step })}
                value={stage.phones.map(({ id }) => id)}
                onChange={(ids) => replace(position, { phones: phones.filter(({ id }) => ids.includes(id)) })}
              >
                <Stack gap={6}>
                  {phones.map(({ id, label }) => (
                    <Checkbox key={id} value={id} label={label} className="anywhere" />
                  ))}
                </Stack>
              </Checkbox.Group>
              <Group gap={4} wrap="nowrap" align="flex-start">
                <Seconds label={t("step.secondsLabel", { step })} value={stage.seconds} wrong={fault === "range"} words={t("step.seconds")} onChange={(seconds) => replace(position, { seconds })} />
                <ActionIcon variant="subtle" color="gray" size="lg" disabled={position === 0} aria-label={t("step.earlier", { step })} onClick={() => onChange(moved(list, position, position - 1))}>
                  <IconArrowUp size={18} />
                </ActionIcon>
                <ActionIcon variant="subtle" color="gray" size="lg" disabled={position === list.length - 1} aria-label={t("step.later", { step })} onClick={() => onChange(moved(list, position, position + 1))}>
                  <IconArrowDown size={18} />
                </ActionIcon>
                <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("step.remove", { step })} onClick={() => onChange(list.filter((_, at) => at !== position))}>
                  <IconTrash size={18} />
                </ActionIcon>
              </Group>
            </Group>
            {fault === "empty" && (
              <Text size="sm" c="var(--rw-danger)" role="alert" mt={4}>
                {t("step.empty")}
              </Text>
            )}
          </Paper>
        );
      })}
      {list.length === 0 && <Text size="sm">{t("step.all")}</Text>}
      {list.length < MOST_STEPS && (
        <Add
          onClick={() => {
            const rest = phones.filter(({ id }) => !list.some((stage) => stage.phones.some((phone) => phone.id === id)));
            onChange([...list, { phones: rest.length ? rest : phones, seconds: 20 }]);
          }}
        >
          {t("step.add")}
        </Add>
      )}
    </Stack>
  );
}
