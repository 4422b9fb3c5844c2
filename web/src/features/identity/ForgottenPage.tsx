import { Button, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { unwrap } from "../../api/problem";
import { api } from "../../api/client";
import { useProblemWords } from "../../i18n/problem";
import { Choices } from "../../ui/Choices";
import { TextLink } from "../../ui/links";
import { Narrow } from "../../ui/Narrow";
import { Notice } from "../../ui/Notice";
import { useRefusal } from "../../ui/refusal";

/** Forgotten password: a link by mail. The page says the same whether or not it knows the address. */
export function ForgottenPage() {
  const { t } = useTranslation("identity");
  const words = useProblemWords();
  const form = useForm({ initialValues: { email: "" } });
  const refuse = useRefusal(form);
  const ask = useMutation({
    mutationFn: ({ email }: typeof form.values) => unwrap(api.POST("/v1/password-resets", { body: { email: email.trim() } })),
    onError: refuse,
  });
  const back = (
    <TextLink to="/sign-in" search={{ to: undefined }} size="sm">
      {t("forgotten.back")}
    </TextLink>
  );
  if (ask.isSuccess) {
    return (
      <Narrow title={t("forgotten.sentTitle")} width={420} corner={<Choices />}>
        <Stack>
          <Text role="status">{t("forgotten.sent", { email: form.values.email.trim() })}</Text>
          <Text c="dimmed" size="sm">
            {t("forgotten.none")}
          </Text>
          <Button variant="default" onClick={() => ask.reset()}>
            {t("forgotten.again")}
          </Button>
          {back}
        </Stack>
      </Narrow>
    );
  }
  return (
    <Narrow title={t("forgotten.title")} intro={t("forgotten.intro")} width={420} corner={<Choices />}>
      <form noValidate onSubmit={form.onSubmit((values) => ask.mutate(values))}>
        <Stack>
          {ask.error && <Notice kind="failed">{words.whole(ask.error)}</Notice>}
          <TextInput label={t("signIn.email")} type="email" name="email" autoComplete="username" autoFocus required {...form.getInputProps("email")} />
          <Button type="submit" loading={ask.isPending}>
            {t("forgotten.submit")}
          </Button>
          {back}
        </Stack>
      </form>
    </Narrow>
  );
}
