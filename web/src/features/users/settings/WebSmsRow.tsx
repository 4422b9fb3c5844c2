import { Box, Switch } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { api } from "../../../api/client";
import { unwrap } from "../../../api/problem";
import type { User } from "../../../api/types";
import { useProblemWords } from "../../../i18n/problem";
import { Notice } from "../../../ui/Notice";
import { useUserName } from "../findings";

/** Whether somebody may send text messages from the pages. */
export function WebSmsRow({ user, own }: { user: User; own: boolean }) {
  const { t } = useTranslation("settings");
  const words = useProblemWords();
  const queries = useQueryClient();
  const name = useUserName()(user);
  const change = useMutation({
    mutationFn: (allowed: boolean) => unwrap(api.PUT("/v1/users/{user}/web-sms", { params: { path: { user: user.id } }, body: { allowed } })),
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: ["users", user.id] });
      if (own) await queries.invalidateQueries({ queryKey: ["me"] });
    },
  });
  return (
    <Box p="md" className="anywhere">
      {change.error && <Notice kind="failed">{words.whole(change.error)}</Notice>}
      <Switch
        styles={{ labelWrapper: { minWidth: 0 } }}
        label={t("webSms.label")}
        description={t("webSms.what", { name })}
        checked={change.isPending ? change.variables : user.webSms}
        onChange={(event) => change.mutate(event.currentTarget.checked)}
      />
    </Box>
  );
}
