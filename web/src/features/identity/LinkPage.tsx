import { Button, PasswordInput, Stack, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouterState } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { unwrap } from "../../api/problem";
import { useProblemWords } from "../../i18n/problem";
import { Choices } from "../../ui/Choices";
import { TextLink } from "../../ui/links";
import { Narrow } from "../../ui/Narrow";
import { Notice } from "../../ui/Notice";
import { useRefusal } from "../../ui/refusal";

/** Invitation and recovery: the secret stands after the #, so it never reaches a server log. */
export function LinkPage() {
  const { t } = useTranslation(["identity", "setup"]);
  const token = useRouterState({ select: (state) => state.location.hash });
  const words = useProblemWords();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const form = useForm({ initialValues: { password: "" } });
  const refuse = useRefusal(form);
  const link = useQuery({
    queryKey: ["links", token],
    enabled: Boolean(token),
    staleTime: Infinity,
    queryFn: () => unwrap(api.GET("/v1/links/{link}", { params: { path: { link: token } } })),
  });
  const choose = useMutation({
    mutationFn: async ({ password }: { password: string }) => {
      await unwrap(api.POST("/v1/links/{link}", { params: { path: { link: token } }, body: { password } }));
      const email = link.data?.email;
      if (email) await unwrap(api.POST("/v1/sessions", { body: { email, password } }));
    },
    onSuccess: async () => {
      queries.clear();
      await navigate({ to: "/", replace: true });
    },
    onError: refuse,
  });
  const dead = !token || (link.error !== null && !choose.isSuccess);
  return (
    <Narrow title={t("link.title")} intro={t("link.hint")} width={420} corner={<Choices />}>
      <form noValidate onSubmit={form.onSubmit((values) => choose.mutate(values))}>
        <Stack>
          {choose.error && <Notice kind="failed">{words.whole(choose.error)}</Notice>}
          {dead && (
            <Notice kind="failed">
              {link.error ? words.whole(link.error) : t("link.incomplete")}{" "}
              <TextLink to="/forgotten" inherit>
                {t("link.newOne")}
              </TextLink>
            </Notice>
          )}
          {link.data?.email && (
            <div>
              {link.data.name && <Text fw={600}>{link.data.name}</Text>}
              <Text>{link.data.email}</Text>
            </div>
          )}
          {link.data?.email && <input type="hidden" name="email" autoComplete="username" value={link.data.email} />}
          <PasswordInput
            label={t("link.password")}
            description={t("setup:administrator.passwordHint")}
            name="password"
            autoComplete="new-password"
            autoFocus
            required
            disabled={dead}
            {...form.getInputProps("password")}
          />
          <Button type="submit" loading={choose.isPending} disabled={dead}>
            {t("link.submit")}
          </Button>
        </Stack>
      </form>
    </Narrow>
  );
}
