import { ActionIcon, Badge, Box, Button, Card, Checkbox, Group, List, NumberInput, Paper, Stack, Text } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash, IconX } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, onceKey } from "../../api/client";
import { Problem, unwrap } from "../../api/problem";
import type { Device, DeviceWithCredentials, PhoneNumber, RoutingAnswer, User } from "../../api/types";
import { useProblemWords } from "../../i18n/problem";
import { Notice } from "../../ui/Notice";
import { useReadable } from "../../ui/PhoneNumber";
import { CredentialsCard } from "../users/CredentialsCard";
import { AddDevice } from "../users/DevicesTab";
import { type Before, type Change, changes, DEFAULT_SECONDS, type Draft, draftOf, faults, moved, SECONDS } from "./changes";
import { Diagram } from "./Diagram";
import { ExtensionPicker } from "./ExtensionPicker";
import { listed, useExplain } from "./explain";
import { dialled, type DiagramData, type Stage, stages } from "./flow";
import { NumberPicker } from "./NumberPicker";
import { previewStages } from "./preview";

function beforeOf(routing: RoutingAnswer): Before {
  const { numbers, extensions } = dialled(routing);
  return { numbers, extension: extensions[0], stages: stages(routing) };
}

/** The routing with handles. Nothing is live until Save, which shows the difference first. */
export function RoutingEditor({
  user,
  routing,
  version,
  devices,
  administrator,
  onClose,
}: {
  user: User;
  routing: RoutingAnswer;
  version: string;
  devices: Device[];
  administrator: boolean;
  onAddPhone: () => void;
  onClose: (saved: boolean) => void;
}) {
  const { t } = useTranslation(["routing", "app"]);
  const words = useProblemWords();
  const explain = useExplain();
  const queries = useQueryClient();
  // What the draft was based on; it follows the server only after it said that somebody else changed something.
  const [based, setBased] = useState({ version, routing, before: beforeOf(routing) });
  const [draft, setDraft] = useState<Draft>(() => draftOf(based.before));
  const [extensionOpen, setExtensionOpen] = useState(false);
  const [picking, setPicking] = useState(false);
  const [picked, setPicked] = useState<PhoneNumber>();
  const [addingPhone, setAddingPhone] = useState(false);
  const [credentials, setCredentials] = useState<DeviceWithCredentials>();
  const found = changes(based.before, draft);
  const wrong = faults(draft.stages);
  const data: DiagramData = previewStages({ name: user.name, numbers: draft.numbers.map(({ number }) => number), extension: draft.extension, stages: draft.stages });

  const save = useMutation({
    mutationFn: async () => {
      for (const change of found) await carryOut(change, user, based.version, devices); // one after the other, in this order
    },
    onSuccess: () => onClose(true),
    onSettled: () => queries.invalidateQueries(),
  });
  const conflict = save.error instanceof Problem && save.error.code === "changed";
  // After a refusal the draft stands on what the server holds now: the rest of the changes stays, counted anew.
  if (save.isError && based.routing !== routing) setBased({ version, routing, before: beforeOf(routing) });
  useBlocker({ shouldBlockFn: () => false, enableBeforeUnload: () => found.length > 0 });

  const setStages = (next: Stage[]) => setDraft({ ...draft, stages: next });
  return (
    <Stack gap="lg">
      <Diagram data={data} name={user.name} mend={(code) => (code === "noPhone" ? setAddingPhone(true) : code === "noNumber" ? setPicking(true) : setExtensionOpen(true))} />
      <div className="editor-columns">
        <Stack gap="md">
          {administrator && (
            <Card withBorder padding="md">
              <Text fw={600} mb="xs">
                {t("number.label")}
              </Text>
              <Stack gap={6}>
                {draft.numbers.map((number) => (
                  <HeldNumber
                    key={number.id}
                    number={number}
                    added={!based.before.numbers.some(({ id }) => id === number.id)}
                    onRemove={() => setDraft({ ...draft, numbers: draft.numbers.filter(({ id }) => id !== number.id) })}
                  />
                ))}
                {picking ? (
                  <Stack gap="sm">
                    <NumberPicker value={picked} onChange={setPicked} hidden={draft.numbers.map(({ id }) => id)} />
                    {picked?.owner && <Notice kind="needsYou">{t("number.moveText", { owner: picked.owner.name })}</Notice>}
                    <Group gap="sm">
                      <Button
                        disabled={!picked}
                        onClick={() => {
                          if (picked) setDraft({ ...draft, numbers: [...draft.numbers, { id: picked.id, number: picked.number, from: picked.owner ?? undefined }] });
                          setPicked(undefined);
                          setPicking(false);
                        }}
                      >
                        {t("number.add")}
                      </Button>
                      <Button variant="default" onClick={() => setPicking(false)}>
                        {t("app:action.cancel")}
                      </Button>
                    </Group>
                  </Stack>
                ) : (
                  <div>
                    <Button variant="light" size="sm" leftSection={<IconPlus size={16} />} onClick={() => setPicking(true)}>
                      {t("number.add")}
                    </Button>
                  </div>
                )}
              </Stack>
            </Card>
          )}
          {administrator && (
            <Card withBorder padding="md">
              {extensionOpen ? (
                <ExtensionForm draft={draft} own={based.before.extension?.number} onDone={(extension) => { setDraft({ ...draft, extension }); setExtensionOpen(false); }} onClose={() => setExtensionOpen(false)} />
              ) : (
                <>
                  <Text fw={600} mb="xs">
                    {t("extension.label")}
                  </Text>
                  <Group gap="sm">
                    {draft.extension ? (
                      <>
                        <Text fw={600}>{draft.extension}</Text>
                        {draft.extension !== based.before.extension?.number && <NewMark />}
                        <Button variant="light" size="sm" onClick={() => setExtensionOpen(true)}>
                          {t("extension.change")}
                        </Button>
                        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("extension.remove", { number: draft.extension })} onClick={() => setDraft({ ...draft, extension: undefined })}>
                          <IconX size={18} />
                        </ActionIcon>
                      </>
                    ) : (
                      <Button variant="light" size="sm" leftSection={<IconPlus size={16} />} onClick={() => setExtensionOpen(true)}>
                        {t("extension.add")}
                      </Button>
                    )}
                  </Group>
                </>
              )}
            </Card>
          )}
          <Card withBorder padding="md">
            <Text fw={600} mb="xs">
              {t("step.title")}
            </Text>
            <Steps stages={draft.stages} devices={devices} wrong={wrong} onChange={setStages} />
            {addingPhone ? (
              <Box mt="sm">
                <AddDevice
                  user={user}
                  onClose={() => setAddingPhone(false)}
                  onDone={(device) => {
                    setCredentials(device);
                    setAddingPhone(false);
                    const phone = { id: device.id, label: device.label };
                    // The exchange rings a new phone with the others unless steps were chosen: the draft says the same.
                    const [first, ...others] = draft.stages;
                    const next = first ? [{ ...first, phones: [...first.phones, phone] }, ...others] : [{ phones: [phone], seconds: DEFAULT_SECONDS }];
                    setStages(next);
                  }}
                />
              </Box>
            ) : (
              <Button mt="sm" variant="light" size="sm" leftSection={<IconPlus size={16} />} onClick={() => setAddingPhone(true)}>
                {t("card.addPhone")}
              </Button>
            )}
            <Text size="sm" c="dimmed" mt="xs">
              {t("step.phoneNow")}
            </Text>
            {credentials && (
              <Box mt="sm">
                <CredentialsCard device={credentials} user={user.id} />
              </Box>
            )}
          </Card>
        </Stack>
        <Paper withBorder p="md" bg="var(--rw-surface)" className="stays" component="section" aria-label={t("change.title")}>
          <Text fw={600} mb="xs" role="status">
            {found.length ? t("change.count", { count: found.length }) : t("change.none")}
          </Text>
          <Differences found={found} all={devices.length} />
          {save.error && (
            <Box mt="sm">
              <Notice kind={conflict ? "needsYou" : "failed"} title={conflict ? t("change.conflict") : undefined}>
                {conflict ? t("change.conflictText", { sentence: explain(routing) }) : `${words.fields(save.error).number ?? words.whole(save.error)} ${t("change.partly")}`}
              </Notice>
            </Box>
          )}
          <Group mt="md" gap="sm">
            <Button disabled={found.length === 0 || wrong.size > 0} loading={save.isPending} onClick={() => save.mutate()}>
              {t("app:action.save")}
            </Button>
            <Button variant="default" onClick={() => onClose(false)}>
              {found.length ? t("app:action.discard") : t("app:action.cancel")}
            </Button>
          </Group>
        </Paper>
      </div>
    </Stack>
  );
}

