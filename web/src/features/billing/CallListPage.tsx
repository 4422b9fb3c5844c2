import "./words";

import { Box, Button, Group, Paper, Stack, Table, Text } from "@mantine/core";
import { IconAdjustments, IconFileExport, IconPhone, IconPhoneIncoming, IconPhoneOutgoing } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery, useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { asked, callListQuery, callListSettingsQuery } from "../../api/account";
import type { CallListEntry, CallListSettings as Settings } from "../../api/types";
import type { CallListFilter } from "../../app/search";
import { meQuery } from "../../app/session";
import { ButtonLink } from "../../ui/links";
import { exact, lasted } from "../../ui/moment";
import { Notice } from "../../ui/Notice";
import { Page } from "../../ui/Page";
import { useReadable } from "../../ui/PhoneNumber";
import { Empty, LoadFailed, Loading, LoadMore } from "../../ui/States";
import { CallListFilters } from "./CallListFilters";
import { CallListMessages } from "./CallListMessages";
import { CallListSettings } from "./CallListSettings";
import { day } from "./months";

/** Account & Bills, Itemized Call List: the list, and what is kept of calls at all. */
export function CallListPage() {
  const { t } = useTranslation("billing");
  const filter = useSearch({ from: "/inside/account/call-list" });
  const navigate = useNavigate({ from: "/call-list" });
  const loaded = useQuery(callListSettingsQuery);
  const settings = loaded.data?.data;
  const [saved, setSaved] = useState(false);
  const kept = settings?.mode === "complete" || settings?.mode === "shortened";
  const choosing = filter.view === "settings" || (settings?.mode === null && !settings.pending);
  return (
    <Page title={t("callList.title")} action={kept && !choosing ? <Export filter={filter} /> : undefined}>
      {loaded.isPending && <Loading rows={6} />}
      {loaded.error && <LoadFailed error={loaded.error} again={() => void loaded.refetch()} />}
      {loaded.data && choosing && (
        <CallListSettings
          settings={loaded.data.data}
          version={loaded.data.version}
          onDone={() => {
            setSaved(true);
            void navigate({ search: {} });
          }}
        />
      )}
      {settings && !choosing && (
        <Stack gap="md">
          {saved && <Saved settings={settings} />}
          <Kept settings={settings} />
          {kept ? <List filter={filter} /> : <NoList settings={settings} />}
        </Stack>
      )}
    </Page>
  );
}

function NoList({ settings: { mode, pending } }: { settings: Settings }) {
  const { t, i18n } = useTranslation("billing");
  const zone = useAccountZone();
  if (mode !== null) return <Empty title={t("callList.notKept")}>{t("callList.notKeptText")}</Empty>;
  return <Empty title={t("callList.notYet")}>{pending ? t("callList.beginsOn", { from: day(pending.from, i18n.language, zone) }) : t("callList.never")}</Empty>;
}

function Saved({ settings }: { settings: Settings }) {
  const { t, i18n } = useTranslation("billing");
  const zone = useAccountZone();
  const { mode, pending } = settings;
  return (
    <Notice kind="good">
      {pending ? t("settings.savedLater", { mode: t(`mode.${pending.mode}`), from: day(pending.from, i18n.language, zone) }) : t("settings.saved", { mode: t(`mode.${mode ?? "null"}`) })}
    </Notice>
  );
}

/** The time zone that the account's days and months obey. */
function useAccountZone(): string | undefined {
  const { data: me } = useSuspenseQuery(meQuery);
  return me?.account.timeZone;
}

/** What is kept today, and what was decided for later. */
function Kept({ settings }: { settings: Settings }) {
  const { t, i18n } = useTranslation("billing");
  const zone = useAccountZone();
  const { mode, since, pending, declaration } = settings;
  return (
    <Paper withBorder p="md" component="section" aria-label={t("callList.what")}>
      <Group justify="space-between" align="flex-start">
        <Box flex={1} miw={200}>
          <Text size="sm" c="dimmed">
            {t("callList.what")}
          </Text>
          <Text fw={600}>
            {t(`mode.${mode ?? "null"}`)} {since && <span className="quiet">{t("callList.since", { since: day(since, i18n.language, zone) })}</span>}
          </Text>
          <Text size="sm">{mode ? t(`sentence.${mode}`) : t("callList.never")}</Text>
          {pending && (
            <Text size="sm" fw={600} c="var(--rw-needs-you)">
              {t("callList.pending", { mode: t(`mode.${pending.mode}`), from: day(pending.from, i18n.language, zone) })}
            </Text>
          )}
          {declaration && (
            <Text size="sm" c="dimmed">
              {t("callList.declared", { by: declaration.name, at: day(declaration.at, i18n.language, zone) })}
            </Text>
          )}
        </Box>
        <ButtonLink to="/call-list" search={{ view: "settings" }} variant="default" leftSection={<IconAdjustments size={18} />}>
          {t("callList.change")}
        </ButtonLink>
      </Group>
    </Paper>
  );
}

