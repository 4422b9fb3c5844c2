import { ActionIcon, Box, Button, Card, Group, Menu, Modal, NumberInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDocumentTitle } from "@mantine/hooks";
import { IconArrowLeft, IconDots, IconPencil, IconPlus, IconTrash, IconX } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, onceKey } from "../../api/client";
import { unwrap, unwrapTagged } from "../../api/problem";
import { groupRoutingQuery } from "../../api/queries";
import type { Group as Ringing, Owner, PhoneNumber, RoutingAnswer } from "../../api/types";
import { useProblemWords } from "../../i18n/problem";
import { Confirm } from "../../ui/Confirm";
import { TextLink } from "../../ui/links";
import { Notice } from "../../ui/Notice";
import { useReadable } from "../../ui/PhoneNumber";
import { useRefusal } from "../../ui/refusal";
import { LoadFailed, Loading } from "../../ui/States";
import { Diagram } from "../routing/Diagram";
import { useExplain } from "../routing/explain";
import { ExtensionPicker } from "../routing/ExtensionPicker";
import { diagramOf, dialled } from "../routing/flow";
import { NumberPicker } from "../routing/NumberPicker";
import { OwnerPicker } from "./OwnerPicker";

type Asked = "edit" | "delete" | "member" | "number" | "extension";

/** A group: who is in it, how to reach it, what happens on a call. */
export function GroupPage() {
  const { t } = useTranslation(["telephony", "app"]);
  const { group: id } = useParams({ from: "/inside/account/groups/$group" });
  const explain = useExplain();
  const loaded = useQuery({ queryKey: ["groups", id], queryFn: () => unwrapTagged(api.GET("/v1/groups/{group}", { params: { path: { group: id } } })) });
  const routing = useQuery(groupRoutingQuery(id));
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  const group = loaded.data?.data;
  useDocumentTitle(`${group?.name ?? t("groups.title")} · Ringwerk`);
  return (
    <Box maw={1120} mx="auto">
      <TextLink to="/groups" size="sm" mb="sm" display="inline-flex" className="back">
        <IconArrowLeft size={16} aria-hidden="true" />
        {t("app:navigation.back", { page: t("groups.title") })}
      </TextLink>
      {loaded.isPending && <Loading rows={5} />}
      {loaded.error && !group && <LoadFailed error={loaded.error} again={() => void loaded.refetch()} />}
      {group && loaded.data && (
        <Stack gap="lg">
          <Group justify="space-between" wrap="nowrap" align="flex-start">
            <Title order={1} fz={26} className="anywhere">
              {group.name}
            </Title>
            <Menu position="bottom-end">
              <Menu.Target>
                <ActionIcon variant="default" size="lg" aria-label={t("groups.menu", { name: group.name })}>
                  <IconDots size={20} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => setAsked("edit")}>
                  {t("groups.edit", { name: group.name })}
                </Menu.Item>
                <Menu.Item c="var(--rw-danger)" leftSection={<IconTrash size={16} />} onClick={() => setAsked("delete")}>
                  {t("groups.delete")}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </Group>
          {routing.data && (
            <>
              <Text maw={820}>{explain(routing.data)}</Text>
              <Diagram
                data={diagramOf(routing.data)}
                name={group.name}
                mend={(code) => setAsked(code === "noNumber" ? "number" : code === "noExtension" ? "extension" : "member")}
              />
            </>
          )}
          <div className="cards">
            <Members group={group} onAdd={() => setAsked("member")} />
            {routing.data && <Reach group={group} routing={routing.data} onAsk={setAsked} />}
          </div>
          {asked === "edit" && <Edit group={group} version={loaded.data.version} onClose={close} />}
          {asked === "delete" && <Delete group={group} onClose={close} />}
          {asked === "member" && <AddMember group={group} onClose={close} />}
          {asked === "number" && <AddNumber group={group} onClose={close} />}
          {asked === "extension" && <AddExtension group={group} onClose={close} />}
        </Stack>
      )}
    </Box>
  );
}

