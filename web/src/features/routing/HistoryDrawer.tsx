import { Button, Drawer, Group, List, Stack, Text, Timeline } from "@mantine/core";
import { IconArrowBackUp, IconCheck, IconPencil } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { ask } from "../../api/pending";
import type { Owner } from "../../api/types";
import { useProblemWords } from "../../i18n/problem";
import { exact, said } from "../../ui/moment";
import { Notice } from "../../ui/Notice";
import { useReadable } from "../../ui/PhoneNumber";
import { Empty, LoadFailed, Loading, LoadMore } from "../../ui/States";
import type { Change as Edited } from "./changes";
import { DEFAULT_SECONDS } from "./changes";
import type { Stage } from "./flow";
import { listed } from "./explain";
import { useChangeWords } from "./useChangeWords";

interface Step {
  devices: { id: string; label: string }[];
  seconds: number;
}

export interface VersionChange {
  type: string;
  id?: string;
  number?: string;
  label?: string;
  name?: string;
  from?: unknown;
  to?: unknown;
}

interface Arrangement {
  devices: { id: string; label: string }[];
}

interface Version {
  version: number;
  at: string;
  by: { id: string; name: string } | null;
  changes: VersionChange[];
  arrangement: Arrangement;
}

interface Lost {
  type: "number" | "extension" | "device" | "member";
  value: string;
  reason: "gone" | "taken" | "administratorsOnly";
  owner?: Owner;
}

