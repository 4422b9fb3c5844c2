import { Button, Group, List, Stack, Text, Timeline } from "@mantine/core";
import { IconArrowBackUp, IconCheck, IconPencil } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { unwrap } from "../../api/problem";
import { versionsQuery } from "../../api/queries";
import type { Owner, RoutingChange, RoutingLost, RoutingVersion as Version } from "../../api/types";
import { useProblemWords } from "../../i18n/problem";
import { Drawer } from "../../ui/Dialog";
import { exact, said } from "../../ui/moment";
import { Notice } from "../../ui/Notice";
import { useReadable } from "../../ui/PhoneNumber";
import { Empty, LoadFailed, Loading, LoadMore } from "../../ui/States";
import type { Change as Edited } from "./changes";
import { stagesOf } from "./draft";
import { listed } from "./explain";
import type { Phone } from "./flow";
import { useChangeWords } from "./useChangeWords";
import "./words";

/** What was before: dated, with who and what, and the way back. */
export function HistoryDrawer({ owner, onClose }: { owner: Owner; onClose: () => void }) {
  const { t } = useTranslation(["routing", "app"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const list = useInfiniteQuery(versionsQuery(owner));
  const back = useMutation({
    mutationFn: (version: number) =>
      owner.type === "group"
        ? unwrap(api.POST("/v1/groups/{group}/routing/versions/{version}/return", { params: { path: { group: owner.id, version } } }))
        : unwrap(api.POST("/v1/users/{user}/routing/versions/{version}/return", { params: { path: { user: owner.id, version } } })),
    onSuccess: () => queries.invalidateQueries(),
  });
  const versions = list.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Drawer opened onClose={onClose} position="right" size="md" title={t("history.title", { name: owner.name })} closeButtonProps={{ "aria-label": t("app:action.close") }}>
      <Stack gap="md">
        {back.isSuccess && <Returned lost={back.data.lost} />}
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
                {position > 0 && (
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
  const say = useVersionWords(version.arrangement.devices);
  if (version.changes.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("history.first")}
      </Text>
    );
  }
  return (
    <List size="sm" spacing={2} withPadding listStyleType="disc">
      {version.changes.map((change, position) => (
        <List.Item key={position} className="anywhere">
          {say(change)}
        </List.Item>
      ))}
    </List>
  );
}

/** The server's difference in the words of the editor. */
function useVersionWords(devices: Phone[]): (change: RoutingChange) => string {
  const { t, i18n } = useTranslation("routing");
  const say = useChangeWords(devices.length);
  return (change) => {
    if (change.type === "deviceAdded" || change.type === "deviceRemoved") return t(`history.${change.type}`, { label: change.label });
    if (change.type === "membersReordered") return t("history.membersReordered", { names: listed(change.to.map(({ name }) => name), i18n.language) });
    return say(asEdit(change, devices));
  };
}

/** What the server says in its own form, as the editor says it. */
export function asEdit(change: Exclude<RoutingChange, { type: "deviceAdded" | "deviceRemoved" | "membersReordered" }>, devices: Phone[]): Edited {
  switch (change.type) {
    case "numberAdded":
    case "numberRemoved":
      return { type: change.type, number: change };
    case "extensionAdded":
    case "extensionRemoved":
      return { type: change.type, number: change.number };
    case "memberAdded":
    case "memberRemoved":
      return { type: change.type, member: change };
    case "secondsChanged":
      return { type: "seconds", from: change.from, to: change.to };
    case "stepsChanged":
    case "stepsReordered":
      return { type: "steps", from: stagesOf(change.from, devices), to: stagesOf(change.to, devices) };
  }
}

/** What came back, and what could not. */
function Returned({ lost }: { lost: RoutingLost[] }) {
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