async function carryOut(change: Change, user: User, version: string, devices: Device[]): Promise<unknown> {
  const owner = { type: "user", id: user.id } as const;
  switch (change.type) {
    case "numberRemoved":
      return unwrap(api.DELETE("/v1/numbers/{number}/assignment", { params: { path: { number: change.number.id } } }));
    case "numberAdded": {
      const { id, from } = change.number;
      const movedFrom = from && { type: from.type, id: from.id };
      return unwrap(api.PUT("/v1/numbers/{number}/assignment", { params: { path: { number: id } }, body: { owner, movedFrom } }));
    }
    case "extensionRemoved":
      return unwrap(api.DELETE("/v1/extensions/{extension}", { params: { path: { extension: change.id } } }));
    case "extensionAdded":
      return unwrap(api.POST("/v1/extensions", { headers: onceKey(), body: { number: change.number, owner } }));
    case "steps": {
      // Every phone together for the usual time is what the exchange does by itself, also for phones that come later.
      const [only, ...others] = change.to;
      const usual = change.to.length === 0 || (only && others.length === 0 && only.seconds === DEFAULT_SECONDS && only.phones.length === devices.length);
      const steps = usual ? [] : change.to.map(({ phones, seconds }) => ({ devices: phones.map(({ id }) => id), seconds }));
      return unwrap(api.PUT("/v1/users/{user}/routing", { params: { path: { user: user.id }, header: { "if-match": version } }, body: { steps } }));
    }
  }
}

