import { Button, Fieldset, Group, List, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouterState } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { api, onceKey } from "../../api/client";
import { unwrap } from "../../api/problem";
import { currentLanguage } from "../../i18n";
import { useProblemWords } from "../../i18n/problem";
import { Choices } from "../../ui/Choices";
import { Narrow } from "../../ui/Narrow";
import { Notice } from "../../ui/Notice";
import { useRefusal } from "../../ui/refusal";

const empty = {
  company: "",
  location: { name: "", street: "", number: "", postcode: "", city: "", country: "DE" },
  administrator: { firstName: "", lastName: "", email: "", password: "" },
};

/** Fields that are still empty, by their path. A space is no entry either. */
function missing(values: object, words: string, path = ""): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]: [string, unknown]) => {
      if (typeof value === "object" && value) return Object.entries(missing(value, words, `${path}${key}.`));
      return String(value).trim() ? [] : [[path + key, words]];
    }),
  );
}

/** First start: a few details, and the company has its phone system. The one-time secret stands after the #. */
export function SetupPage() {
  const { t } = useTranslation(["setup", "problems"]);
  const token = useRouterState({ select: (state) => state.location.hash });
  const words = useProblemWords();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const form = useForm({ initialValues: empty, validate: (values) => missing(values, t("problems:field.required")) });
  const refuse = useRefusal(form);
  const create = useMutation({
    mutationFn: async (values: typeof empty) => {
      await unwrap(api.POST("/v1/setup", { headers: onceKey(), body: { ...values, token, language: currentLanguage() } }));
      const { email, password } = values.administrator;
      await unwrap(api.POST("/v1/sessions", { body: { email, password, staySignedIn: false } }));
      const { items } = await unwrap(api.GET("/v1/users", { params: { query: { limit: 2 } } }));
      queries.clear();
      return items.find((user) => !user.name.trim())?.id;
    },
    onError: refuse,
  });

  if (create.isSuccess) {
    return (
      <Narrow title={t("done.title")} intro={t("done.text")} width={560} corner={<Choices />}>
        <Text fw={600} mb="xs">
          {t("done.next")}
        </Text>
        <List type="ordered" mb="lg" spacing={4}>
          <List.Item>{t("done.second")}</List.Item>
          <List.Item>{t("done.phone")}</List.Item>
          <List.Item>{t("done.call")}</List.Item>
        </List>
        <Button
          autoFocus
          onClick={() =>
            void (create.data
              ? navigate({ to: "/users/$user", params: { user: create.data }, search: { tab: "settings" }, replace: true })
              : navigate({ to: "/", replace: true }))
          }
        >
          {t("done.second")}
        </Button>
      </Narrow>
    );
  }
  if (!token) {
    return (
      <Narrow title={t("noLink.title")} intro={t("noLink.text")} width={560} corner={<Choices />}>
        <Text c="dimmed">{t("noLink.again")}</Text>
      </Narrow>
    );
  }
  return (
    <Narrow title={t("title")} intro={t("intro")} width={620} corner={<Choices />}>
      <form noValidate onSubmit={form.onSubmit((values) => create.mutate(values), (errors) => form.getInputNode(Object.keys(errors)[0] ?? "")?.focus())}>
        <Stack gap="lg">
          {create.error && <Notice kind="failed">{words.whole(create.error)}</Notice>}
          <TextInput label={t("company")} placeholder={t("companyPlaceholder")} autoComplete="organization" autoFocus required {...form.getInputProps("company")} />
          <Fieldset legend={t("location.title")}>
            <Stack gap="sm">
              <Text size="sm" c="dimmed">
                {t("location.hint")}
              </Text>
              <TextInput label={t("location.name")} placeholder={t("location.namePlaceholder")} required {...form.getInputProps("location.name")} />
              <Group gap="sm" align="flex-start" grow preventGrowOverflow={false} wrap="nowrap">
                <TextInput flex={3} label={t("location.street")} autoComplete="address-line1" required {...form.getInputProps("location.street")} />
                <TextInput flex={1} miw={96} label={t("location.number")} required {...form.getInputProps("location.number")} />
              </Group>
              <Group gap="sm" align="flex-start" grow preventGrowOverflow={false} wrap="nowrap">
                <TextInput flex={1} miw={96} label={t("location.postcode")} autoComplete="postal-code" required {...form.getInputProps("location.postcode")} />
                <TextInput flex={3} label={t("location.city")} autoComplete="address-level2" required {...form.getInputProps("location.city")} />
              </Group>
            </Stack>
          </Fieldset>
          <Fieldset legend={t("administrator.title")}>
            <Stack gap="sm">
              <Text size="sm" c="dimmed">
                {t("administrator.hint")}
              </Text>
              <Group gap="sm" align="flex-start" grow>
                <TextInput label={t("administrator.firstName")} autoComplete="given-name" required {...form.getInputProps("administrator.firstName")} />
                <TextInput label={t("administrator.lastName")} autoComplete="family-name" required {...form.getInputProps("administrator.lastName")} />
              </Group>
              <TextInput label={t("administrator.email")} type="email" autoComplete="username" required {...form.getInputProps("administrator.email")} />
              <PasswordInput
                label={t("administrator.password")}
                description={t("administrator.passwordHint")}
                autoComplete="new-password"
                required
                {...form.getInputProps("administrator.password")}
              />
            </Stack>
          </Fieldset>
          <Button type="submit" size="md" loading={create.isPending}>
            {t("create")}
          </Button>
        </Stack>
      </form>
    </Narrow>
  );
}