/** What was before: dated, with who and what, and the way back. */
export function HistoryDrawer({ owner, mayReturn, onClose }: { owner: Owner; mayReturn: boolean; onClose: () => void }) {
  const { t } = useTranslation(["routing", "app"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const base = `/v1/${owner.type === "group" ? "groups" : "users"}/${owner.id}/routing/versions`;
  const list = useInfiniteQuery({
    queryKey: [owner.type === "group" ? "groups" : "users", owner.id, "versions"],
    initialPageParam: "",
    queryFn: async ({ pageParam }) => (await ask<{ items: Version[]; nextCursor?: string | null }>("GET", pageParam ? `${base}?cursor=${encodeURIComponent(pageParam)}` : base)).data,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  const back = useMutation({
    mutationFn: async (version: number) => (await ask<{ lost: Lost[] }>("POST", `${base}/${version}/return`, {})).data,
    onSuccess: () => queries.invalidateQueries(),
  });
  const versions = list.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Drawer opened onClose={onClose} position="right" size="md" title={t("history.title", { name: owner.name })} closeButtonProps={{ "aria-label": t("app:action.close") }}>
      <Stack gap="md">
        {back.isSuccess && <Returned lost={back.data.lost ?? []} />}
        {back.error && <Notice kind="failed">{words.whole(back.error)}</Notice>}
        {list.isPending && <Loading rows={4} height={80} />}
        {list.error && <LoadFailed error={list.error} again={() => void list.refetch()} />}
        {list.isSuccess && versions.length === 0 && <Empty title={t("history.none")}>{t("history.noneText")}</Empty>}
        {versions.length > 0 && (
          <Timeline active={0} bulletSize={26} lineWidth={2} component="ol" className="plain tight history">
            {versions.map((version, position) => (
              <Timeline.Item
                key={version.version}
                component="li"
                bullet={position === 0 ? <IconCheck size={14} aria-hidden="true" /> : <IconPencil size={14} aria-hidden="true" />}
                title={<When version={version} now={position === 0} />}
              >
                <Difference version={version} />
                {mayReturn && position > 0 && (
                  <Button
                    mt={6}
                    size="compact-sm"
                    variant="light"
                    leftSection={<IconArrowBackUp size={14} />}
                    loading={back.isPending && back.variables === version.version}
                    disabled={back.isPending}
                    onClick={() => back.mutate(version.version)}
                    aria-label={t("history.returnTo", { when: exactly(version.at) })}
                  >
                    {t("history.return")}
                  </Button>
                )}
              </Timeline.Item>
            ))}
          </Timeline>
        )}
        <LoadMore more={list.hasNextPage} loading={list.isFetchingNextPage} load={() => void list.fetchNextPage()} />
      </Stack>
    </Drawer>
  );
}

const exactly = (at: string) => exact(at, document.documentElement.lang || "en");

function When({ version, now }: { version: Version; now: boolean }) {
  const { t, i18n } = useTranslation("routing");
  return (
    <Group gap={6} align="baseline">
      <Text fw={600} size="sm" component="time" dateTime={version.at} title={exact(version.at, i18n.language)}>
        {said(version.at, i18n.language)}
      </Text>
      <Text size="sm" c="dimmed" className="anywhere">
        {version.by ? t("history.by", { name: version.by.name }) : t("history.bySomebody")}
      </Text>
      {now && (
        <Text size="sm" c="var(--rw-good)" fw={600}>
          {t("history.now")}
        </Text>
      )}
    </Group>
  );
}

function Difference({ version }: { version: Version }) {
  const { t } = useTranslation("routing");
  const say = useVersionWords(version.arrangement?.devices ?? []);
  if (version.changes.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("history.first")}
      </Text>
    );
  }
  return (
    <List size="sm" spacing={2} className="differences">
      {version.changes.map((change, position) => (
        <List.Item key={position} className="anywhere">
          {say(change)}
        </List.Item>
      ))}
    </List>
  );
}

/** The server's difference in the words of the editor. */
function useVersionWords(devices: { id: string; label: string }[]): (change: VersionChange) => string {
  const { t, i18n } = useTranslation("routing");
  const say = useChangeWords(devices.length);
  return (change) => {
    const edited = asEdit(change, devices);
    if (edited) return say(edited);
    const { type, label = "" } = change;
    if (type === "deviceAdded" || type === "deviceRemoved") return t(`history.${type}`, { label });
    if (type === "membersReordered") return t("history.membersReordered", { names: listed(((change.to ?? []) as { name: string }[]).map(({ name }) => name), i18n.language) });
    return type;
  };
}

/** Where the server says the same as the editor, in its own form. */
export function asEdit({ type, id = "", number = "", name = "", from, to }: VersionChange, devices: { id: string; label: string }[]): Edited | undefined {
  const ring = (steps: unknown): Stage[] => {
    const list = steps as Step[];
    // No steps: all of them together.
    if (list.length === 0) return devices.length > 0 ? [{ phones: devices, seconds: DEFAULT_SECONDS }] : [];
    return list.map((step) => ({ phones: step.devices, seconds: step.seconds }));
  };
  switch (type) {
    case "numberAdded":
    case "numberRemoved":
      return { type, number: { id, number } };
    case "extensionAdded":
    case "extensionRemoved":
      return { type, number };
    case "memberAdded":
    case "memberRemoved":
      return { type, member: { id, name } };
    case "secondsChanged":
      return { type: "seconds", from: Number(from), to: Number(to) };
    case "stepsChanged":
    case "stepsReordered":
      return { type: "steps", from: ring(from), to: ring(to) };
    default:
      return undefined;
  }
}

/** What came back, and what could not. */
function Returned({ lost }: { lost: Lost[] }) {
  const { t } = useTranslation("routing");
  const readable = useReadable();
  if (lost.length === 0) return <Notice kind="good">{t("history.returned")}</Notice>;
  return (
    <Notice kind="needsYou" title={t("history.returnedPartly")}>
      {lost.map((one) => (
        <Text key={`${one.type}${one.value}`} size="sm" component="span" display="block">
          {t(`history.lost.${one.reason}`, { what: one.type === "extension" ? t("sentence.extension", { extension: one.value }) : readable(one.value), owner: one.owner?.name ?? "" })}
        </Text>
      ))}
    </Notice>
  );
}
