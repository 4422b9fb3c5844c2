import { List, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { unwrap } from "../../api/problem";
import type { User } from "../../api/types";
import { Confirm } from "../../ui/Confirm";
import { Notice } from "../../ui/Notice";
import { useReadable } from "../../ui/PhoneNumber";
import { LoadFailed, Loading } from "../../ui/States";
import { offerUndo } from "../../ui/undo";

interface Asked {
  user: User;
  name: string;
  opened: boolean;
  onClose: () => void;
}

export function BlockUser({ user, name, opened, onClose }: Asked) {
  const { t } = useTranslation("users");
  const queries = useQueryClient();
  const path = { user: user.id };
  const block = useMutation({
    mutationFn: () => unwrap(api.POST("/v1/users/{user}/block", { params: { path } })),
    onSuccess: async () => {
      onClose();
      offerUndo({ words: t("block.undone", { name }), run: () => unwrap(api.POST("/v1/users/{user}/unblock", { params: { path } })) });
      await queries.invalidateQueries();
    },
  });
  return (
    <Confirm opened={opened} onClose={onClose} title={t("block.title", { name })} action={t("block.action", { name })} danger loading={block.isPending} error={block.error} onConfirm={() => block.mutate()}>
      <Text>{t("block.text", { name })}</Text>
    </Confirm>
  );
}

/** First everything that will happen, then a button that says it; afterwards the way back. */
export function DeleteUser({ user, name, opened, onClose }: Asked) {
  const { t } = useTranslation("users");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const readable = useReadable();
  const path = { user: user.id };
  const consequences = useQuery({
    queryKey: ["users", user.id, "consequences"],
    enabled: opened,
    staleTime: 0,
    queryFn: () => unwrap(api.GET("/v1/users/{user}/consequences", { params: { path } })),
  });
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE("/v1/users/{user}", { params: { path } })),
    onSuccess: async () => {
      onClose();
      offerUndo({ words: t("delete.done", { name }), run: () => unwrap(api.POST("/v1/users/{user}/restore", { params: { path } })) });
      await navigate({ to: "/users", search: {} });
      queries.removeQueries({ queryKey: ["users", user.id] });
      await queries.invalidateQueries();
    },
  });
  const found = consequences.data;
  const lists = found
    ? ([
        ["numbers", found.numbers.map(readable)],
        ["extensions", found.extensions],
        ["devices", found.devices.map(({ label }) => label)],
        ["groups", found.groups.map((group) => group.name)],
      ] as const)
    : [];
  const happens = lists.filter(([, items]) => items.length > 0);
  return (
    <Confirm
      opened={opened}
      onClose={onClose}
      title={t("delete.title", { name })}
      action={t("delete.action", { name })}
      danger
      impossible={!found || found.lastAdministrator}
      loading={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
    >
      {consequences.isPending && <Loading rows={3} height={32} />}
      {consequences.error && <LoadFailed error={consequences.error} again={() => void consequences.refetch()} />}
      {found?.lastAdministrator && <Notice kind="needsYou">{t("delete.last", { name })}</Notice>}
      {found && !found.lastAdministrator && (
        <>
          {happens.length === 0 ? (
            <Text>{t("delete.nothing", { name })}</Text>
          ) : (
            <div>
              <Text mb="xs">{t("delete.intro")}</Text>
              <List spacing={4}>
                {happens.map(([kind, items]) => (
                  <List.Item key={kind}>{t(`delete.${kind}`, { count: items.length, list: items.join(", ") })}</List.Item>
                ))}
              </List>
            </div>
          )}
          <Text c="dimmed">{t("delete.undo", { days: found.undoDays })}</Text>
        </>
      )}
    </Confirm>
  );
}
