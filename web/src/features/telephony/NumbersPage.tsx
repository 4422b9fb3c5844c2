import { ActionIcon, Anchor, Button, Group, Menu, NativeSelect, SegmentedControl, Stack, Table, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDebouncedValue } from "@mantine/hooks";
import { IconDots, IconPlus, IconSearch, IconShoppingCart } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, onceKey } from "../../api/client";
import { unwrap } from "../../api/problem";
import { locationsQuery, numbersQuery } from "../../api/queries";
import type { Owner, PhoneNumber as Held } from "../../api/types";
import { useProblemWords } from "../../i18n/problem";
import { Modal } from "../../ui/Dialog";
import { Confirm } from "../../ui/Confirm";
import { TextLink } from "../../ui/links";
import { Notice } from "../../ui/Notice";
import { Page } from "../../ui/Page";
import { PhoneNumber, useReadable } from "../../ui/PhoneNumber";
import { useRefusal } from "../../ui/refusal";
import { Empty, LoadFailed, Loading, LoadMore } from "../../ui/States";
import { offerUndo } from "../../ui/undo";
import { searchedDigits } from "../routing/NumberPicker";
import { OrderNumber } from "./OrderNumber";
import { OwnerPicker } from "./OwnerPicker";

type Asked = { what: "assign" | "release"; number: Held };

/** Account Management, Telephony, Phone numbers: where each rings, the unassigned in plain sight. */
export function NumbersPage() {
  const { t } = useTranslation("telephony");
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(searchedDigits(typed), 200);
  const [unassigned, setUnassigned] = useState(false);
  const [adding, setAdding] = useState(false);
  const [ordering, setOrdering] = useState(false);
  const [asked, setAsked] = useState<Asked>();
  const list = useInfiniteQuery({ ...numbersQuery({ search, unassigned }), placeholderData: keepPreviousData });
  const numbers = list.data?.pages.flatMap((page) => page.items) ?? [];
  const close = () => setAsked(undefined);
  const add = (
    <Group gap="xs">
      <Button variant="default" leftSection={<IconShoppingCart size={18} />} onClick={() => setOrdering(true)}>
        {t("numbers.order")}
      </Button>
      <Button leftSection={<IconPlus size={18} />} onClick={() => setAdding(true)}>
        {t("numbers.add")}
      </Button>
    </Group>
  );
  return (
    <Page title={t("numbers.title")} action={add}>
      <Stack gap="md">
        <Group gap="sm">
          <TextInput
            flex={1}
            miw={220}
            type="search"
            inputMode="tel"
            leftSection={<IconSearch size={18} />}
            placeholder={t("numbers.search")}
            aria-label={t("numbers.search")}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <SegmentedControl
            aria-label={t("numbers.filter")}
            value={unassigned ? "unassigned" : "all"}
            onChange={(value) => setUnassigned(value === "unassigned")}
            data={[
              { value: "all", label: t("numbers.all") },
              { value: "unassigned", label: t("numbers.unassigned") },
            ]}
          />
        </Group>
        {list.error && <LoadFailed error={list.error} again={() => void list.refetch()} />}
        {list.isPending && <Loading rows={8} />}
        {list.isSuccess && numbers.length === 0 && (search || unassigned ? <Empty title={t("numbers.noneFit")} /> : <Empty title={t("numbers.none")}>{t("numbers.noneText")}</Empty>)}
        {numbers.length > 0 && (
          <Table verticalSpacing={8} highlightOnHover aria-label={t("numbers.title")}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("numbers.number")}</Table.Th>
                <Table.Th>{t("numbers.rings")}</Table.Th>
                <Table.Th w={60}>
                  <span className="unseen">{t("numbers.assign")}</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {numbers.map((number) => (
                <Row key={number.id} number={number} onAsk={(what) => setAsked({ what, number })} />
              ))}
            </Table.Tbody>
          </Table>
        )}
        <LoadMore more={list.hasNextPage} loading={list.isFetchingNextPage} load={() => void list.fetchNextPage()} />
      </Stack>
      {ordering && <OrderNumber onClose={() => setOrdering(false)} />}
      {adding && <AddNumbers onClose={() => setAdding(false)} />}
      {asked?.what === "assign" && <Assign number={asked.number} onClose={close} />}
      {asked?.what === "release" && <Release number={asked.number} onClose={close} />}
    </Page>
  );
}

