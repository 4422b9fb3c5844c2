import { Button, Box, Table, Text, Title } from "@mantine/core";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { callListMessagesQuery } from "../../api/account";
import type { CallListFilter } from "../../app/search";
import { exact } from "../../ui/moment";
import { money } from "../../ui/money";
import { useReadable } from "../../ui/PhoneNumber";
import { Empty, LoadFailed, Loading, LoadMore } from "../../ui/States";

/** Text messages that left, below the calls. Each look is noted in the audit log, so nobody looks by accident. */
export function CallListMessages({ filter }: { filter: CallListFilter }) {
  const { t } = useTranslation("billing");
  const [open, setOpen] = useState(false);
  return (
    <Box component="section" aria-label={t("bills.kind.sms")} mt="lg">
      <Title order={2} fz={17} mb="xs">
        {t("bills.kind.sms")}
      </Title>
      {open ? (
        <List filter={filter} />
      ) : (
        <Button variant="default" onClick={() => setOpen(true)}>
          {t("callList.showMessages")}
        </Button>
      )}
    </Box>
  );
}

function List({ filter }: { filter: CallListFilter }) {
  const { t, i18n } = useTranslation("billing");
  const readable = useReadable();
  const list = useInfiniteQuery({ ...callListMessagesQuery(filter), placeholderData: keepPreviousData });
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      {list.error && <LoadFailed error={list.error} again={() => void list.refetch()} />}
      {list.isPending && <Loading rows={3} />}
      {list.isSuccess && items.length === 0 && <Empty title={t("callList.noMessages")} />}
      {items.length > 0 && (
        <Table verticalSpacing={10} highlightOnHover aria-label={t("bills.kind.sms")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th visibleFrom="sm">{t("callList.when")}</Table.Th>
              <Table.Th>{t("callList.user")}</Table.Th>
              <Table.Th>{t("callList.recipient")}</Table.Th>
              <Table.Th ta="right">{t("bills.amount")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map((item) => (
              <Table.Tr key={item.id}>
                <Table.Td className="keep" visibleFrom="sm">
                  {exact(item.sent, i18n.language)}
                </Table.Td>
                <Table.Td className="anywhere">
                  <Text size="sm">{item.name}</Text>
                  <Text size="sm" c="dimmed" hiddenFrom="sm">
                    {exact(item.sent, i18n.language)}
                  </Text>
                </Table.Td>
                <Table.Td className="anywhere">{item.to ? readable(item.to) : t("callList.withheld")}</Table.Td>
                <Table.Td ta="right" className="keep">
                  <Text size="sm">{money(item.price, i18n.language)}</Text>
                  <Text size="sm" c="dimmed">
                    {t("bills.parts", { count: item.parts })}
                  </Text>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <LoadMore more={list.hasNextPage} loading={list.isFetchingNextPage} load={() => void list.fetchNextPage()} />
    </>
  );
}