function Export({ filter }: { filter: CallListFilter }) {
  const { t } = useTranslation("billing");
  const zone = useAccountZone();
  const query = new URLSearchParams(Object.entries(asked(filter, zone)).filter((pair): pair is [string, string] => Boolean(pair[1])));
  return (
    <Button component="a" href={`/v1/call-list.csv?${query}`} download="call-list.csv" variant="default" leftSection={<IconFileExport size={18} />}>
      {t("callList.export")}
    </Button>
  );
}

function List({ filter }: { filter: CallListFilter }) {
  const { t } = useTranslation("billing");
  const zone = useAccountZone();
  const list = useInfiniteQuery({ ...callListQuery(filter, zone), placeholderData: keepPreviousData });
  const entries = list.data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = Boolean(filter.from ?? filter.to ?? filter.user ?? filter.direction);
  return (
    <>
      <CallListFilters filter={filter} />
      {list.error && <LoadFailed error={list.error} again={() => void list.refetch()} />}
      {list.isPending && <Loading rows={6} />}
      {list.isSuccess && entries.length === 0 && <Empty title={t(filtered ? "callList.noneFit" : "callList.none")} action={filtered && <ButtonLink to="/call-list" search={{}} variant="default">{t("callList.all")}</ButtonLink>}>{filtered ? null : t("callList.noneText")}</Empty>}
      {entries.length > 0 && (
        <Table verticalSpacing={10} highlightOnHover aria-label={t("callList.title")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th visibleFrom="sm">{t("callList.when")}</Table.Th>
              <Table.Th>{t("callList.caller")}</Table.Th>
              <Table.Th visibleFrom="sm">{t("callList.called")}</Table.Th>
              <Table.Th ta="right">{t("callList.lasted")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {entries.map((entry) => (
              <Row key={entry.id} entry={entry} zone={zone} />
            ))}
          </Table.Tbody>
        </Table>
      )}
      <LoadMore more={list.hasNextPage} loading={list.isFetchingNextPage} load={() => void list.fetchNextPage()} />
      <CallListMessages filter={filter} />
      <Text size="sm" c="dimmed">
        {t("callList.logged")}
      </Text>
    </>
  );
}

function Row({ entry, zone }: { entry: CallListEntry; zone?: string }) {
  const { t, i18n } = useTranslation("billing");
  const readable = useReadable();
  const { t: records } = useTranslation("records");
  const when = exact(entry.started, i18n.language, zone);
  const Icon = { incoming: IconPhoneIncoming, outgoing: IconPhoneOutgoing, internal: IconPhone }[entry.direction];
  const side = ({ name, number, extension }: CallListEntry["caller"], dialled = "") => {
    const reached = number ? readable(number) : (extension ?? dialled);
    return [name, reached].filter(Boolean).join(", ") || t("callList.withheld");
  };
  return (
    <Table.Tr>
      <Table.Td className="keep" visibleFrom="sm">
        {when}
      </Table.Td>
      <Table.Td className="anywhere">
        <Group gap="sm" wrap="nowrap" align="flex-start">
          <Icon size={18} role="img" aria-label={t(`callList.direction.${entry.direction}`)} className="beside" />
          <Box>
            <Text size="sm">{side(entry.caller)}</Text>
            <Text size="sm" hiddenFrom="sm">
              {t("callList.calls", { called: side(entry.called, entry.dialled) })}
            </Text>
            <Text size="sm" c="dimmed" hiddenFrom="sm">
              {when}
            </Text>
          </Box>
        </Group>
      </Table.Td>
      <Table.Td className="anywhere" visibleFrom="sm">
        {side(entry.called, entry.dialled)}
      </Table.Td>
      <Table.Td ta="right">{entry.outcome === "answered" ? lasted(entry.durationMs) : records(`calls.outcome.${entry.outcome}` as never, { defaultValue: entry.outcome })}</Table.Td>
    </Table.Tr>
  );
}
