import { ActionIcon, Box, Button, Card, Group, Menu, Stack, Text, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDocumentTitle } from "@mantine/hooks";
import { IconArrowLeft, IconDots, IconPencil, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { unwrap, unwrapTagged } from "../../api/problem";
import { groupRoutingQuery } from "../../api/queries";
import type { Group as Ringing } from "../../api/types";
import { useProblemWords } from "../../i18n/problem";
import { Modal } from "../../ui/Dialog";
import { Conflict, isConflict } from "../../ui/Conflict";
import { Confirm } from "../../ui/Confirm";
import { TextLink } from "../../ui/links";
import { Notice } from "../../ui/Notice";
import { useRefusal } from "../../ui/refusal";
import { LoadFailed, Loading } from "../../ui/States";
import { useExplain } from "../routing/explain";
import { RoutingView } from "../routing/RoutingView";

type Asked = "edit" | "delete";

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
          {routing.error && !routing.data && <LoadFailed error={routing.error} again={() => void routing.refetch()} />}
          {routing.data && (
            <>
              <Text maw={820} className="anywhere">
                {explain(routing.data.data)}
              </Text>
              <RoutingView
                key={group.id}
                owner={{ type: "group", id: group.id, name: group.name }}
                routing={routing.data.data}
                version={routing.data.version}
                administrator
              />
            </>
          )}
          <Members group={group} />
          {asked === "edit" && <Edit group={group} version={loaded.data.version} onClose={close} />}
          {asked === "delete" && <Delete group={group} onClose={close} />}
        </Stack>
      )}
    </Box>
  );
}

function Members({ group }: { group: Ringing }) {
  const { t } = useTranslation("telephony");
  return (
    <Card withBorder padding="md">
      <Title order={2} fz={17} mb="xs">
        {t("groups.members")}
      </Title>
      {group.members.length === 0 && <Text c="dimmed">{t("groups.noMembers")}</Text>}
      <ul className="plain tight member-list">
        {group.members.map((member) => (
          <li key={member.id}>
            <TextLink to="/users/$user" params={{ user: member.id }} search={{}} className="anywhere">
              {member.name}
            </TextLink>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Edit({ group, version, onClose }: { group: Ringing; version: string; onClose: () => void }) {
  const { t } = useTranslation(["telephony", "app"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const form = useForm({ initialValues: { name: group.name } });
  // What the page showed when the form was opened: a change by somebody else in the meantime is told, not overwritten.
  const [seen, setSeen] = useState(version);
  const refuse = useRefusal(form);
  const save = useMutation({
    mutationFn: (body: typeof form.values) => unwrap(api.PATCH("/v1/groups/{group}", { params: { path: { group: group.id }, header: { "if-match": seen } }, body })),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries();
    },
    onError: async (error) => {
      refuse(error);
      await queries.invalidateQueries({ queryKey: ["groups"] });
    },
  });
  const conflict = isConflict(save.error);
  if (conflict && seen !== version) setSeen(version);
  return (
    <Modal opened onClose={onClose} title={t("groups.edit", { name: group.name })} closeButtonProps={{ "aria-label": t("app:action.close") }}>
      <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))}>
        <Stack>
          {conflict ? (
            <Conflict
              differences={[{ label: t("groups.name"), mine: form.values.name, theirs: group.name }]}
              onTheirs={() => {
                form.setValues({ name: group.name });
                save.reset();
              }}
            />
          ) : (
            save.error && <Notice kind="failed">{words.whole(save.error)}</Notice>
          )}
          <TextInput label={t("groups.name")} data-autofocus autoComplete="off" {...form.getInputProps("name")} />
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
