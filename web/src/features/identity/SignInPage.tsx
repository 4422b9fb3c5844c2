import { Button, Checkbox, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { unwrap } from "../../api/problem";
import { useProblemWords } from "../../i18n/problem";
import { Choices } from "../../ui/Choices";
import { TextLink } from "../../ui/links";
import { Narrow } from "../../ui/Narrow";
import { Notice } from "../../ui/Notice";

export function SignInPage() {
  const { t } = useTranslation("identity");
  const { to } = useSearch({ from: "/sign-in" });
  const words = useProblemWords();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const form = useForm({ initialValues: { email: "", password: "", staySignedIn: false } });
  const signIn = useMutation({
    mutationFn: (body: typeof form.values) => unwrap(api.POST("/v1/sessions", { body })),
    onSuccess: async () => {
      // Also that nobody is signed in was remembered.
      queries.clear();
      await navigate({ to: to ?? "/" });
    },
    onError: () => form.setFieldValue("password", ""),
  });
  return (
    <Narrow title={t("signIn.title")} width={420} corner={<Choices />}>
      <form noValidate onSubmit={form.onSubmit((values) => signIn.mutate(values))}>
        <Stack>
          {signIn.error && <Notice kind="failed">{words.whole(signIn.error)}</Notice>}
          <TextInput label={t("signIn.email")} type="email" name="email" autoComplete="username" autoFocus required {...form.getInputProps("email")} />
          <PasswordInput label={t("signIn.password")} name="password" autoComplete="current-password" required {...form.getInputProps("password")} />
          <Checkbox label={t("signIn.stay")} {...form.getInputProps("staySignedIn", { type: "checkbox" })} />
          <Button type="submit" loading={signIn.isPending}>
            {t("signIn.submit")}
          </Button>
          <TextLink to="/forgotten" size="sm">
            {t("signIn.forgotten")}
          </TextLink>
        </Stack>
      </form>
    </Narrow>
  );
}
