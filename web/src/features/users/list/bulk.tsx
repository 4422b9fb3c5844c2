import { List, NativeSelect, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api } from "../../../api/client";
import { Problem, unwrap } from "../../../api/problem";
import { locationsQuery } from "../../../api/queries";
import type { BulkAction, User } from "../../../api/types";
import { Confirm } from "../../../ui/Confirm";
import { Notice } from "../../../ui/Notice";
import { useReadable } from "../../../ui/PhoneNumber";
import { LoadFailed, Loading } from "../../../ui/States";
import { offerUndo } from "../../../ui/undo";

interface Asked {
  users: User[];
  onClose: () => void;
  onDone: () => void;
}

const act = (ids: string[], action: BulkAction) => unwrap(api.POST("/v1/users/bulk", { body: { ids, action } }));

/** Does one thing to all of them or to none, says so, and offers the way back. */
function useBulk({ users, onDone }: Asked, words: string, undo?: () => Promise<unknown>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (action: BulkAction) => act(users.map(({ id }) => id), action),
    onSuccess: async () => {
      onDone();
      offerUndo(undo ? { words, run: undo } : { words });
      await queries.invalidateQueries();
    },
  });
}

export function BulkInvite(asked: Asked) {
  const { t } = useTranslation("people");
  const count = asked.users.length;
  const run = useBulk(asked, t("bulk.invited", { count }));
  return (
    <Confirm opened onClose={asked.onClose} title={t("inviteDialog.title", { count })} action={t("inviteDialog.action", { count })} loading={run.isPending} error={run.error} onConfirm={() => run.mutate({ type: "invite" })}>
      <Text>{t("inviteDialog.text")}</Text>
    </Confirm>
  );
}

export function BulkMove(asked: Asked) {
  const { t } = useTranslation("people");
  const { data: locations = [] } = useQuery(locationsQuery);
  const count = asked.users.length;
  const [chosen, setChosen] = useState<string>();
  const location = chosen ?? locations[0]?.id ?? "";
  const name = locations.find(({ id }) => id === location)?.name ?? "";
  const run = useBulk(asked, t("bulk.moved", { count, location: name }), async () => {
    // Each back to where it was.
    for (const place of new Set(asked.users.map((user) => user.location))) {
      const ids = asked.users.filter((user) => user.location === place).map(({ id }) => id);
      if (place) await act(ids, { type: "moveLocation", location: place });
      else for (const user of ids) await unwrap(api.PATCH("/v1/users/{user}", { params: { path: { user } }, body: { location: null } }));
    }
  });
  return (
    <Confirm opened onClose={asked.onClose} title={t("moveDialog.title", { count })} action={t("moveDialog.action")} impossible={!location} loading={run.isPending} error={run.error} onConfirm={() => run.mutate({ type: "moveLocation", location })}>
      <NativeSelect
        label={t("moveDialog.location")}
        description={t("moveDialog.text")}
        value={location}
        onChange={(event) => setChosen(event.currentTarget.value)}
        data={locations.map(({ id, name: label, street, number, city }) => ({ value: id, label: [label, `${street} ${number}`.trim(), city].filter(Boolean).join(", ") }))}
      />
    </Confirm>
  );
}

export function BulkBlock(asked: Asked) {
  const { t } = useTranslation("people");
  const open = asked.users.filter(({ blocked }) => !blocked);
  const count = open.length;
  const run = useBulk({ ...asked, users: open }, t("bulk.blocked", { count }), () => act(open.map(({ id }) => id), { type: "unblock" }));
  return (
    <Confirm opened onClose={asked.onClose} title={t("blockDialog.title", { count })} action={t("blockDialog.action", { count })} danger loading={run.isPending} error={run.error} onConfirm={() => run.mutate({ type: "block" })}>
      <Text>{t("blockDialog.text")}</Text>
    </Confirm>
  );
}

export function BulkUnblock(asked: Asked) {
  const { t } = useTranslation("people");
  const blocked = asked.users.filter((user) => user.blocked);
  const count = blocked.length;
  const run = useBulk({ ...asked, users: blocked }, t("bulk.unblocked", { count }), () => act(blocked.map(({ id }) => id), { type: "block" }));
  return (
    <Confirm opened onClose={asked.onClose} title={t("bulk.unblock")} action={t("bulk.unblock")} loading={run.isPending} error={run.error} onConfirm={() => run.mutate({ type: "unblock" })}>
      <Text>{t("bulk.unblocked", { count })}</Text>
    </Confirm>
  );
}

const FEW = 5;

/** First everything that will happen, counted; then a button that says it; afterwards the way back. */
export function BulkDelete(asked: Asked) {
  const { t } = useTranslation("people");
  const readable = useReadable();
  const ids = asked.users.map(({ id }) => id);
  const count = ids.length;
  const consequences = useQuery({
    queryKey: ["users", "consequences", ids],
    staleTime: 0,
    gcTime: 0,
    queryFn: () => unwrap(api.POST("/v1/users/bulk/consequences", { body: { ids } })),
  });
  const run = useBulk(asked, t("bulk.deleted", { count }), async () => {
    for (const user of ids) {
      try {
        await unwrap(api.POST("/v1/users/{user}/restore", { params: { path: { user } } }));
      } catch (error) {
        // Brought back by hand already.
        if (!(error instanceof Problem && error.code === "not-deleted")) throw error;
      }
    }
  });
  const found = consequences.data;
  const some = (items: string[]) => {
    const list = items.slice(0, FEW).join(", ");
    return items.length > FEW ? t("deleteDialog.more", { list, count: items.length - FEW }) : list;
  };
  const lists = found
    ? ([
        ["users", asked.users.map(({ name }) => name)],
        ["numbers", found.numbers.map(readable)],
        ["extensions", found.extensions],
        ["devices", found.devices.map(({ label }) => label)],
        ["groups", found.groups.map(({ name }) => name)],
      ] as const)
    : [];
  return (
    <Confirm
      opened
      onClose={asked.onClose}
      title={t("deleteDialog.title", { count })}
      action={t("deleteDialog.action", { count })}
      danger
      impossible={!found || found.lastAdministrator}
      loading={run.isPending}
      error={run.error}
      onConfirm={() => run.mutate({ type: "delete" })}
    >
      {consequences.isPending && <Loading rows={4} height={32} />}
      {consequences.error && <LoadFailed error={consequences.error} again={() => void consequences.refetch()} />}
      {found?.lastAdministrator && <Notice kind="needsYou">{t("deleteDialog.last")}</Notice>}
      {found && !found.lastAdministrator && (
        <>
          <div>
            <Text mb="xs">{t("deleteDialog.intro")}</Text>
            <List spacing={4}>
              {lists
                .filter(([, items]) => items.length > 0)
                .map(([kind, items]) => (
                  <List.Item key={kind} className="anywhere">
                    {t(`deleteDialog.${kind}`, { count: items.length, list: some([...items]) })}
                  </List.Item>
                ))}
            </List>
          </div>
          <Text c="dimmed">{t("deleteDialog.undo", { days: found.undoDays })}</Text>
        </>
      )}
    </Confirm>
  );
}
