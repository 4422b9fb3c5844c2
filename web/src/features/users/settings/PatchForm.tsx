import { Group, NativeSelect, Stack, Switch, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api } from "../../../api/client";
import { unwrap } from "../../../api/problem";
import { locationsQuery } from "../../../api/queries";
import type { components } from "../../../api/schema";
import type { Location, User } from "../../../api/types";
import { currentLanguage, languages } from "../../../i18n";
import { useProblemWords } from "../../../i18n/problem";
import { Conflict, isConflict } from "../../../ui/Conflict";
import { Notice } from "../../../ui/Notice";
import { useReadable } from "../../../ui/PhoneNumber";
import { useRefusal } from "../../../ui/refusal";
import { zoneName, zonesWith } from "../../../ui/timeZone";
import { Buttons } from "./Setting";

type Patch = components["schemas"]["UserPatch"];
export type PatchRow = "name" | "location" | "timeZone" | "language" | "callerNumber" | "busyOnBusy";

type Values = ReturnType<typeof valuesOf>;

const valuesOf = (user: User) => ({
  firstName: user.firstName,
  lastName: user.lastName,
  location: user.location ?? "",
  timeZone: user.timeZone,
  language: user.language,
  callerNumber: user.callerNumber ?? "",
  busyOnBusy: user.busyOnBusy,
});

/** The settings in words, as they are saved or as somebody has entered them. */
export function useSettingWords(locations: Location[], readable: (number: string) => string) {
  const { t } = useTranslation(["users", "app"]);
  const words = (values: Values): Record<PatchRow, string> => ({
    name: `${values.firstName} ${values.lastName}`.trim() || t("unnamed"),
    location: locations.find(({ id }) => id === values.location)?.name ?? t("settings.noLocation"),
    timeZone: values.timeZone,
    language: t(`app:language.${values.language === "de" ? "de" : "en"}`),
    callerNumber: values.callerNumber ? readable(values.callerNumber) : t("settings.callerNumberOwn"),
    busyOnBusy: values.busyOnBusy ? t("settings.busyOnBusyOn") : t("settings.busyOnBusyOff"),
  });
  return (user: User | Values) => words("id" in user ? valuesOf(user) : user);
}

export function PatchForm({ user, version, row, onClose }: { user: User; version: string; row: PatchRow; onClose: () => void }) {
  const { t } = useTranslation(["users", "app"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const readable = useReadable();
  const { data: locations = [] } = useQuery(locationsQuery);
  const say = useSettingWords(locations, readable);
  const form = useForm({ initialValues: valuesOf(user) });
  const refuse = useRefusal(form);
  // What the page showed when the form was opened: a change by somebody else in the meantime is told, not overwritten.
  const [seen, setSeen] = useState(version);
  const save = useMutation({
    mutationFn: (values: Values) => {
      const parts: Record<PatchRow, Patch> = {
        name: { firstName: values.firstName, lastName: values.lastName },
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
      if (isConflict(error)) await queries.invalidateQueries({ queryKey: ["users", user.id] });
    },
  });
  const conflict = isConflict(save.error);
  if (conflict && seen !== version) setSeen(version);
  const callerNumbers = [...new Set([...(user.callerNumber ? [user.callerNumber] : []), ...user.numbers])];
  return (
    <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))} onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <Stack gap="sm" maw={480}>
        {conflict ? (
          <Conflict
            differences={[{ label: t(`settings.${row}`), mine: say(form.values)[row], theirs: say(user)[row] }]}
            onTheirs={() => {
              form.setValues(valuesOf(user));
              save.reset();
            }}
          />
        ) : (
          save.error && <Notice kind="failed">{words.whole(save.error)}</Notice>
        )}
        {row === "name" && (
          <Group grow gap="sm" align="flex-start">
            <TextInput label={t("settings.firstName")} autoComplete="off" autoFocus {...form.getInputProps("firstName")} />
            <TextInput label={t("settings.lastName")} autoComplete="off" {...form.getInputProps("lastName")} />
          </Group>
        )}
        {row === "location" && (
          <NativeSelect
            aria-label={t("settings.location")}
            autoFocus
            data={[{ value: "", label: t("settings.noLocation") }, ...locations.map(({ id, name, street, number, city }) => ({ value: id, label: [name, `${street} ${number}`.trim(), city].filter(Boolean).join(", ") }))]}
            {...form.getInputProps("location")}
          />
        )}
        {row === "timeZone" && (
          <NativeSelect
            aria-label={t("settings.timeZone")}
            autoFocus
            data={zonesWith(user.timeZone).map((zone) => ({ value: zone, label: zoneName(zone, currentLanguage()) }))}
            {...form.getInputProps("timeZone")}
          />
        )}
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
      <Buttons loading={save.isPending} onClose={onClose} />
    </form>
  );
}
