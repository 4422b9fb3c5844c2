import { ActionIcon, Button, Group, SegmentedControl, Stack, Table, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { unwrap } from "../../api/problem";
import type { HostedNumber } from "../../api/types";
import { useProblemWords } from "../../i18n/problem";
import { Modal } from "../../ui/Dialog";
import { Copyable } from "../../ui/Copyable";
import { Notice } from "../../ui/Notice";
import { Page } from "../../ui/Page";
import { readable } from "../../ui/phoneNumber";
import { useRefusal } from "../../ui/refusal";
import { Empty, LoadFailed, Loading, LoadMore } from "../../ui/States";
import { offerUndo } from "../../ui/undo";
import { poolQuery } from "./queries";

/** Numbers that companies may order. */
export function PoolPage() {
  const { t } = useTranslation("operator");
  const [adding, setAdding] = useState(false);
  const [shown, setShown] = useState<"all" | "free" | "taken">("all");
  const list = useInfiniteQuery(poolQuery(shown === "all" ? undefined : shown === "free"));
  const numbers = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page
      title={t("numbers.title")}
      action={
        <Button leftSection={<IconPlus size={18} />} onClick={() => setAdding(true)}>
          {t("numbers.add")}
        </Button>
      }
    >
      <Stack gap="md" maw={720}>
        <Text c="dimmed">{t("numbers.intro")}</Text>
        <Group>
          <SegmentedControl
            aria-label={t("numbers.show")}
            value={shown}
            onChange={(value) => setShown(value as typeof shown)}
            data={(["all", "free", "taken"] as const).map((value) => ({ value, label: t(`numbers.${value}`) }))}
          />
        </Group>
        {list.isPending && <Loading rows={5} />}
        {list.error && <LoadFailed error={list.error} again={() => void list.refetch()} />}
        {list.isSuccess && numbers.length === 0 && shown === "all" && <Empty title={t("numbers.none")}>{t("numbers.noneText")}</Empty>}
        {numbers.length > 0 && (
          <Table verticalSpacing={8} aria-label={t("numbers.title")}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("numbers.number")}</Table.Th>
                <Table.Th>{t("numbers.state")}</Table.Th>
                <Table.Th w={60}>
                  <span className="unseen">{t("numbers.remove")}</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {numbers.map((number) => (
                <Row key={number.id} held={number} />
              ))}
            </Table.Tbody>
          </Table>
        )}
        <LoadMore more={list.hasNextPage} loading={list.isFetchingNextPage} load={() => void list.fetchNextPage()} />
      </Stack>
      {adding && <AddToPool onClose={() => setAdding(false)} />}
    </Page>
  );
}

function Row({ held: { id, number, account, fromPool } }: { held: HostedNumber }) {
  const { t } = useTranslation("operator");
  const words = useProblemWords();
  const queries = useQueryClient();
  const shown = readable(number);
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE("/v1/operator/numbers/{number}", { params: { path: { number: id } } })),
    onSuccess: async () => {
      offerUndo({ words: t("numbers.removed", { number: shown }), run: () => unwrap(api.POST("/v1/operator/numbers", { body: { number } })) });
      await queries.invalidateQueries({ queryKey: ["operator", "numbers"] });
    },
  });
  return (
    <Table.Tr>
      <Table.Td className="keep">
        <Copyable value={number} shown={shown} label={shown} />
      </Table.Td>
      <Table.Td className="anywhere" c={account ? undefined : "var(--rw-good)"}>
        {account ? t("numbers.isTaken", { name: account.name }) : t("numbers.isFree")}
        {account && !fromPool && (
          <Text size="sm" c="dimmed">
            {t("numbers.brought")}
          </Text>
        )}
        {remove.error && <Notice kind="failed">{words.whole(remove.error)}</Notice>}
      </Table.Td>
      <Table.Td>
        {!account && (
          <ActionIcon variant="subtle" color="gray" size="lg" loading={remove.isPending} aria-label={t("numbers.removeOne", { number: shown })} onClick={() => remove.mutate()}>
            <IconX size={18} />
          </ActionIcon>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function AddToPool({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(["operator", "app"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const form = useForm({ initialValues: { from: "", to: "" } });
  const refuse = useRefusal(form, { number: "from" });
  const add = useMutation({
    mutationFn: ({ from, to }: typeof form.values) => unwrap(api.POST("/v1/operator/numbers", { body: to.trim() ? { from, to } : { number: from } })),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries({ queryKey: ["operator", "numbers"] });
    },
    onError: refuse,
  });
  return (
    <Modal opened onClose={onClose} title={t("numbers.add")} closeButtonProps={{ "aria-label": t("app:action.close") }}>
      <form noValidate onSubmit={form.onSubmit((values) => add.mutate(values))}>
        <Stack>
          {add.error && <Notice kind="failed">{words.whole(add.error)}</Notice>}
          <Text size="sm" c="dimmed">
            {t("numbers.hint")}
          </Text>
          <Group grow align="flex-start">
            <TextInput label={t("numbers.from")} inputMode="tel" autoComplete="off" data-autofocus {...form.getInputProps("from")} />
            <TextInput label={t("numbers.to")} inputMode="tel" autoComplete="off" {...form.getInputProps("to")} />
          </Group>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("app:action.cancel")}
            </Button>
            <Button type="submit" loading={add.isPending}>
              {t("numbers.add")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
