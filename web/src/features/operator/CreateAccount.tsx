import { Button, Fieldset, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { unwrap } from "../../api/problem";
import { currentLanguage, languages } from "../../i18n";
import { useProblemWords } from "../../i18n/problem";
import { Modal } from "../../ui/Dialog";
import { Copyable } from "../../ui/Copyable";
import { exact } from "../../ui/moment";
import { Notice } from "../../ui/Notice";
import { useRefusal } from "../../ui/refusal";

const countries = ["DE", "AT", "CH", "GB", "US", "FR", "NL", "BE", "IT", "ES", "PL"];

const empty = () => ({
  company: "",
  location: { name: "", street: "", number: "", postcode: "", city: "", country: "DE" },
  language: currentLanguage() as string,
  administrator: { firstName: "", lastName: "", email: "" },
});

/** A company and a link for whoever administers it; the operator never learns a password. */
export function CreateAccount({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useTranslation(["operator", "app", "setup"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const names = new Intl.DisplayNames(i18n.language, { type: "region" });
  const form = useForm({ initialValues: empty() });
  const refuse = useRefusal(form);
  const add = useMutation({
    mutationFn: (body: typeof form.values) => unwrap(api.POST("/v1/operator/accounts", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["operator", "accounts"] }),
    onError: refuse,
  });
  const made = add.data;
  return (
    <Modal opened onClose={onClose} size="lg" title={made ? t("create.done", { name: form.values.company }) : t("create.title")} closeButtonProps={{ "aria-label": t("app:action.close") }}>
      {made ? (
        <Stack>
          <Text>{made.mailedTo ? t("create.mailed", { email: made.mailedTo, until: exact(made.link.expiresAt, i18n.language) }) : t("create.link", { until: exact(made.link.expiresAt, i18n.language) })}</Text>
          <Copyable value={made.link.url ?? `${window.location.origin}/link#${made.link.token}`} label={t("create.copy")} />
          <Group justify="flex-end">
            <Button onClick={onClose}>{t("app:action.done")}</Button>
          </Group>
        </Stack>
      ) : (
        <form noValidate onSubmit={form.onSubmit((values) => add.mutate(values))}>
          <Stack>
            {add.error && <Notice kind="failed">{words.whole(add.error)}</Notice>}
            <TextInput label={t("create.company")} autoComplete="off" data-autofocus {...form.getInputProps("company")} />
            <NativeSelect label={t("create.country")} description={t("create.countryHint")} data={countries.map((code) => ({ value: code, label: names.of(code) ?? code }))} {...form.getInputProps("location.country")} />
            <NativeSelect label={t("create.language")} data={languages.map((language) => ({ value: language, label: t(`app:language.${language}`) }))} {...form.getInputProps("language")} />
            <Fieldset legend={t("create.location")}>
              <Stack gap="sm">
                <TextInput label={t("setup:location.name")} placeholder={t("setup:location.namePlaceholder")} autoComplete="off" {...form.getInputProps("location.name")} />
                <Group gap="sm" align="flex-start" wrap="nowrap">
                  <TextInput flex={3} label={t("setup:location.street")} autoComplete="off" {...form.getInputProps("location.street")} />
                  <TextInput flex={1} miw={90} label={t("setup:location.number")} autoComplete="off" {...form.getInputProps("location.number")} />
                </Group>
                <Group gap="sm" align="flex-start" wrap="nowrap">
                  <TextInput flex={1} miw={90} label={t("setup:location.postcode")} autoComplete="off" {...form.getInputProps("location.postcode")} />
                  <TextInput flex={3} label={t("setup:location.city")} autoComplete="off" {...form.getInputProps("location.city")} />
                </Group>
              </Stack>
            </Fieldset>
            <Fieldset legend={t("create.administrator")}>
              <Stack gap="sm">
                <Group grow gap="sm" align="flex-start">
                  <TextInput label={t("create.firstName")} autoComplete="off" {...form.getInputProps("administrator.firstName")} />
                  <TextInput label={t("create.lastName")} autoComplete="off" {...form.getInputProps("administrator.lastName")} />
                </Group>
                <TextInput label={t("create.email")} type="email" autoComplete="off" {...form.getInputProps("administrator.email")} />
              </Stack>
            </Fieldset>
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {t("app:action.cancel")}
              </Button>
              <Button type="submit" loading={add.isPending}>
                {t("create.submit")}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