function Row({ number, onAsk }: { number: Held; onAsk: (what: Asked["what"]) => void }) {
  const { t } = useTranslation("telephony");
  const words = useProblemWords();
  const queries = useQueryClient();
  const shown = useReadable()(number.number);
  const path = { number: number.id };
  const take = useMutation({
    mutationFn: () => unwrap(api.DELETE("/v1/numbers/{number}/assignment", { params: { path } })),
    onSuccess: async () => {
      const { owner } = number;
      if (owner) {
        offerUndo({
          words: t("numbers.unassigned_done", { number: shown }),
          run: () => unwrap(api.PUT("/v1/numbers/{number}/assignment", { params: { path }, body: { owner: { type: owner.type, id: owner.id } } })),
        });
      }
      await queries.invalidateQueries();
    },
  });
  return (
    <Table.Tr>
      <Table.Td className="keep">
        <PhoneNumber value={number.number} />
      </Table.Td>
      <Table.Td>
        {number.owner ? <OwnerLink owner={number.owner} /> : (
          <Anchor component="button" type="button" size="sm" onClick={() => onAsk("assign")}>
            {t("numbers.nobody")}: {t("numbers.assign")}
          </Anchor>
        )}
        {take.error && <Notice kind="failed">{words.whole(take.error)}</Notice>}
      </Table.Td>
      <Table.Td>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("numbers.menu", { number: shown })}>
              <IconDots size={20} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => onAsk("assign")}>{t("numbers.assign")}</Menu.Item>
            {number.owner ? (
              <Menu.Item onClick={() => take.mutate()}>{t("numbers.unassign")}</Menu.Item>
            ) : (
              <Menu.Item c="var(--rw-danger)" onClick={() => onAsk("release")}>
                {t("numbers.release")}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      </Table.Td>
    </Table.Tr>
  );
}

export function OwnerLink({ owner }: { owner: Owner }) {
  return owner.type === "user" ? (
    <TextLink to="/users/$user" params={{ user: owner.id }} search={{}} size="sm" className="anywhere">
      {owner.name}
    </TextLink>
  ) : (
    <TextLink to="/groups/$group" params={{ group: owner.id }} size="sm" className="anywhere">
      {owner.name}
    </TextLink>
  );
}

function Assign({ number, onClose }: { number: Held; onClose: () => void }) {
  const { t } = useTranslation(["telephony", "app"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const shown = useReadable()(number.number);
  const [owner, setOwner] = useState<Owner>();
  const assign = useMutation({
    mutationFn: (to: Owner) => {
      const movedFrom = number.owner ? { type: number.owner.type, id: number.owner.id } : undefined;
      return unwrap(api.PUT("/v1/numbers/{number}/assignment", { params: { path: { number: number.id } }, body: { owner: { type: to.type, id: to.id }, movedFrom } }));
    },
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries();
    },
  });
  return (
    <Modal opened onClose={onClose} title={t("numbers.assignTitle", { number: shown })} closeButtonProps={{ "aria-label": t("app:action.close") }}>
      <Stack>
        <OwnerPicker label={t("numbers.choose")} value={owner} onChange={setOwner} hidden={number.owner ? [number.owner.id] : []} />
        {assign.error && <Notice kind="failed">{words.whole(assign.error)}</Notice>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("app:action.cancel")}
          </Button>
          <Button disabled={!owner} loading={assign.isPending} onClick={() => owner && assign.mutate(owner)}>
            {t("numbers.assign")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Release({ number, onClose }: { number: Held; onClose: () => void }) {
  const { t } = useTranslation("telephony");
  const queries = useQueryClient();
  const shown = useReadable()(number.number);
  const release = useMutation({
    mutationFn: () => unwrap(api.DELETE("/v1/numbers/{number}", { params: { path: { number: number.id } } })),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries();
    },
  });
  return (
    <Confirm opened onClose={onClose} title={t("numbers.releaseTitle", { number: shown })} action={t("numbers.releaseAction", { number: shown })} danger loading={release.isPending} error={release.error} onConfirm={() => release.mutate()}>
      <Text>{t("numbers.releaseText")}</Text>
    </Confirm>
  );
}

function AddNumbers({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(["telephony", "app"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const locations = useQuery(locationsQuery);
  const [kind, setKind] = useState("one");
  const form = useForm({ initialValues: { number: "", from: "", to: "", location: "" } });
  const refuse = useRefusal(form);
  const add = useMutation({
    mutationFn: ({ number, from, to, location }: typeof form.values) =>
      unwrap(api.POST("/v1/numbers", { headers: onceKey(), body: { ...(kind === "one" ? { number } : { from, to }), location: location || undefined } })),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries();
    },
    onError: refuse,
  });
  return (
    <Modal opened onClose={onClose} title={t("numbers.addTitle")} closeButtonProps={{ "aria-label": t("app:action.close") }}>
      <form noValidate onSubmit={form.onSubmit((values) => add.mutate(values))}>
        <Stack>
          {add.error && <Notice kind="failed">{words.whole(add.error)}</Notice>}
          <SegmentedControl
            aria-label={t("numbers.addTitle")}
            value={kind}
            onChange={setKind}
            data={[
              { value: "one", label: t("numbers.one") },
              { value: "block", label: t("numbers.block") },
            ]}
          />
          {kind === "one" ? (
            <TextInput label={t("numbers.number")} description={t("numbers.hint")} inputMode="tel" autoComplete="off" data-autofocus {...form.getInputProps("number")} />
          ) : (
            <Group grow align="flex-start">
              <TextInput label={t("numbers.from")} inputMode="tel" autoComplete="off" {...form.getInputProps("from")} />
              <TextInput label={t("numbers.to")} inputMode="tel" autoComplete="off" {...form.getInputProps("to")} />
            </Group>
          )}
          <NativeSelect
            label={t("numbers.location")}
            data={[{ value: "", label: "–" }, ...(locations.data ?? []).map(({ id, name }) => ({ value: id, label: name }))]}
            {...form.getInputProps("location")}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("app:action.cancel")}
            </Button>
            <Button type="submit" loading={add.isPending}>
              {t("numbers.addAction")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
