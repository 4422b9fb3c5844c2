import "./words";

import { NativeSelect, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

import { accountQuery } from "../../api/account";
import { api } from "../../api/client";
import { unwrap } from "../../api/problem";
import type { components } from "../../api/schema";
import { languages } from "../../i18n";
import { useProblemWords } from "../../i18n/problem";
import { Conflict, isConflict } from "../../ui/Conflict";
import { Notice } from "../../ui/Notice";
import { Page } from "../../ui/Page";
import { useRefusal } from "../../ui/refusal";
import { LoadFailed, Loading } from "../../ui/States";
import { zoneName, zonesWith } from "../../ui/timeZone";
import { Buttons, Section, Setting } from "../users/settings/Setting";

type Account = components["schemas"]["Account"];
const rows = ["name", "country", "language", "timeZone"] as const;
type Row = (typeof rows)[number];
type Values = Record<Row, string>;

const countries = ["AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "US"];

const valuesOf = (account: Account): Values => ({
  name: account.name,
  country: account.country,
  language: account.language,
  timeZone: account.timeZoneChosen ? account.timeZone : "",
});

function useSaid(account: Account): (values: Values) => Values {
  const { t, i18n } = useTranslation(["billing", "app"]);
  const regions = new Intl.DisplayNames(i18n.language, { type: "region" });
  // What the country's zone is, is known only while none is chosen.
  const zone = account.timeZoneChosen ? "" : zoneName(account.timeZone, i18n.language);
  return (values) => ({
    name: values.name,
    country: regions.of(values.country) ?? values.country,
    language: t(`app:language.${values.language === "de" ? "de" : "en"}`),
    timeZone: values.timeZone ? zoneName(values.timeZone, i18n.language) : t("account.timeZoneOfCountry", { zone }).replace(/:? *$/, ""),
  });
}

/** Account & Bills, Account Settings: what holds for everybody in it. */
export function AccountPage() {
  const { t } = useTranslation("billing");
  const loaded = useQuery(accountQuery);
  return (
    <Page title={t("account.title")}>
      {loaded.isPending && <Loading rows={4} height={72} />}
      {loaded.error && !loaded.data && <LoadFailed error={loaded.error} again={() => void loaded.refetch()} />}
      {loaded.data && <Settings account={loaded.data.data} version={loaded.data.version} />}
    </Page>
  );
}

function Settings({ account, version }: { account: Account; version: string }) {
  const { t } = useTranslation("billing");
  const say = useSaid(account)(valuesOf(account));
  const [open, setOpen] = useState<Row>();
  const setting = (row: Row, note?: ReactNode) => (
    <Setting key={row} label={t(`account.${row}`)} value={say[row]} note={note} open={open === row} onOpen={() => setOpen(row)}>
      <AccountForm account={account} version={version} row={row} onClose={() => setOpen(undefined)} />
    </Setting>
  );
  return (
    <Stack gap="xl" maw={720}>
      <Section title={t("account.company")}>{setting("name")}</Section>
      <Section title={t("account.place")}>
        {setting("country")}
        {setting("language")}
        {setting("timeZone")}
      </Section>
    </Stack>
  );
}

function AccountForm({ account, version, row, onClose }: { account: Account; version: string; row: Row; onClose: () => void }) {
  const { t, i18n } = useTranslation(["billing", "app"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const say = useSaid(account);
  const form = useForm({ initialValues: valuesOf(account) });
  const refuse = useRefusal(form);
  // What the page showed when the form was opened: a change by somebody else in the meantime is told, not overwritten.
  const [seen, setSeen] = useState(version);
  const save = useMutation({
    mutationFn: (values: Values) => unwrap(api.PATCH("/v1/account", { headers: { "if-match": seen }, body: { [row]: values[row] || null } })),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries();
    },
    onError: async (error) => {
      refuse(error);
      if (isConflict(error)) await queries.invalidateQueries({ queryKey: ["account"] });
    },
  });
  const conflict = isConflict(save.error);
  if (conflict && seen !== version) setSeen(version);
  const regions = new Intl.DisplayNames(i18n.language, { type: "region" });
  return (
    <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))} onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <Stack gap="sm" maw={480}>
        {conflict ? (
          <Conflict
            differences={[{ label: t(`account.${row}`), mine: say(form.values)[row], theirs: say(valuesOf(account))[row] }]}
            onTheirs={() => {
              form.setValues(valuesOf(account));
              save.reset();
            }}
          />
        ) : (
          save.error && <Notice kind="failed">{words.whole(save.error)}</Notice>
        )}
        {row === "name" && <TextInput aria-label={t("account.name")} autoComplete="off" autoFocus {...form.getInputProps("name")} />}
        {row === "country" && (
          <NativeSelect
            aria-label={t("account.country")}
            description={t("account.countryHint")}
            autoFocus
            data={countries.map((code) => ({ value: code, label: regions.of(code) ?? code })).toSorted((one, other) => one.label.localeCompare(other.label, i18n.language))}
            {...form.getInputProps("country")}
          />
        )}
        {row === "language" && (
          <NativeSelect
            aria-label={t("account.language")}
            description={t("account.languageHint")}
            autoFocus
            data={languages.map((language) => ({ value: language, label: t(`app:language.${language}`) }))}
            {...form.getInputProps("language")}
          />
        )}
        {row === "timeZone" && (
          <NativeSelect
            aria-label={t("account.timeZone")}
            description={t("account.timeZoneHint")}
            autoFocus
            data={[{ value: "", label: say({ ...form.values, timeZone: "" }).timeZone }, ...zonesWith(account.timeZone).map((zone) => ({ value: zone, label: zoneName(zone, i18n.language) }))]}
            {...form.getInputProps("timeZone")}
          />
        )}
      </Stack>
      <Buttons loading={save.isPending} onClose={onClose} />
    </form>
  );
}
