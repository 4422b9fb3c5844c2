import { Anchor, Box, Collapse, Stack, Table, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { Problem, unwrap } from "../../api/problem";
import { auditQuery } from "../../api/queries";
import type { AuditEntry } from "../../api/types";
import { exact, said } from "../../ui/moment";
import { Page } from "../../ui/Page";
import { Empty, LoadFailed, Loading, LoadMore } from "../../ui/States";

/** Security, Audit log: who changed what, and when. */
export function AuditPage() {
  const { t } = useTranslation("records");
  const list = useInfiniteQuery(auditQuery);
  const entries = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page title={t("audit.title")}>
      <Stack gap="md">
        <Text c="dimmed">{t("audit.intro")}</Text>
        {list.isPending && <Loading rows={8} />}
        {list.error && <LoadFailed error={list.error} again={() => void list.refetch()} />}
        {list.isSuccess && entries.length === 0 && <Empty title={t("audit.none")} />}
        {entries.length > 0 && (
          <Table.ScrollContainer minWidth={300} scrollAreaProps={{ type: "auto" }}>
            <Table verticalSpacing={8} aria-label={t("audit.title")}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th w={{ base: 110, sm: 180 }}>{t("audit.when")}</Table.Th>
                  <Table.Th w={220} visibleFrom="sm">{t("audit.who")}</Table.Th>
                  <Table.Th>{t("audit.what")}</Table.Th>
                  <Table.Th w={130} visibleFrom="sm">{t("audit.where")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {entries.map((entry) => (
                  <Entry key={entry.id} entry={entry} />
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

function Entry({ entry }: { entry: AuditEntry }) {
  const { t, i18n } = useTranslation("records");
  const [open, details] = useDisclosure(false);
  const [who] = entry.actor.split(" ");
  const actor = who?.startsWith("usr_") ? <Name user={who} /> : t("audit.console");
  const key = entry.action.replaceAll(".", "-");
  const sides = [
    ["before", entry.before],
    ["after", entry.after],
  ] as const;
  const some = sides.filter(([, value]) => value !== null && value !== undefined);
  return (
    <Table.Tr>
      <Table.Td valign="top" title={exact(entry.at, i18n.language)}>
        {said(entry.at, i18n.language)}
        {/* Where there is no room for a column of its own. */}
        <Text size="xs" c="dimmed" hiddenFrom="sm" className="anywhere">
          {actor}
        </Text>
      </Table.Td>
      <Table.Td valign="top" visibleFrom="sm">
        {actor}
      </Table.Td>
      <Table.Td>
        <Text size="sm">
          {t(`audit.action.${key}` as never, { defaultValue: entry.action })}
          <AboutName object={entry.object} />
        </Text>
        {some.length > 0 && (
          <>
            <Anchor component="button" type="button" size="xs" onClick={details.toggle} aria-expanded={open}>
              {t("audit.details")}
            </Anchor>
            <Collapse expanded={open}>
              {open &&
                some.map(([side, value]) => (
                  <Box key={side} mt={6}>
                    <Text size="xs" c="dimmed">
                      {t(`audit.${side}`)}
                    </Text>
                    <pre className="facts-raw">{JSON.stringify(value, null, 2)}</pre>
                  </Box>
                ))}
            </Collapse>
          </>
        )}
      </Table.Td>
      <Table.Td valign="top" visibleFrom="sm">
        {entry.source}
      </Table.Td>
    </Table.Tr>
  );
}

function useNameOf(user: string, enabled = true) {
  return useQuery({
    queryKey: ["users", user, "name"],
    enabled,
    staleTime: 300_000,
    queryFn: async () => {
      try {
        return (await unwrap(api.GET("/v1/users/{user}", { params: { path: { user } } }))).name;
      } catch (error) {
        if (error instanceof Problem && error.status === 404) return null;
        throw error;
      }
    },
  });
}

function Name({ user }: { user: string }) {
  const { t } = useTranslation("records");
  const name = useNameOf(user);
  return <>{name.data ?? (name.isPending ? "…" : t("audit.someone"))}</>;
}

function AboutName({ object }: { object: string }) {
  const is = object.startsWith("usr_");
  const name = useNameOf(object, is);
  return is && name.data ? <b> {name.data}</b> : null;
}
