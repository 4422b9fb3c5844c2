import { Button, Group, NumberInput, Stack, Table, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, onceKey } from "../../api/client";
import { unwrap } from "../../api/problem";
import { groupsQuery } from "../../api/queries";
import { useProblemWords } from "../../i18n/problem";
import { Modal } from "../../ui/Dialog";
import { TextLink } from "../../ui/links";
import { Notice } from "../../ui/Notice";
import { Page } from "../../ui/Page";
import { PhoneNumber } from "../../ui/PhoneNumber";
import { useRefusal } from "../../ui/refusal";
import { Empty, LoadFailed, Loading } from "../../ui/States";

/** Account Management, Telephony, Groups. */
export function GroupsPage() {
  const { t } = useTranslation("telephony");
  const { t: users } = useTranslation("users");
  const groups = useQuery(groupsQuery);
  const [adding, setAdding] = useState(false);
  const add = (
    <Button leftSection={<IconPlus size={18} />} onClick={() => setAdding(true)}>
      {t("groups.add")}
    </Button>
  );
  return (
    <Page title={t("groups.title")} action={add}>
      {groups.isPending && <Loading rows={4} />}
      {groups.error && <LoadFailed error={groups.error} again={() => void groups.refetch()} />}
      {groups.data?.length === 0 && <Empty title={t("groups.none")}>{t("groups.noneText")}</Empty>}
      {groups.data && groups.data.length > 0 && (
        <Table.ScrollContainer minWidth={560} scrollAreaProps={{ type: "auto" }}>
          <Table verticalSpacing={10} highlightOnHover aria-label={t("groups.title")}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("groups.name")}</Table.Th>
                <Table.Th>{t("groups.members")}</Table.Th>
                <Table.Th>{users("column.numbers")}</Table.Th>
                <Table.Th>{users("column.extension")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {groups.data.map((group) => (
                <Table.Tr key={group.id}>
                  <Table.Td>
                    <TextLink to="/groups/$group" params={{ group: group.id }} fw={600} c="var(--mantine-color-text)" className="anywhere">
                      {group.name}
                    </TextLink>
                  </Table.Td>
                  <Table.Td>{group.members.map(({ name }) => name).join(", ") || t("groups.noMembers")}</Table.Td>
                  <Table.Td className="keep">
                    {group.numbers.map((number) => (
                      <PhoneNumber key={number} value={number} />
                    ))}
                  </Table.Td>
                  <Table.Td>{group.extension}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {adding && <AddGroup onClose={() => setAdding(false)} />}
    </Page>
  );
}

function AddGroup({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(["telephony", "app"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const form = useForm({ initialValues: { name: "", seconds: 25 } });
  const refuse = useRefusal(form);
  const add = useMutation({
    mutationFn: (body: typeof form.values) => unwrap(api.POST("/v1/groups", { headers: onceKey(), body })),
    onSuccess: async (group) => {
      await queries.invalidateQueries();
      await navigate({ to: "/groups/$group", params: { group: group.id } });
    },
    onError: refuse,
  });
  return (
    <Modal opened onClose={onClose} title={t("groups.add")} closeButtonProps={{ "aria-label": t("app:action.close") }}>
      <form noValidate onSubmit={form.onSubmit((values) => add.mutate(values))}>
        <Stack>
          {add.error && <Notice kind="failed">{words.whole(add.error)}</Notice>}
          <TextInput label={t("groups.name")} placeholder={t("groups.namePlaceholder")} data-autofocus autoComplete="off" {...form.getInputProps("name")} />
          <NumberInput label={t("groups.seconds")} description={t("groups.secondsHint")} min={5} max={120} hideControls {...form.getInputProps("seconds")} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("app:action.cancel")}
            </Button>
            <Button type="submit" loading={add.isPending}>
              {t("groups.add")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
