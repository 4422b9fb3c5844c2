import "./words";

import { Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

import { locationsQuery } from "../../../api/queries";
import type { User } from "../../../api/types";
import { useReadable } from "../../../ui/PhoneNumber";
import { EmailForm, PendingEmail } from "./EmailForm";
import { InvitationForm } from "./InvitationForm";
import { NewsletterRow } from "./NewsletterRow";
import { OthersPasswordForm, OwnPasswordForm } from "./PasswordForms";
import { PatchForm, type PatchRow, useSettingWords } from "./PatchForm";
import { Section, Setting } from "./Setting";
import { WebSmsRow } from "./WebSmsRow";

type Row = PatchRow | "email" | "password" | "invitation";

/** More Settings and User Settings: every value with a cogwheel beside it. One is open at a time. */
export function SettingsTab({ user, version, own, administrator }: { user: User; version: string; own: boolean; administrator: boolean }) {
  const { t } = useTranslation(["settings", "users"]);
  const locations = useQuery(locationsQuery);
  const readable = useReadable();
  const say = useSettingWords(locations.data ?? [], readable);
  const [open, setOpen] = useState<Row>();
  const onClose = () => setOpen(undefined);
  const setting = (row: Row, label: string, value: ReactNode, form: ReactNode, note?: ReactNode) => (
    <Setting key={row} label={label} value={value} note={note} open={open === row} onOpen={() => setOpen(row)}>
      {form}
    </Setting>
  );
  const patch = (row: PatchRow) => setting(row, t(`users:settings.${row}`), say(user)[row], <PatchForm user={user} version={version} row={row} onClose={onClose} />);
  const password = own ? <OwnPasswordForm user={user} onClose={onClose} /> : <OthersPasswordForm user={user} onClose={onClose} />;
  return (
    <Stack gap="xl" maw={720}>
      <Section title={t("person")}>{patch("name")}</Section>
      <Section title={t("access")}>
        {setting(
          "email",
          t("users:settings.email"),
          user.email ?? t("users:settings.empty"),
          <EmailForm user={user} version={version} own={own} onClose={onClose} />,
          <PendingEmail user={user} />,
        )}
        {setting("password", t("users:settings.password"), user.hasPassword ? t("users:settings.passwordSet") : t("users:settings.passwordNone"), password)}
        {administrator && !own && !user.hasPassword && user.email && setting("invitation", t("invitation.label"), t("invitation.waiting"), <InvitationForm user={user} onClose={onClose} />)}
      </Section>
      <Section title={t("locations")} hint={t("locationsHint")}>
        {patch("location")}
      </Section>
      <Section title={t("calls")}>
        {patch("callerNumber")}
        {patch("busyOnBusy")}
      </Section>
      <Section title={t("languageAndTime")}>
        {patch("language")}
        {patch("timeZone")}
      </Section>
      {administrator && (
        <Section title={t("extensions")}>
          <WebSmsRow user={user} own={own} />
        </Section>
      )}
      <Section title={t("newsletterTitle")}>
        <NewsletterRow user={user} own={own} />
      </Section>
    </Stack>
  );
}
