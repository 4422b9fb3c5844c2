import { Button, PasswordInput, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouterState } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { unwrap } from "../../api/problem";
import { useProblemWords } from "../../i18n/problem";
import { Choices } from "../../ui/Choices";
import { Narrow } from "../../ui/Narrow";
import { Notice } from "../../ui/Notice";

/** Invitation and recovery: the secret stands after the #, so it never reaches a server log. */
export function LinkPage() {
  const { t } = useTranslation(["identity", "setup"]);
  const token = useRouterState({ select: (state) => state.location.hash });
  const words = useProblemWords();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const form = useForm({ initialValues: { password: "" } });
  const choose = useMutation({
    mutationFn: (body: { password: string }) => unwrap(api.POST("/v1/links/{link}", { params: { path: { link: token } }, body })),
    onSuccess: async () => {
      await queries.invalidateQueries();
      await navigate({ to: "/", replace: true });
    },
    onError: (error) => form.setErrors(words.fields(error)),
  });
  return (
    <Narrow title={t("link.title")} intro={t("link.hint")} width={420} corner={<Choices />}>
      <form onSubmit={form.onSubmit((values) => choose.mutate(values))}>
        <Stack>
          {choose.error && <Notice kind="failed">{words.whole(choose.error)}</Notice>}
          {!token && <Notice kind="failed">{t("link.dead")}</Notice>}
          <PasswordInput
            label={t("link.password")}
            description={t("setup:administrator.passwordHint")}
            name="password"
            autoComplete="new-password"
            autoFocus
            required
            disabled={!token}
            {...form.getInputProps("password")}
          />
          <Button type="submit" loading={choose.isPending} disabled={!token}>
            {t("link.submit")}
          </Button>
        </Stack>
      </form>
    </Narrow>
  );
}
