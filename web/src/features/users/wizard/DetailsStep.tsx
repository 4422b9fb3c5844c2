import { Button, Group, NativeSelect, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { api } from "../../../api/client";
import { unwrap } from "../../../api/problem";
import { locationsQuery } from "../../../api/queries";
import type { Location, User } from "../../../api/types";
import { currentLanguage, languages } from "../../../i18n";
import { useProblemWords } from "../../../i18n/problem";
import { Modal } from "../../../ui/Dialog";
import { Conflict, isConflict } from "../../../ui/Conflict";
import { useDraft } from "../../../ui/draft";
import { Notice } from "../../../ui/Notice";
import { useRefusal } from "../../../ui/refusal";
import { Ways } from "./Ways";

interface Details {
  firstName: string;
  lastName: string;
  email: string;
  location: string;
  language: string;
  administrator: boolean;
}

const saved = (user: User): Details => ({
  firstName: user.firstName,
  lastName: user.lastName,
  email: user.email ?? "",
  location: user.location ?? "",
  language: user.language,
  administrator: user.role === "administrator",
});

const placeName = ({ name, street, number, city }: Location) => [name, `${street} ${number}`.trim(), city].filter(Boolean).join(", ");

export function DetailsStep({ user, version, onName, onDone }: { user: User | undefined; version: string | undefined; onName: (name: string) => void; onDone: (id: string) => void }) {
  const { t } = useTranslation(["users", "app", "wizard"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { data: locations = [] } = useQuery(locationsQuery);
  const fresh = (): Details => ({ firstName: "", lastName: "", email: "", location: locations[0]?.id ?? "", language: currentLanguage(), administrator: false });
  // With the entries goes the key of the request, so that sending them again after a reload or a restart adds nobody twice.
  const draft = useDraft(`add-user.${user?.id ?? "new"}`, () => ({ ...(user ? saved(user) : fresh()), key: crypto.randomUUID() as string }));
  const { key, ...entered } = draft.values;
  const form = useForm<Details>({
    initialValues: entered,
    onValuesChange: (values) => {
      draft.setValues((before) => ({ ...before, ...values }));
      onName(`${values.firstName} ${values.lastName}`.trim());
    },
  });
  const refuse = useRefusal(form);
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- what was found again is shown beside the steps, once
  useEffect(() => onName(`${entered.firstName} ${entered.lastName}`.trim()), []);
  const [asked, setAsked] = useState(false);
  const [seen, setSeen] = useState(version);
  const save = useMutation({
    mutationFn: async (values: Details) => {
      const { administrator, ...rest } = values;
      const body = { ...rest, email: values.email.trim() || null, location: values.location || null };
      if (!user) return (await unwrap(api.POST("/v1/users", { headers: { "Idempotency-Key": key }, body: { ...body, administrator, invite: Boolean(body.email) } }))).id;
      const path = { user: user.id };
      const before = saved(user);
      const changed = Object.fromEntries(Object.entries(body).filter(([field, value]) => (value ?? "") !== before[field as keyof Details]));
      if (Object.keys(changed).length > 0) await unwrap(api.PATCH("/v1/users/{user}", { params: { path }, headers: { "if-match": seen }, body: changed }));
      if (administrator !== before.administrator) await unwrap(api.PUT("/v1/users/{user}/role", { params: { path }, body: { administrator } }));
      // The invitation in the old mailbox became worthless.
      if ("email" in changed && body.email && !user.hasPassword) await unwrap(api.POST("/v1/users/{user}/invitation", { params: { path } }));
      return user.id;
    },
    onSuccess: async (id) => {
      draft.drop();
      await queries.invalidateQueries();
      onDone(id);
    },
    onError: async (error) => {
      refuse(error);
      if (isConflict(error) && user) await queries.invalidateQueries({ queryKey: ["users", user.id] });
    },
  });
  const conflict = isConflict(save.error);
  if (conflict && seen !== version) setSeen(version);
  const afresh = () => {
    draft.drop();
    form.setValues(fresh());
    form.resetDirty();
  };
  const leave = () => void navigate({ to: "/users", search: {} });
  const name = `${form.values.firstName} ${form.values.lastName}`.trim();
  const differences = () => {
    if (!user) return [];
    const [mine, theirs] = [form.values, saved(user)];
    const place = (id: string) => locations.find((location) => location.id === id)?.name ?? t("settings.noLocation");
    return [
      { label: t("new.firstName"), mine: mine.firstName, theirs: theirs.firstName },
      { label: t("new.lastName"), mine: mine.lastName, theirs: theirs.lastName },
      { label: t("new.email"), mine: mine.email, theirs: theirs.email },
      { label: t("new.location"), mine: place(mine.location), theirs: place(theirs.location) },
    ];
  };
  return (
    <form
      noValidate
      onSubmit={form.onSubmit((values) => save.mutate(values))}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || user || asked) return;
        if (form.isDirty() || draft.found) setAsked(true);
        else leave();
      }}
    >
      <Stack gap="md" maw={560}>
        {draft.found && !user && (
          <Notice
            kind="info"
            action={
              <Button size="xs" variant="default" onClick={afresh}>
                {t("wizard:afresh")}
              </Button>
            }
          >
            {t("wizard:found")}
          </Notice>
        )}
        {conflict && user ? (
          <Conflict
            differences={differences()}
            onTheirs={() => {
              form.setValues(saved(user));
              save.reset();
            }}
          />
        ) : (
          save.error && <Notice kind="failed">{words.whole(save.error)}</Notice>
        )}
        <Group gap="sm" align="flex-start" grow>
          <TextInput label={t("new.firstName")} autoComplete="off" autoFocus withAsterisk aria-required="true" {...form.getInputProps("firstName")} />
          <TextInput label={t("new.lastName")} autoComplete="off" {...form.getInputProps("lastName")} />
        </Group>
        <TextInput label={t("new.email")} description={t("new.emailHint")} type="email" autoComplete="off" {...form.getInputProps("email")} />
        <NativeSelect
          label={t("new.location")}
          description={t("new.locationHint")}
          data={[...locations.map((location) => ({ value: location.id, label: placeName(location) })), { value: "", label: t("settings.noLocation") }]}
          {...form.getInputProps("location")}
        />
        <NativeSelect
          label={t("new.language")}
          data={languages.map((language) => ({ value: language, label: t(`app:language.${language}`) }))}
          {...form.getInputProps("language")}
        />
        <Switch label={t("new.administrator")} description={t("new.administratorHint")} {...form.getInputProps("administrator", { type: "checkbox" })} />
        {!user && form.values.email.trim() && name && (
          <Text size="sm" c="dimmed">
            {t("wizard:invited", { name })}
          </Text>
        )}
      </Stack>
      <Ways label={user ? t("app:action.next") : t("new.create")} loading={save.isPending} />
      <Modal opened={asked} onClose={() => setAsked(false)} title={t("wizard:leave.title")} closeButtonProps={{ "aria-label": t("app:action.close") }}>
        <Text mb="lg">{t("wizard:leave.text")}</Text>
        <Group justify="flex-end" gap="sm">
          <Button
            variant="subtle"
            onClick={() => {
              afresh();
              leave();
            }}
          >
            {t("wizard:leave.discard")}
          </Button>
          <Button variant="default" onClick={leave}>
            {t("wizard:leave.go")}
          </Button>
          <Button data-autofocus onClick={() => setAsked(false)}>
            {t("wizard:leave.stay")}
          </Button>
        </Group>
      </Modal>
    </form>
  );
}
