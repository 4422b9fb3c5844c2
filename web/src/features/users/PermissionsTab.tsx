import "./settings/words";

import { List, Paper, Stack, Switch, Text, Title } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { Problem, unwrap } from "../../api/problem";
import type { User } from "../../api/types";
import { meQuery } from "../../app/session";
import { useProblemWords } from "../../i18n/problem";
import { Confirm } from "../../ui/Confirm";
import { Notice } from "../../ui/Notice";
import { offerUndo } from "../../ui/undo";
import { useUserName } from "./findings";

const granted = ["people", "reach", "money", "log"] as const;
const everybody = ["ownSettings", "ownCalls"] as const;

/** Permissions Management: one switch, blue when it is on, and what it means. */
export function PermissionsTab({ user }: { user: User }) {
  const { t } = useTranslation("settings");
  const words = useProblemWords();
  const queries = useQueryClient();
  const { data: me } = useQuery(meQuery);
  const name = useUserName()(user);
  const [asked, setAsked] = useState(false);
  const set = (administrator: boolean) => unwrap(api.PUT("/v1/users/{user}/role", { params: { path: { user: user.id } }, body: { administrator } }));
  const change = useMutation({
    mutationFn: set,
    onSuccess: (_, administrator) => {
      setAsked(false);
      // Who gave up the own rights cannot take them back.
      if (user.id === me?.user.id) return;
      offerUndo({ words: t(administrator ? "permissions.granted" : "permissions.taken", { name }), run: () => set(!administrator) });
    },
    onSettled: () => queries.invalidateQueries(),
  });
  const shown = change.isPending ? change.variables : user.role === "administrator";
  const last = change.error instanceof Problem && change.error.code === "last-administrator";
  const may = shown ? [...granted, ...everybody] : everybody;
  const refusal = change.error && (
    <Notice kind="failed" title={last ? t("permissions.lastTitle") : undefined}>
      {last ? t("permissions.last", { name }) : words.whole(change.error)}
    </Notice>
  );
  return (
    <Stack maw={640}>
      {!asked && refusal}
      <section aria-label={t("permissions.title")}>
        <Title order={2} fz={17} mb="xs">
          {t("permissions.title")}
        </Title>
        <Paper withBorder p="md">
          <Switch
            checked={shown}
            onChange={(event) => {
              const on = event.currentTarget.checked;
              if (!on && user.id === me?.user.id) setAsked(true);
              else change.mutate(on);
            }}
            label={t("permissions.rights")}
            fw={600}
            size="md"
          />
          <Text size="sm" mt="md" mb={4}>
            {t(shown ? "permissions.on" : "permissions.off", { name })}
          </Text>
          <List size="sm" spacing={2} icon={<IconCheck size={16} color="var(--rw-good)" aria-hidden="true" />}>
            {may.map((what) => (
              <List.Item key={what}>{t(`permissions.${what}`)}</List.Item>
            ))}
          </List>
          <Text size="sm" c="dimmed" mt="sm">
            {t("permissions.notCalls")}
          </Text>
        </Paper>
      </section>
      <Confirm opened={asked} onClose={() => setAsked(false)} title={t("permissions.selfTitle")} action={t("permissions.selfAction")} danger loading={change.isPending} error={undefined} onConfirm={() => change.mutate(false)}>
        <Text>{t("permissions.self")}</Text>
        {refusal}
      </Confirm>
    </Stack>
  );
}
