import { Group, SegmentedControl, Stack, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPhoneIncoming, IconPhoneOutgoing, IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { callsQuery } from "../../api/queries";
import type { Call } from "../../api/types";
import { exact, lasted, said } from "../../ui/moment";
import { Page } from "../../ui/Page";
import { useReadable } from "../../ui/PhoneNumber";
import { Empty, LoadFailed, Loading, LoadMore } from "../../ui/States";

/** My Telephony, Calls: one's own. */
export function CallsPage() {
  const { t } = useTranslation("records");
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed.trim(), 200);
  const [direction, setDirection] = useState<"all" | "incoming" | "outgoing">("all");
  const list = useInfiniteQuery({ ...callsQuery({ search, direction: direction === "all" ? undefined : direction }), placeholderData: keepPreviousData, refetchInterval: 15_000 });
  const calls = list.data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = Boolean(search) || direction !== "all";
  return (
    <Page title={t("calls.title")}>
      <Stack gap="md">
        <Text c="dimmed">{t("calls.intro")}</Text>
        <Group gap="sm">
          <TextInput flex={1} miw={220} type="search" leftSection={<IconSearch size={18} />} placeholder={t("calls.search")} aria-label={t("calls.search")} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
          <SegmentedControl
            aria-label={t("calls.direction.label")}
            value={direction}
            onChange={(value) => setDirection(value as typeof direction)}
            data={(["all", "incoming", "outgoing"] as const).map((value) => ({ value, label: t(`calls.direction.${value}`) }))}
          />
        </Group>
        {list.isPending && <Loading rows={6} />}
        {list.error && <LoadFailed error={list.error} again={() => void list.refetch()} />}
        {list.isSuccess && calls.length === 0 && (filtered ? <Empty title={t("calls.noneFit")} /> : <Empty title={t("calls.none")}>{t("calls.noneText")}</Empty>)}
        {calls.length > 0 && (
          <Table.ScrollContainer minWidth={560} scrollAreaProps={{ type: "auto" }}>
            <Table verticalSpacing={10} highlightOnHover aria-label={t("calls.title")}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("calls.who")}</Table.Th>
                  <Table.Th>{t("calls.when")}</Table.Th>
                  <Table.Th>{t("calls.how")}</Table.Th>
                  <Table.Th>{t("calls.lasted")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {calls.map((call) => (
                  <Row key={call.id} call={call} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
        <LoadMore more={list.hasNextPage} loading={list.isFetchingNextPage} load={() => void list.fetchNextPage()} />
      </Stack>
    </Page>
  );
}

function Row({ call }: { call: Call }) {
  const { t, i18n } = useTranslation("records");
  const readable = useReadable();
  const incoming = call.direction === "incoming";
  const other = incoming ? call.caller : call.called;
  const number = other.number ? readable(other.number) : (other.extension ?? (incoming ? "" : call.dialled));
  const outcome = call.outcome === "answered" && incoming && !call.answeredByMe ? "answeredElsewhere" : call.outcome;
  const Icon = incoming ? IconPhoneIncoming : IconPhoneOutgoing;
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="sm" wrap="nowrap">
          <Icon size={18} role="img" aria-label={t(`calls.direction.${call.direction}`)} />
          <div>
            <Text className="anywhere">{other.name || number || t("calls.withheld")}</Text>
            {other.name && number && (
              <Text size="sm" c="dimmed">
                {number}
              </Text>
            )}
          </div>
        </Group>
      </Table.Td>
      <Table.Td title={exact(call.started, i18n.language)}>{said(call.started, i18n.language)}</Table.Td>
      <Table.Td>{t(`calls.outcome.${outcome}` as never, { defaultValue: outcome })}</Table.Td>
      <Table.Td>{call.answered ? lasted(call.durationMs) : ""}</Table.Td>
    </Table.Tr>
  );
}