function useChange(run: () => Promise<unknown>, onClose: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries();
    },
  });
}

function Members({ group, onAdd }: { group: Ringing; onAdd: () => void }) {
  const { t } = useTranslation(["telephony", "app"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: (user: string) => unwrap(api.DELETE("/v1/groups/{group}/members/{user}", { params: { path: { group: group.id, user } } })),
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <Card withBorder padding="md">
      <Group justify="space-between" mb="xs">
        <Title order={2} fz={17}>
          {t("groups.members")}
        </Title>
        <Button size="sm" variant="light" leftSection={<IconPlus size={16} />} onClick={onAdd}>
          {t("numbers.addAction")}
        </Button>
      </Group>
      {remove.error && <Notice kind="failed">{words.whole(remove.error)}</Notice>}
      {group.members.length === 0 && <Text c="dimmed">{t("groups.noMembers")}</Text>}
      <ul className="plain tight">
        {group.members.map((member) => (
          <li key={member.id}>
            <Group justify="space-between" wrap="nowrap">
              <TextLink to="/users/$user" params={{ user: member.id }} search={{}} className="anywhere">
                {member.name}
              </TextLink>
              <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`${t("app:action.remove")}: ${member.name}`} onClick={() => remove.mutate(member.id)}>
                <IconX size={18} />
              </ActionIcon>
            </Group>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Reach({ group, routing, onAsk }: { group: Ringing; routing: RoutingAnswer; onAsk: (what: Asked) => void }) {
  const { t } = useTranslation(["telephony", "routing"]);
  const words = useProblemWords();
  const readable = useReadable();
  const queries = useQueryClient();
  const { numbers, extensions } = dialled(routing);
  const remove = useMutation({
    mutationFn: async (what: { number: string } | { extension: string }) => {
      if ("number" in what) await unwrap(api.DELETE("/v1/numbers/{number}/assignment", { params: { path: what } }));
      else await unwrap(api.DELETE("/v1/extensions/{extension}", { params: { path: what } }));
    },
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <Card withBorder padding="md">
      <Title order={2} fz={17} mb="xs">
        {t("groups.reach")}
      </Title>
      {remove.error && <Notice kind="failed">{words.whole(remove.error)}</Notice>}
      <ul className="plain tight">
        {numbers.map(({ id, number }) => (
          <li key={id}>
            <Group justify="space-between" wrap="nowrap">
              <Text>{readable(number)}</Text>
              <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("routing:number.remove", { number: readable(number) })} onClick={() => remove.mutate({ number: id })}>
                <IconX size={18} />
              </ActionIcon>
            </Group>
          </li>
        ))}
        {extensions.map(({ id, number }) => (
          <li key={id}>
            <Group justify="space-between" wrap="nowrap">
              <Text>{t("routing:card.extension", { extension: number })}</Text>
              <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("routing:extension.remove", { number })} onClick={() => remove.mutate({ extension: id })}>
                <IconX size={18} />
              </ActionIcon>
            </Group>
          </li>
        ))}
      </ul>
      <Group gap="sm" mt="xs">
        <Button size="sm" variant="light" leftSection={<IconPlus size={16} />} onClick={() => onAsk("number")}>
          {t("routing:number.add")}
        </Button>
        {!group.extension && (
          <Button size="sm" variant="light" leftSection={<IconPlus size={16} />} onClick={() => onAsk("extension")}>
            {t("routing:extension.add")}
          </Button>
        )}
      </Group>
    </Card>
  );
}

function AddMember({ group, onClose }: { group: Ringing; onClose: () => void }) {
  const { t } = useTranslation("telephony");
  const [owner, setOwner] = useState<Owner>();
  const add = useChange(() => unwrap(api.PUT("/v1/groups/{group}/members/{user}", { params: { path: { group: group.id, user: owner?.id ?? "" } } })), onClose);
  return (
    <Confirm opened onClose={onClose} title={t("groups.chooseMembers")} action={t("numbers.addAction")} impossible={!owner} loading={add.isPending} error={add.error} onConfirm={() => add.mutate()}>
      <OwnerPicker label={t("groups.chooseMembers")} usersOnly value={owner} onChange={setOwner} hidden={group.members.map(({ id }) => id)} />
    </Confirm>
  );
}

function AddNumber({ group, onClose }: { group: Ringing; onClose: () => void }) {
  const { t } = useTranslation("routing");
  const [number, setNumber] = useState<PhoneNumber>();
  const add = useChange(() => {
    const movedFrom = number?.owner ? { type: number.owner.type, id: number.owner.id } : undefined;
    return unwrap(api.PUT("/v1/numbers/{number}/assignment", { params: { path: { number: number?.id ?? "" } }, body: { owner: { type: "group", id: group.id }, movedFrom } }));
  }, onClose);
  return (
    <Confirm opened onClose={onClose} title={t("number.add")} action={t("number.add")} impossible={!number} loading={add.isPending} error={add.error} onConfirm={() => add.mutate()}>
      <NumberPicker value={number} onChange={setNumber} />
      {number?.owner && <Notice kind="needsYou">{t("number.moveText", { owner: number.owner.name })}</Notice>}
    </Confirm>
  );
}

function AddExtension({ group, onClose }: { group: Ringing; onClose: () => void }) {
  const { t } = useTranslation("routing");
  const words = useProblemWords();
  const [value, setValue] = useState("");
  const add = useChange(() => unwrap(api.POST("/v1/extensions", { headers: onceKey(), body: { number: value, owner: { type: "group", id: group.id } } })), onClose);
  return (
    <Confirm opened onClose={onClose} title={t("extension.add")} action={t("extension.add")} impossible={!value} loading={add.isPending} error={add.error} onConfirm={() => add.mutate()}>
      <ExtensionPicker value={value} onChange={setValue} error={words.fields(add.error).number} autoFocus />
    </Confirm>
  );
}

function Edit({ group, version, onClose }: { group: Ringing; version: string; onClose: () => void }) {
  const { t } = useTranslation(["telephony", "app"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const form = useForm({ initialValues: { name: group.name, seconds: group.seconds } });
  const refuse = useRefusal(form);
  const save = useMutation({
    mutationFn: (body: typeof form.values) => unwrap(api.PATCH("/v1/groups/{group}", { params: { path: { group: group.id }, header: { "if-match": version } }, body })),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries();
    },
    onError: async (error) => {
      refuse(error);
      await queries.invalidateQueries({ queryKey: ["groups"] });
    },
  });
  return (
    <Modal opened onClose={onClose} title={t("groups.edit", { name: group.name })} closeButtonProps={{ "aria-label": t("app:action.close") }}>
      <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))}>
        <Stack>
          {save.error && <Notice kind="failed">{words.whole(save.error)}</Notice>}
          <TextInput label={t("groups.name")} data-autofocus autoComplete="off" {...form.getInputProps("name")} />
          <NumberInput label={t("groups.seconds")} description={t("groups.secondsHint")} min={5} max={120} clampBehavior="none" hideControls {...form.getInputProps("seconds")} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("app:action.cancel")}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {t("app:action.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Delete({ group, onClose }: { group: Ringing; onClose: () => void }) {
  const { t } = useTranslation("telephony");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE("/v1/groups/{group}", { params: { path: { group: group.id } } })),
    onSuccess: async () => {
      await navigate({ to: "/groups" });
      await queries.invalidateQueries();
    },
  });
  return (
    <Confirm opened onClose={onClose} title={t("groups.deleteTitle", { name: group.name })} action={t("groups.deleteAction", { name: group.name })} danger loading={remove.isPending} error={remove.error} onConfirm={() => remove.mutate()}>
      <Text>{t("groups.deleteText")}</Text>
    </Confirm>
  );
}
