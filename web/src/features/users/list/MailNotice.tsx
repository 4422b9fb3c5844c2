import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { mailQuery } from "../../../api/account";
import { said } from "../../../ui/moment";
import { Notice } from "../../../ui/Notice";

/** On the overview: mails that reach nobody, and what helps. */
export function MailNotice() {
  const { t, i18n } = useTranslation("people");
  const { data: mail, dataUpdatedAt } = useQuery(mailQuery);
  if (!mail) return null;
  const last = mail.lastError ? t("mail.lastError", { error: mail.lastError }) : "";
  if (mail.failed > 0) {
    return (
      <Notice kind="failed" title={t("mail.failedTitle", { count: mail.failed })}>
        {mail.lastError ? t("mail.failed", { error: mail.lastError }) : null}
      </Notice>
    );
  }
  if (mail.waiting === 0) return null;
  if (mail.delivery === "folder") {
    return (
      <Notice kind="needsYou" title={t("mail.folderTitle", { count: mail.waiting })}>
        {t("mail.folder", { folder: mail.folder ?? "" })}
      </Notice>
    );
  }
  // A mail that left a moment ago is no news; one that has waited for minutes is.
  if (!mail.oldestWaiting || dataUpdatedAt - new Date(mail.oldestWaiting).getTime() < 120_000) return null;
  return (
    <Notice kind="needsYou" title={t("mail.waitingTitle", { count: mail.waiting })}>
      {t("mail.waiting", { since: said(mail.oldestWaiting, i18n.language) })} {last}
    </Notice>
  );
}