function NewMark() {
  const { t } = useTranslation("app");
  return (
    <Badge variant="light" tt="none" radius="sm">
      {t("new")}
    </Badge>
  );
}

function HeldNumber({ number, added, onRemove }: { number: { number: string }; added: boolean; onRemove: () => void }) {
  const { t } = useTranslation("routing");
  const shown = useReadable()(number.number);
  return (
    <Group gap="sm">
      <Text fw={600}>{shown}</Text>
      {added && <NewMark />}
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("number.remove", { number: shown })} onClick={onRemove}>
        <IconX size={18} />
      </ActionIcon>
    </Group>
  );
}

function ExtensionForm({ draft, own, onDone, onClose }: { draft: Draft; own: string | undefined; onDone: (extension: string) => void; onClose: () => void }) {
  const { t } = useTranslation(["routing", "app"]);
  const [value, setValue] = useState(draft.extension ?? "");
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (value) onDone(value);
      }}
    >
      <ExtensionPicker value={value} onChange={setValue} own={own} autoFocus />
      <Group gap="sm" mt="sm">
        <Button type="submit" disabled={!/^\d{1,6}$/.test(value)}>
          {t("extension.add")}
        </Button>
        <Button variant="default" onClick={onClose}>
          {t("app:action.cancel")}
        </Button>
      </Group>
    </form>
  );
}

function Steps({ stages: list, devices, wrong, onChange }: { stages: Stage[]; devices: Device[]; wrong: Map<number, "empty" | "range">; onChange: (next: Stage[]) => void }) {
  const { t } = useTranslation("routing");
  if (devices.length === 0) return <Text c="dimmed">{t("step.noPhones")}</Text>;
  const replace = (position: number, part: Partial<Stage>) => onChange(list.map((stage, at) => (at === position ? { ...stage, ...part } : stage)));
  const phones = devices.map(({ id, label }) => ({ id, label }));
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
                    <Checkbox key={id} value={id} label={label} />
                  ))}
                </Stack>
              </Checkbox.Group>
              <Group gap={4} wrap="nowrap">
                <Text size="sm">{t("step.seconds")}</Text>
                <NumberInput
                  w={84}
                  size="sm"
                  min={SECONDS.least}
                  max={SECONDS.most}
                  clampBehavior="none"
                  allowDecimal={false}
                  value={stage.seconds}
                  suffix=" s"
                  hideControls
                  aria-label={t("step.secondsLabel", { step })}
                  error={fault === "range"}
                  onChange={(seconds) => replace(position, { seconds: Number(seconds) })}
                />
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
            {fault && (
              <Text size="sm" c="var(--rw-danger)" role="alert" mt={4}>
                {t(`step.${fault}`)}
              </Text>
            )}
          </Paper>
        );
      })}
      {list.length === 0 && <Text size="sm">{t("step.all")}</Text>}
      <div>
        <Button
          variant="light"
          size="sm"
          leftSection={<IconPlus size={16} />}
          onClick={() => {
            const rest = phones.filter(({ id }) => !list.some((stage) => stage.phones.some((phone) => phone.id === id)));
            onChange([...list, { phones: rest.length ? rest : phones, seconds: 20 }]);
          }}
        >
          {t("step.add")}
        </Button>
      </div>
    </Stack>
  );
}

function Differences({ found, all }: { found: Change[]; all: number }) {
  const { t, i18n } = useTranslation("routing");
  const readable = useReadable();
  const order = (list: Stage[]) =>
    list
      .map(({ phones, seconds }) =>
        phones.length === all && all > 1 ? t("change.stepsAll", { seconds }) : t("change.stepsOne", { seconds, phones: listed(phones.map(({ label }) => label), i18n.language) }),
      )
      .join("; ") || t("step.all");
  const say = (change: Change): string => {
    switch (change.type) {
      case "numberRemoved":
        return t("change.numberRemoved", { number: readable(change.number.number) });
      case "numberAdded":
        return change.number.from
          ? t("change.numberMoved", { number: readable(change.number.number), owner: change.number.from.name })
          : t("change.numberAdded", { number: readable(change.number.number) });
      case "extensionRemoved":
        return t("change.extensionRemoved", { number: change.number });
      case "extensionAdded":
        return t("change.extensionAdded", { number: change.number });
      case "steps":
        return t("change.steps", { from: order(change.from), to: order(change.to) });
    }
  };
  if (found.length === 0) return null;
  return (
    <List size="sm" spacing={4}>
      {found.map((change, position) => (
        <List.Item key={position}>{say(change)}</List.Item>
      ))}
    </List>
  );
}
