import "./words";

import { Group, NativeSelect, Stack, Table, Text } from "@mantine/core";
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { billQuery } from "../../api/account";
import type { Bill } from "../../api/types";
import { meQuery } from "../../app/session";
import { money } from "../../ui/money";
import { Page } from "../../ui/Page";
import { Empty, LoadFailed, Loading } from "../../ui/States";
import { day, monthName, monthsSince } from "./months";

const kinds = ["user", "number", "device", "sms"] as const;

/** Account & Bills, Bills: what each month costs, to the cent. */
export function BillsPage() {
  const { t, i18n } = useTranslation("billing");
  const { data: me } = useSuspenseQuery(meQuery);
  const search = useSearch({ from: "/inside/account/bills" });
  const navigate = useNavigate({ from: "/bills" });
  const months = monthsSince(me?.account.createdAt ?? "", me?.account.timeZone);
  const month = search.month && months.includes(search.month) ? search.month : (months[0] ?? "current");
  const bill = useQuery(billQuery(month));
  return (
    <Page title={t("bills.title")}>
      <Stack gap="md" maw={860}>
        <Group align="flex-end">
          <NativeSelect
            label={t("bills.month")}
            value={month}
            onChange={(event) => void navigate({ search: { month: event.currentTarget.value === months[0] ? undefined : event.currentTarget.value }, replace: true })}
            data={months.map((each, position) => ({ value: each, label: position === 0 ? t("bills.thisMonth", { month: monthName(each, i18n.language) }) : monthName(each, i18n.language) }))}
          />
        </Group>
        {bill.isPending && <Loading rows={4} />}
        {bill.error && <LoadFailed error={bill.error} again={() => void bill.refetch()} />}
        {bill.data && <Items bill={bill.data} />}
      </Stack>
    </Page>
  );
}

function Items({ bill }: { bill: Bill }) {
  const { t, i18n } = useTranslation("billing");
  const cost = (amount: Bill["total"]) => money(amount, i18n.language);
  if (bill.items.length === 0) return <Empty title={t("bills.none")}>{t("bills.noneText")}</Empty>;
  return (
    <>
      <Group justify="space-between" align="baseline" className="bill-total">
        <Text c="dimmed">{t(bill.final ? "bills.final" : "bills.preliminary")}</Text>
        <Text fz={28} fw={650}>
          {cost(bill.total)}
        </Text>
      </Group>
      {kinds.map((kind) => {
        const items = bill.items.filter((item) => item.kind === kind);
        if (items.length === 0) return null;
        const sum = { minor: items.reduce((all, { amount }) => all + amount.minor, 0), currency: bill.currency };
        return (
          <Table key={kind} verticalSpacing={8} layout="fixed" aria-label={t(`bills.kind.${kind}`)}>
            <Table.Caption className="table-title">{t(`bills.kind.${kind}`)}</Table.Caption>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("bills.what")}</Table.Th>
                <Table.Th ta="right" w={110} visibleFrom="xs">
                  {t(kind === "sms" ? "bills.each" : "bills.monthly")}
                </Table.Th>
                <Table.Th ta="right" w={110}>{t("bills.amount")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.map((item, position) => (
                <Table.Tr key={position}>
                  <Table.Td className="anywhere">
                    <Text>
                      {item.kind === "sms" ? t("bills.parts", { count: item.count ?? 0 }) : item.label}
                      {item.user && <span className="quiet"> · {item.user.name}</span>}
                    </Text>
                    <Text size="sm" c="dimmed">
                      {item.days === item.ofDays
                        ? t("bills.whole")
                        : t("bills.days", { from: day(item.from, i18n.language), to: day(item.to, i18n.language), days: item.days, ofDays: item.ofDays })}
                    </Text>
                  </Table.Td>
                  <Table.Td ta="right" className="keep" valign="top" visibleFrom="xs">
                    {cost(item.monthly)}
                  </Table.Td>
                  <Table.Td ta="right" className="keep" valign="top">
                    {cost(item.amount)}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
            <Table.Tfoot>
              <Table.Tr>
                <Table.Th>{t("bills.sum", { kind: t(`bills.kind.${kind}`) })}</Table.Th>
                <Table.Td visibleFrom="xs" />
                <Table.Th ta="right">{cost(sum)}</Table.Th>
              </Table.Tr>
            </Table.Tfoot>
          </Table>
        );
      })}
    </>
  );
}
