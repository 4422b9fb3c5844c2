import { Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { api } from "../../../api/client";
import { unwrap } from "../../../api/problem";
import type { User } from "../../../api/types";
import { useProblemWords } from "../../../i18n/problem";
import { Copyable } from "../../../ui/Copyable";
import { exact } from "../../../ui/moment";
import { Notice } from "../../../ui/Notice";
import { Buttons, Done } from "./Setting";

/** Invites once more by mail, and shows the link for whom mail does not reach. */
export function InvitationForm({ user, onClose }: { user: User; onClose: () => void }) {
  const { t, i18n } = useTranslation(["settings", "users"]);
  const words = useProblemWords();
  const make = useMutation({ mutationFn: () => unwrap(api.POST("/v1/users/{user}/invitation", { params: { path: { user: user.id } } })) });
  if (make.data) {
    const { mailedTo, url, token, expiresAt } = make.data;
    return (
      <Done onClose={onClose}>
        <Text size="sm">{mailedTo ? t("invitation.mailed", { email: mailedTo }) : t("invitation.made")}</Text>
        <Copyable value={url ?? `${window.location.origin}/link#${token}`} label={t("users:settings.link")} />
        <Text size="sm" c="dimmed">
          {t("users:settings.linkUntil", { until: exact(expiresAt, i18n.language) })}
        </Text>
      </Done>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
      onKeyDown={(event) => event.key === "Escape" && onClose()}
    >
      {make.error && <Notice kind="failed">{words.whole(make.error)}</Notice>}
      <Text size="sm">{t("invitation.hint")}</Text>
      <Buttons loading={make.isPending} onClose={onClose} save={t("invitation.send")} />
    </form>
  );
}
