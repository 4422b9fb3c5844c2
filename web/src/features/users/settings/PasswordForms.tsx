import { Anchor, Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api } from "../../../api/client";
import { unwrap } from "../../../api/problem";
import type { User } from "../../../api/types";
import { useProblemWords } from "../../../i18n/problem";
import { Copyable } from "../../../ui/Copyable";
import { Notice } from "../../../ui/Notice";
import { useRefusal } from "../../../ui/refusal";
import { useUserName } from "../findings";
import { suggestPassword } from "./suggest";
import { Buttons, Done } from "./Setting";

interface Asked {
  user: User;
  onClose: () => void;
}

/** One's own password: only who knows the present one changes it. */
export function OwnPasswordForm({ user, onClose }: Asked) {
  const { t } = useTranslation("users");
  const words = useProblemWords();
  const queries = useQueryClient();
  const name = useUserName()(user);
  const form = useForm({ initialValues: { current: "", password: "" } });
  const refuse = useRefusal(form);
  const change = useMutation({
    mutationFn: ({ current, password }: typeof form.values) => unwrap(api.PUT("/v1/users/{user}/password", { params: { path: { user: user.id } }, body: { password, current } })),
    onSuccess: () => queries.invalidateQueries(),
    onError: refuse,
  });
  if (change.isSuccess) {
    return (
      <Done onClose={onClose}>
        <Notice kind="good">{t("settings.passwordDone")}</Notice>
      </Done>
    );
  }
  return (
    <form noValidate onSubmit={form.onSubmit((values) => change.mutate(values))} onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <Stack gap="sm" maw={480}>
        {change.error && <Notice kind="failed">{words.whole(change.error)}</Notice>}
        <input type="hidden" name="email" autoComplete="username" value={user.email ?? ""} />
        <PasswordInput label={t("settings.passwordCurrent")} autoComplete="current-password" autoFocus {...form.getInputProps("current")} />
        <PasswordInput label={t("settings.passwordNew")} description={t("settings.passwordHint", { name })} autoComplete="new-password" {...form.getInputProps("password")} />
      </Stack>
      <Buttons loading={change.isPending} onClose={onClose} />
    </form>
  );
}

/** Somebody else's: a link by mail, so that nobody but the person knows it; or a temporary one, told by word of mouth. */
export function OthersPasswordForm({ user, onClose }: Asked) {
  const [temporary, setTemporary] = useState(!user.email);
  return temporary ? <Temporary user={user} onClose={onClose} onMail={() => setTemporary(false)} /> : <MailLink user={user} onClose={onClose} onTemporary={() => setTemporary(true)} />;
}

function MailLink({ user, onClose, onTemporary }: Asked & { onTemporary: () => void }) {
  const { t } = useTranslation("settings");
  const words = useProblemWords();
  const name = useUserName()(user);
  const email = user.email ?? "";
  const send = useMutation({ mutationFn: () => unwrap(api.POST("/v1/password-resets", { body: { email } })) });
  if (send.isSuccess) {
    return (
      <Done onClose={onClose}>
        <Notice kind="good">{t("password.mailed", { email })}</Notice>
      </Done>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send.mutate();
      }}
      onKeyDown={(event) => event.key === "Escape" && onClose()}
    >
      {send.error && <Notice kind="failed">{words.whole(send.error)}</Notice>}
      <Text size="sm">{t("password.hintReset", { name })}</Text>
      <Buttons
        loading={send.isPending}
        onClose={onClose}
        save={t("password.mailReset")}
        more={
          <Button variant="subtle" onClick={onTemporary}>
            {t("password.temporary")}
          </Button>
        }
      />
    </form>
  );
}

function Temporary({ user, onClose, onMail }: Asked & { onMail: () => void }) {
  const { t } = useTranslation(["settings", "users"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const name = useUserName()(user);
  const form = useForm({ initialValues: { password: "" } });
  const refuse = useRefusal(form);
  const set = useMutation({
    mutationFn: ({ password }: typeof form.values) => unwrap(api.PUT("/v1/users/{user}/password", { params: { path: { user: user.id } }, body: { password } })),
    onSuccess: () => queries.invalidateQueries(),
    onError: refuse,
  });
  if (set.isSuccess) {
    return (
      <Done onClose={onClose}>
        <Notice kind="good" title={t("password.temporaryDone")}>
          <Copyable value={form.values.password} label={t("users:settings.password")} />
        </Notice>
      </Done>
    );
  }
  return (
    <form noValidate onSubmit={form.onSubmit((values) => set.mutate(values))} onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <Stack gap="sm" maw={480}>
        {set.error && <Notice kind="failed">{words.whole(set.error)}</Notice>}
        <TextInput label={t("password.temporary")} description={t("password.temporaryHint", { name })} autoComplete="off" spellCheck={false} autoFocus {...form.getInputProps("password")} />
        <Anchor component="button" type="button" size="sm" ta="start" onClick={() => form.setFieldValue("password", suggestPassword())}>
          {t("password.make")}
        </Anchor>
        {!user.email && (
          <Text size="sm" c="dimmed">
            {t("password.noEmail")}
          </Text>
        )}
      </Stack>
      <Buttons
        loading={set.isPending}
        onClose={onClose}
        more={
          user.email && (
            <Button variant="subtle" onClick={onMail}>
              {t("password.byMail")}
            </Button>
          )
        }
      />
    </form>
  );
}
