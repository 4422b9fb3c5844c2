import { Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api } from "../../../api/client";
import { unwrap } from "../../../api/problem";
import type { User } from "../../../api/types";
import { useProblemWords } from "../../../i18n/problem";
import { Conflict, isConflict } from "../../../ui/Conflict";
import { Notice } from "../../../ui/Notice";
import { useRefusal } from "../../../ui/refusal";
import { useUserName } from "../findings";
import { Buttons, Done } from "./Setting";

/** A new address counts when it is confirmed from there; only who never signed in gets it at once. */
export function EmailForm({ user, version, own, onClose }: { user: User; version: string; own: boolean; onClose: () => void }) {
  const { t } = useTranslation(["settings", "users"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const name = useUserName()(user);
  const direct = !user.email || !user.hasPassword;
  const [seen, setSeen] = useState(version);
  const form = useForm({ initialValues: { email: user.email ?? "", currentPassword: "" } });
  const refuse = useRefusal(form, { current: "currentPassword" });
  const save = useMutation({
    mutationFn: async ({ email, currentPassword }: typeof form.values) => {
      const path = { user: user.id };
      const address = email.trim();
      if (direct) await unwrap(api.PATCH("/v1/users/{user}", { params: { path }, headers: { "if-match": seen }, body: { email: address || null } }));
      else await unwrap(api.POST("/v1/users/{user}/email-change", { params: { path }, body: { email: address, ...(own && { currentPassword }) } }));
      return address;
    },
    onSuccess: async () => {
      if (direct) onClose();
      await queries.invalidateQueries();
    },
    onError: async (error) => {
      refuse(error);
      if (isConflict(error)) await queries.invalidateQueries({ queryKey: ["users", user.id] });
    },
  });
  if (isConflict(save.error) && seen !== version) setSeen(version);
  if (save.isSuccess) {
    return (
      <Done onClose={onClose}>
        <Notice kind="good">{t("email.sent", { email: save.data })}</Notice>
      </Done>
    );
  }
  return (
    <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))} onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <Stack gap="sm" maw={480}>
        {isConflict(save.error) ? (
          <Conflict
            differences={[{ label: t("users:settings.email"), mine: form.values.email, theirs: user.email ?? t("users:settings.empty") }]}
            onTheirs={() => {
              form.setFieldValue("email", user.email ?? "");
              save.reset();
            }}
          />
        ) : (
          save.error && <Notice kind="failed">{words.whole(save.error)}</Notice>
        )}
        <TextInput
          label={t("users:settings.email")}
          description={direct ? t("email.hintDirect", { name }) : t(own ? "email.hintOwn" : "email.hintOther", { name })}
          type="email"
          autoComplete="off"
          autoFocus
          {...form.getInputProps("email")}
        />
        {own && !direct && <PasswordInput label={t("email.current")} autoComplete="current-password" {...form.getInputProps("currentPassword")} />}
      </Stack>
      <Buttons loading={save.isPending} onClose={onClose} save={direct ? undefined : t("email.send")} />
    </form>
  );
}

/** The address that waits to be confirmed, and the way to forget it. */
export function PendingEmail({ user }: { user: User }) {
  const { t } = useTranslation("settings");
  const words = useProblemWords();
  const queries = useQueryClient();
  const withdraw = useMutation({
    mutationFn: () => unwrap(api.DELETE("/v1/users/{user}/email-change", { params: { path: { user: user.id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["users"] }),
  });
  if (!user.pendingEmail) return null;
  return (
    <Stack gap="xs" mt="xs">
      {withdraw.error && <Notice kind="failed">{words.whole(withdraw.error)}</Notice>}
      <Notice
        kind="info"
        action={
          <Button size="xs" variant="default" loading={withdraw.isPending} onClick={() => withdraw.mutate()}>
            {t("email.withdraw")}
          </Button>
        }
      >
        <Text span inherit className="anywhere">
          {t("email.pending", { email: user.pendingEmail, current: user.email ?? "" })}
        </Text>
      </Notice>
    </Stack>
  );
}
