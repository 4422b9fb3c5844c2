import { NativeSelect, Select, Stack } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { devicesQuery, usersQuery } from "../../api/queries";
import "./words";

/** A colleague, found by typing, and which of the colleague's phones. */
export function CallerPicker({ value, onChange, error }: { value: string; onChange: (device: string) => void; error?: string }) {
  const { t } = useTranslation("routing");
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed.trim(), 200);
  const [user, setUser] = useState<string | null>(null);
  const [name, setName] = useState("");
  const users = useInfiniteQuery({ ...usersQuery({ search: search && search !== name ? search : undefined }), placeholderData: keepPreviousData, refetchInterval: false });
  const devices = useQuery({ ...devicesQuery(user ?? ""), enabled: Boolean(user), refetchInterval: false });
  const found = (users.data?.pages[0]?.items ?? []).filter((one) => one.name.trim() && one.devices.length > 0).map((one) => ({ value: one.id, label: one.name }));
  const options = user && !found.some((one) => one.value === user) ? [{ value: user, label: name }, ...found] : found;
  return (
    <Stack gap="xs">
      <Select
        label={t("trial.colleague")}
        placeholder={t("trial.search")}
        searchable
        data={options}
        filter={({ options: all }) => all}
        value={user}
        error={error}
        nothingFoundMessage={t("trial.nobody")}
        searchValue={typed}
        onSearchChange={setTyped}
        onChange={(id, option) => {
          setUser(id);
          setName(option?.label ?? "");
          const person = users.data?.pages.flatMap(({ items }) => items).find((one) => one.id === id);
          onChange(person?.devices[0]?.id ?? "");
        }}
      />
      {devices.data && devices.data.length > 1 && (
        <NativeSelect label={t("trial.whichPhone")} data={devices.data.map(({ id, label }) => ({ value: id, label }))} value={value} onChange={(event) => onChange(event.currentTarget.value)} />
      )}
    </Stack>
  );
}
