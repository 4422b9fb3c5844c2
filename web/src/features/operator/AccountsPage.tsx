import { ActionIcon, Box, Button, Group, List, Menu, Stack, Table, Text } from "@mantine/core";
import { IconCircleCheckFilled, IconDots, IconLock, IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { unwrap } from "../../api/problem";
import type { HostedAccount } from "../../api/types";
import { useProblemWords } from "../../i18n/problem";
import { Confirm } from "../../ui/Confirm";
import { said } from "../../ui/moment";
import { Notice } from "../../ui/Notice";
import { Page } from "../../ui/Page";
import { Empty, LoadFailed, Loading, LoadMore } from "../../ui/States";
import { offerUndo } from "../../ui/undo";
import { CreateAccount } from "./CreateAccount";
import { accountsQuery } from "./queries";

const counted = ["users", "phones", "numbers", "calls"] as const;

/** The companies on this server, by their counts. */
export function AccountsPage() {
  const { t } = useTranslation("operator");
  const [adding, setAdding] = useState(false);
  const list = useInfiniteQuery(accountsQuery);
  const accounts = list.data?.pages.flatMap((page) => page.items) ?? [];
  const add = (
    <Button leftSection={<IconPlus size={18} />} onClick={() => setAdding(true)}>
      {t("accounts.add")}
    </Button>
  );
  return (
    <Page title={t("accounts.title")} action={add}>
      <Stack gap="md">
        <Text c="dimmed">{t("apart")}</Text>
        {list.isPending && <Loading rows={5} />}
        {list.error && <LoadFailed error={list.error} again={() => void list.refetch()} />}
        {list.isSuccess && accounts.length === 0 && <Empty title={t("accounts.none")}>{t("accounts.noneText")}</Empty>}
        {accounts.length > 0 && (
          <Table verticalSpacing={8} highlightOnHover aria-label={t("accounts.title")}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("accounts.company")}</Table.Th>
                {counted.map((what) => (
                  <Table.Th key={what} ta="right" visibleFrom="sm">
                    {t(`accounts.${what}`)}
                  </Table.Th>
                ))}
                <Table.Th visibleFrom="md">{t("accounts.since")}</Table.Th>
                <Table.Th w={60}>
                  <span className="unseen">{t("accounts.suspend")}</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {accounts.map((account) => (
                <Row key={account.id} account={account} />
              ))}
            </Table.Tbody>
          </Table>
        )}
        <LoadMore more={list.hasNextPage} loading={list.isFetchingNextPage} load={() => void list.fetchNextPage()} />
      </Stack>
      {adding && <CreateAccount onClose={() => setAdding(false)} />}
    </Page>
  );
}

function Row({ account }: { account: HostedAccount }) {
  const { t, i18n } = useTranslation("operator");
  const words = useProblemWords();
  const queries = useQueryClient();
  const [asked, setAsked] = useState(false);
  const params = { params: { path: { account: account.id } } };
  const { name } = account;
  const resume = () => unwrap(api.POST("/v1/operator/accounts/{account}/resume", params));
  const fresh = () => queries.invalidateQueries({ queryKey: ["operator", "accounts"] });
  const suspend = useMutation({
    mutationFn: () => unwrap(api.POST("/v1/operator/accounts/{account}/suspend", params)),
    onSuccess: async () => {
      setAsked(false);
      offerUndo({ words: t("suspend.done", { name }), run: resume });
      await fresh();
    },
  });
  const again = useMutation({
    mutationFn: resume,
    onSuccess: async () => {
      offerUndo({ words: t("resume.done", { name }) });
      await fresh();
    },
  });
  const Icon = account.suspended ? IconLock : IconCircleCheckFilled;
  const colour = account.suspended ? "var(--rw-danger)" : "var(--rw-good)";
  return (
    <Table.Tr>
      <Table.Td>
        <Text fw={600} className="anywhere">
          {name}
        </Text>
        <Group gap={6} wrap="nowrap">
          <Icon size={16} color={colour} aria-hidden="true" />
          <Text size="sm" c={colour}>
            {t(account.suspended ? "accounts.suspended" : "accounts.active")}
          </Text>
        </Group>
        <Text size="sm" c="dimmed" hiddenFrom="sm">
          {t("accounts.total", { users: account.users, phones: account.phones, calls: account.calls })}
        </Text>
        {again.error && <Notice kind="failed">{words.whole(again.error)}</Notice>}
      </Table.Td>
      {counted.map((what) => (
        <Table.Td key={what} ta="right" visibleFrom="sm">
          {new Intl.NumberFormat(i18n.language).format(account[what])}
        </Table.Td>
      ))}
      <Table.Td visibleFrom="md" className="keep">
        {said(account.createdAt, i18n.language)}
      </Table.Td>
      <Table.Td>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("accounts.menu", { name })}>
              <IconDots size={20} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {account.suspended ? (
              <Menu.Item onClick={() => again.mutate()}>{t("accounts.resume")}</Menu.Item>
            ) : (
              <Menu.Item c="var(--rw-danger)" onClick={() => setAsked(true)}>
                {t("accounts.suspend")}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
        <Confirm opened={asked} onClose={() => setAsked(false)} title={t("suspend.title", { name })} action={t("suspend.action", { name })} danger loading={suspend.isPending} error={suspend.error} onConfirm={() => suspend.mutate()}>
          <Box>
            <Text mb="xs">{t("suspend.intro")}</Text>
            <List spacing={4}>
              {counted.map((what) => account[what] > 0 && <List.Item key={what}>{t(`suspend.${what}`, { count: account[what] })}</List.Item>)}
            </List>
          </Box>
          <Text c="dimmed">{t("suspend.keeps")}</Text>
        </Confirm>
      </Table.Td>
    </Table.Tr>
  );
}
