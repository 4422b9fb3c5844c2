import "./words";

import { Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouterState } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { unwrap } from "../../api/problem";
import { useProblemWords } from "../../i18n/problem";
import { Choices } from "../../ui/Choices";
import { Narrow } from "../../ui/Narrow";
import { Notice } from "../../ui/Notice";
import { useRefusal } from "../../ui/refusal";

/** Signing in as operator: a table and a session of its own, whatever company one is signed in to. */
export function OperatorSignIn() {
  const { t } = useTranslation(["operator", "identity"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const form = useForm({ initialValues: { email: "", password: "" } });
  const signIn = useMutation({
    mutationFn: (body: typeof form.values) => unwrap(api.POST("/v1/operator/sessions", { body })),
    onSuccess: async () => {
      queries.removeQueries({ queryKey: ["operator"] });
      await navigate({ to: "/operator", replace: true });
    },
    onError: () => form.setFieldValue("password", ""),
  });
  return (
    <Narrow title={t("signIn.title")} width={420} corner={<Choices />}>
      <form noValidate onSubmit={form.onSubmit((values) => signIn.mutate(values))}>
        <Stack>
          {signIn.error && <Notice kind="failed">{words.whole(signIn.error)}</Notice>}
          <TextInput label={t("identity:signIn.email")} type="email" name="email" autoComplete="username" autoFocus required {...form.getInputProps("email")} />
          <PasswordInput label={t("identity:signIn.password")} name="password" autoComplete="current-password" required {...form.getInputProps("password")} />
          <Button type="submit" loading={signIn.isPending}>
            {t("identity:signIn.submit")}
          </Button>
          <Text size="sm" c="dimmed">
            {t("signIn.hint")}
          </Text>
        </Stack>
      </form>
    </Narrow>
  );
}

/** The one-time link that the server's console printed. */
export function OperatorLink() {
  const { t } = useTranslation(["operator", "identity", "setup"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const token = useRouterState({ select: (state) => state.location.hash });
  const form = useForm({ initialValues: { password: "" } });
  const refuse = useRefusal(form);
  const link = useQuery({
    queryKey: ["operator", "links", token],
    enabled: Boolean(token),
    staleTime: Infinity,
    queryFn: () => unwrap(api.GET("/v1/operator/links/{link}", { params: { path: { link: token } } })),
  });
  const choose = useMutation({
    mutationFn: async ({ password }: typeof form.values) => {
      await unwrap(api.POST("/v1/operator/links/{link}", { params: { path: { link: token } }, body: { password } }));
      if (link.data) await unwrap(api.POST("/v1/operator/sessions", { body: { email: link.data.email, password } }));
    },
    onSuccess: async () => {
      queries.removeQueries({ queryKey: ["operator"] });
      await navigate({ to: "/operator", replace: true });
    },
    onError: refuse,
  });
  const dead = !token || Boolean(link.error && !choose.isSuccess);
  return (
    <Narrow title={t("link.title")} intro={t("link.hint")} width={420} corner={<Choices />}>
      <form noValidate onSubmit={form.onSubmit((values) => choose.mutate(values))}>
        <Stack>
          {choose.error && <Notice kind="failed">{words.whole(choose.error)}</Notice>}
          {dead && <Notice kind="failed">{link.error ? words.whole(link.error) : t("identity:link.incomplete")}</Notice>}
          {link.data && <Text fw={600}>{link.data.email}</Text>}
          {link.data && <input type="hidden" name="email" autoComplete="username" value={link.data.email} />}
          <PasswordInput label={t("identity:link.password")} description={t("setup:administrator.passwordHint")} name="password" autoComplete="new-password" autoFocus required disabled={dead} {...form.getInputProps("password")} />
          <Button type="submit" loading={choose.isPending} disabled={dead}>
            {t("link.submit")}
          </Button>
        </Stack>
      </form>
    </Narrow>
  );
}
