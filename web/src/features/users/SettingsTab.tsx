import { ActionIcon, Box, Button, Group, NativeSelect, Paper, PasswordInput, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconSettings } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { Problem, unwrap } from "../../api/problem";
import { locationsQuery } from "../../api/queries";
import type { components } from "../../api/schema";
import type { User } from "../../api/types";
import { meQuery } from "../../app/session";
import { languages } from "../../i18n";
import { useProblemWords } from "../../i18n/problem";
import { Copyable } from "../../ui/Copyable";
import { exact } from "../../ui/moment";
import { Notice } from "../../ui/Notice";
import { useReadable } from "../../ui/PhoneNumber";
import { useRefusal } from "../../ui/refusal";
import { useUserName } from "./findings";

type Patch = components["schemas"]["UserPatch"];
type Row = "name" | "email" | "location" | "timeZone" | "language" | "callerNumber" | "busyOnBusy" | "password" | "link";

const zones = Intl.supportedValuesOf("timeZone");

/** More Settings: every value with a cogwheel beside it. One is open at a time. */
export function SettingsTab({ user, version, own, administrator }: { user: User; version: string; own: boolean; administrator: boolean }) {
  const { t } = useTranslation(["users", "app"]);
  const locations = useQuery(locationsQuery);
  const readable = useReadable();
  const [open, setOpen] = useState<Row>();
  const place = (id: string | null | undefined) => locations.data?.find((location) => location.id === id)?.name ?? t("settings.noLocation");
  const rows: { row: Row; value: ReactNode; hidden?: boolean }[] = [
    { row: "name", value: user.name.trim() || t("unnamed") },
    { row: "email", value: user.email ?? t("settings.empty") },
    { row: "location", value: place(user.location) },
    { row: "callerNumber", value: user.callerNumber ? readable(user.callerNumber) : t("settings.callerNumberOwn") },
    { row: "busyOnBusy", value: user.busyOnBusy ? t("settings.busyOnBusyOn") : t("settings.busyOnBusyOff") },
    { row: "language", value: t(`app:language.${user.language === "de" ? "de" : "en"}`) },
    { row: "timeZone", value: user.timeZone },
    { row: "password", value: user.hasPassword ? t("settings.passwordSet") : t("settings.passwordNone") },
    { row: "link", value: t("settings.linkHint"), hidden: own || !administrator || !user.email },
  ];
  return (
    <Paper withBorder maw={720}>
      {rows
        .filter(({ hidden }) => !hidden)
        .map(({ row, value }) => (
          <Setting key={row} label={t(`settings.${row}`)} value={value} open={open === row} onOpen={() => setOpen(row)}>
            {row === "password" ? (
              <PasswordForm user={user} own={own} onClose={() => setOpen(undefined)} />
            ) : row === "link" ? (
              <LinkForm user={user} onClose={() => setOpen(undefined)} />
            ) : (
              <PatchForm user={user} version={version} row={row} onClose={() => setOpen(undefined)} />
            )}
          </Setting>
        ))}
    </Paper>
  );
}

function Setting({ label, value, open, onOpen, children }: { label: string; value: ReactNode; open: boolean; onOpen: () => void; children: ReactNode }) {
  const { t } = useTranslation("users");
  const wheel = useRef<HTMLButtonElement>(null);
  return (
    <Box className="setting" p="md">
      {open ? (
        <Box>
          <Text fw={600} mb="xs">
            {label}
          </Text>
          {children}
        </Box>
      ) : (
        <Group justify="space-between" wrap="nowrap">
          <Box className="setting-text">
            <Text size="sm" c="dimmed">
              {label}
            </Text>
            <Text className="anywhere">{value}</Text>
          </Box>
          <ActionIcon ref={wheel} variant="subtle" color="gray" size="lg" aria-label={t("settings.change", { field: label })} onClick={onOpen}>
            <IconSettings size={20} />
          </ActionIcon>
        </Group>
      )}
    </Box>
  );
}

