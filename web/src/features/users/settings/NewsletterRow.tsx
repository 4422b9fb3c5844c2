import { Box, Switch } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { unwrap } from "../../../api/problem";
import { api } from "../../../api/client";
import type { User } from "../../../api/types";
import { useProblemWords } from "../../../i18n/problem";
import { Notice } from "../../../ui/Notice";
import { useUserName } from "../findings";

/** Nobody gets a newsletter who did not confirm it from the own mailbox. */
export function NewsletterRow({ user, own }: { user: User; own: boolean }) {
  const { t } = useTranslation("settings");
  const words = useProblemWords();
  const queries = useQueryClient();
  const name = useUserName()(user);
  const change = useMutation({
    mutationFn: (subscribed: boolean) => unwrap(api.PUT("/v1/users/{user}/newsletter", { params: { path: { user: user.id } }, body: { subscribed } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ["users", user.id] }),
  });
  const on = change.isPending ? change.variables : user.newsletter !== "none";
  return (
    <Box p="md">
      {change.error && <Notice kind="failed">{words.whole(change.error)}</Notice>}
      <Switch
        label={t("newsletter.label")}
        description={user.email ? t("newsletter.what") : t("newsletter.noEmail")}
        checked={on}
        disabled={!user.email && !on}
        onChange={(event) => change.mutate(event.currentTarget.checked)}
      />
      {user.newsletter === "pending" && !change.isPending && (
        <Box mt="sm">
          <Notice kind="info">{t(own ? "newsletter.pending" : "newsletter.pendingOther", { email: user.email ?? "", name })}</Notice>
        </Box>
      )}
    </Box>
  );
}
