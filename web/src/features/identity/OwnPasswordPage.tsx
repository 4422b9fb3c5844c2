import { Button, PasswordInput, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { unwrap } from "../../api/problem";
import { meKey } from "../../app/session";
import { useProblemWords } from "../../i18n/problem";
import { Choices } from "../../ui/Choices";
import { Narrow } from "../../ui/Narrow";
import { Notice } from "../../ui/Notice";
import { useRefusal } from "../../ui/refusal";

/** After signing in with a password that an administrator set: nothing else can be done before there is an own one. */
export function OwnPasswordPage() {
  const { t } = useTranslation(["identity", "setup"]);
  const { to, user } = useSearch({ from: "/own-password" });
  const words = useProblemWords();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const form = useForm({ initialValues: { current: "", password: "" } });
  const refuse = useRefusal(form);
  const choose = useMutation({
    mutationFn: (body: typeof form.values) => unwrap(api.PUT("/v1/users/{user}/password", { params: { path: { user } }, body })),
    onSuccess: async () => {
      queries.clear();
      await navigate({ to: to ?? "/", replace: true });
    },
    onError: refuse,
  });
  const leave = useMutation({
    mutationFn: () => unwrap(api.DELETE("/v1/sessions/current")),
    onSettled: async () => {
      queries.clear();
      queries.setQueryData(meKey, null);
      await navigate({ to: "/sign-in", search: { to: undefined } });
    },
  });
  return (
    <Narrow title={t("ownPassword.title")} intro={t("ownPassword.intro")} width={420} corner={<Choices />}>
      <form noValidate onSubmit={form.onSubmit((values) => choose.mutate(values))}>
        <Stack>
          {choose.error && <Notice kind="failed">{words.whole(choose.error)}</Notice>}
          <PasswordInput label={t("ownPassword.current")} name="current" autoComplete="current-password" autoFocus required {...form.getInputProps("current")} />
          <PasswordInput
            label={t("link.password")}
            description={t("setup:administrator.passwordHint")}
            name="password"
            autoComplete="new-password"
            required
            {...form.getInputProps("password")}
          />
          <Button type="submit" loading={choose.isPending}>
            {t("ownPassword.submit")}
          </Button>
          <Button variant="subtle" loading={leave.isPending} onClick={() => leave.mutate()}>
            {t("ownPassword.leave")}
          </Button>
        </Stack>
      </form>
    </Narrow>
  );
}