function Buttons({ loading, onClose, save }: { loading: boolean; onClose: () => void; save?: string }) {
  const { t } = useTranslation();
  return (
    <Group gap="sm" mt="sm">
      <Button type="submit" loading={loading}>
        {save ?? t("action.save")}
      </Button>
      <Button variant="default" onClick={onClose}>
        {t("action.cancel")}
      </Button>
    </Group>
  );
}

type PatchRow = Exclude<Row, "password" | "link">;

function PatchForm({ user, version, row, onClose }: { user: User; version: string; row: PatchRow; onClose: () => void }) {
  const { t } = useTranslation(["users", "app"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const readable = useReadable();
  const { data: me } = useQuery(meQuery);
  const { data: locations = [] } = useQuery(locationsQuery);
  const form = useForm({
    initialValues: {
      firstName: user.firstName,
      lastName: user.lastName,
      email: user.email ?? "",
      location: user.location ?? "",
      timeZone: user.timeZone,
      language: user.language,
      callerNumber: user.callerNumber ?? "",
      busyOnBusy: user.busyOnBusy,
    },
  });
  const refuse = useRefusal(form);
  // What the page showed when the form was opened: a change by somebody else in the meantime is told, not overwritten.
  const [seen, setSeen] = useState(version);
  const save = useMutation({
    mutationFn: (values: typeof form.values) => {
      const parts: Record<PatchRow, Patch> = {
        name: { firstName: values.firstName, lastName: values.lastName },
        email: { email: values.email.trim() || null },
        location: { location: values.location || null },
        timeZone: { timeZone: values.timeZone },
        language: { language: values.language },
        callerNumber: { callerNumber: values.callerNumber || null },
        busyOnBusy: { busyOnBusy: values.busyOnBusy },
      };
      return unwrap(api.PATCH("/v1/users/{user}", { params: { path: { user: user.id } }, headers: { "if-match": seen }, body: parts[row] }));
    },
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries();
    },
    onError: async (error) => {
      refuse(error);
      if (error instanceof Problem && error.code === "changed") await queries.invalidateQueries({ queryKey: ["users", user.id] });
    },
  });
  const conflict = save.error instanceof Problem && save.error.code === "changed";
  const now: Record<PatchRow, string> = {
    name: user.name,
    email: user.email ?? t("settings.empty"),
    location: locations.find(({ id }) => id === user.location)?.name ?? t("settings.noLocation"),
    timeZone: user.timeZone,
    language: t(`app:language.${user.language === "de" ? "de" : "en"}`),
    callerNumber: user.callerNumber ? readable(user.callerNumber) : t("settings.callerNumberOwn"),
    busyOnBusy: user.busyOnBusy ? t("settings.busyOnBusyOn") : t("settings.busyOnBusyOff"),
  };
  if (conflict && seen !== version) setSeen(version);
  const callerNumbers = [...new Set([...(user.callerNumber ? [user.callerNumber] : []), ...user.numbers])];
  return (
    <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))} onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <Stack gap="sm" maw={480}>
        {save.error && (
          <Notice kind={conflict ? "needsYou" : "failed"}>
            {words.whole(save.error)}
            {conflict && ` ${t("settings.changedTo", { value: now[row] })}`}
          </Notice>
        )}
        {row === "name" && (
          <Group grow gap="sm" align="flex-start">
            <TextInput label={t("settings.firstName")} autoComplete="off" autoFocus {...form.getInputProps("firstName")} />
            <TextInput label={t("settings.lastName")} autoComplete="off" {...form.getInputProps("lastName")} />
          </Group>
        )}
        {row === "email" && <TextInput aria-label={t("settings.email")} description={t("settings.emailHint")} type="email" autoComplete="off" autoFocus {...form.getInputProps("email")} />}
        {row === "location" && (
          <NativeSelect
            aria-label={t("settings.location")}
            autoFocus
            data={[{ value: "", label: t("settings.noLocation") }, ...locations.map(({ id, name, street, number, city }) => ({ value: id, label: `${name}, ${street} ${number}, ${city}` }))]}
            {...form.getInputProps("location")}
          />
        )}
        {row === "timeZone" && <NativeSelect aria-label={t("settings.timeZone")} autoFocus data={zones.includes(user.timeZone) ? zones : [user.timeZone, ...zones]} {...form.getInputProps("timeZone")} />}
        {row === "language" && (
          <NativeSelect
            aria-label={t("settings.language")}
            autoFocus
            data={languages.map((language) => ({ value: language, label: t(`app:language.${language}`) }))}
            {...form.getInputProps("language")}
          />
        )}
        {row === "callerNumber" && (
          <NativeSelect
            aria-label={t("settings.callerNumber")}
            autoFocus
            data={[{ value: "", label: t("settings.callerNumberOwn") }, ...callerNumbers.map((number) => ({ value: number, label: readable(number) }))]}
            {...form.getInputProps("callerNumber")}
          />
        )}
        {row === "busyOnBusy" && <Switch label={t("settings.busyOnBusyOn")} autoFocus {...form.getInputProps("busyOnBusy", { type: "checkbox" })} />}
      </Stack>
      <Buttons loading={save.isPending || !me} onClose={onClose} />
    </form>
  );
}

