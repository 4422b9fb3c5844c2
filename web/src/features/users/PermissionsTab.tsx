import { Paper, Stack, Switch } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { unwrap } from "../../api/problem";
import type { User } from "../../api/types";
import { useProblemWords } from "../../i18n/problem";
import { Notice } from "../../ui/Notice";
import { useUserName } from "./findings";

export function PermissionsTab({ user }: { user: User }) {
  const { t } = useTranslation("users");
  const words = useProblemWords();
  const queries = useQueryClient();
  const name = useUserName()(user);
  const change = useMutation({
    mutationFn: (administrator: boolean) => unwrap(api.PUT("/v1/users/{user}/role", { params: { path: { user: user.id } }, body: { administrator } })),
    onSettled: () => queries.invalidateQueries(),
  });
  const shown = change.isPending ? change.variables : user.role === "administrator";
  return (
    <Stack maw={640}>
      {change.error && <Notice kind="failed">{words.whole(change.error)}</Notice>}
      <Paper withBorder p="md">
        <Switch
          checked={shown}
          onChange={(event) => change.mutate(event.currentTarget.checked)}
          label={t("permissions.title")}
          description={shown ? t("permissions.on", { name }) : t("permissions.off", { name })}
          size="md"
        />
      </Paper>
    </Stack>
  );
}
