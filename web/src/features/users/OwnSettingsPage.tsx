import "./settings/words";

import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { userQuery } from "../../api/queries";
import { meQuery } from "../../app/session";
import { Page } from "../../ui/Page";
import { LoadFailed, Loading } from "../../ui/States";
import { SettingsTab } from "./settings/SettingsTab";

/** My Telephony, User Settings: one's own. */
export function OwnSettingsPage() {
  const { t } = useTranslation("settings");
  const { data: me } = useSuspenseQuery(meQuery);
  const loaded = useQuery({ ...userQuery(me?.user.id ?? ""), enabled: Boolean(me) });
  return (
    <Page title={t("title")}>
      {loaded.isPending && <Loading rows={6} height={72} />}
      {loaded.error && !loaded.data && <LoadFailed error={loaded.error} again={() => void loaded.refetch()} />}
      {loaded.data && <SettingsTab user={loaded.data.data} version={loaded.data.version} own administrator={me?.user.role === "administrator"} />}
    </Page>
  );
}