function PasswordForm({ user, own, onClose }: { user: User; own: boolean; onClose: () => void }) {
  const { t } = useTranslation("users");
  const words = useProblemWords();
  const queries = useQueryClient();
  const name = useUserName()(user);
  const form = useForm({ initialValues: { current: "", password: "" } });
  const refuse = useRefusal(form);
  const change = useMutation({
    mutationFn: ({ current, password }: typeof form.values) =>
      unwrap(api.PUT("/v1/users/{user}/password", { params: { path: { user: user.id } }, body: { password, current: own ? current : undefined } })),
    onSuccess: () => queries.invalidateQueries(),
    onError: refuse,
  });
  if (change.isSuccess) {
    return (
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onClose();
        }}
      >
        <Notice kind="good">{t("settings.passwordDone")}</Notice>
        <Buttons loading={false} onClose={onClose} save="OK" />
      </form>
    );
  }
  return (
    <form noValidate onSubmit={form.onSubmit((values) => change.mutate(values))} onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <Stack gap="sm" maw={480}>
        {change.error && <Notice kind="failed">{words.whole(change.error)}</Notice>}
        {own && <PasswordInput label={t("settings.passwordCurrent")} autoComplete="current-password" autoFocus {...form.getInputProps("current")} />}
        <PasswordInput label={t("settings.passwordNew")} description={t("settings.passwordHint", { name })} autoComplete="new-password" autoFocus={!own} {...form.getInputProps("password")} />
      </Stack>
      <Buttons loading={change.isPending} onClose={onClose} />
    </form>
  );
}

function LinkForm({ user, onClose }: { user: User; onClose: () => void }) {
  const { t, i18n } = useTranslation("users");
  const words = useProblemWords();
  const make = useMutation({ mutationFn: () => unwrap(api.POST("/v1/users/{user}/invitation", { params: { path: { user: user.id } } })) });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      {make.error && <Notice kind="failed">{words.whole(make.error)}</Notice>}
      {make.data ? (
        <>
          <Text size="sm" c="dimmed" mb={4}>
            {t("settings.linkUntil", { until: exact(make.data.expiresAt, i18n.language) })}
          </Text>
          <Copyable value={make.data.url ?? `${window.location.origin}/link#${make.data.token}`} label={t("settings.link")} />
        </>
      ) : (
        <Text size="sm">{t("settings.linkHint")}</Text>
      )}
      <Buttons loading={make.isPending} onClose={onClose} save={t("settings.linkMake")} />
    </form>
  );
}
