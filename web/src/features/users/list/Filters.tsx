import { Group, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { locationsQuery, type UserFilter } from "../../../api/queries";
import { shows, sorts } from "../../../app/search";

export function Filters({ filter }: { filter: UserFilter }) {
  const { t } = useTranslation("users");
  const navigate = useNavigate({ from: "/users" });
  const locations = useQuery(locationsQuery);
  const [search, setSearch] = useState(filter.search ?? "");
  const change = (part: UserFilter) => void navigate({ search: (before) => ({ ...before, ...part }), replace: true });
  const router = useRouter();
  const find = useDebouncedCallback((words: string) => {
    // Whoever followed a link meanwhile is not called back.
    if (router.latestLocation.pathname === "/users") change({ search: words.trim() || undefined });
  }, 200);
  return (
    <Group gap="sm" align="flex-end" role="search">
      <TextInput
        flex={1}
        miw={220}
        type="search"
        leftSection={<IconSearch size={18} />}
        placeholder={t("search")}
        aria-label={t("search")}
        value={search}
        autoFocus
        onChange={(event) => {
          setSearch(event.currentTarget.value);
          find(event.currentTarget.value);
        }}
      />
      <NativeSelect
        aria-label={t("show.label")}
        value={filter.show ?? ""}
        onChange={(event) => change({ show: (event.currentTarget.value || undefined) as UserFilter["show"] })}
        data={[{ value: "", label: t("show.all") }, ...shows.map((show) => ({ value: show, label: t(`show.${show}`) }))]}
      />
      {(locations.data?.length ?? 0) > 1 && (
        <NativeSelect
          aria-label={t("filterLocation")}
          maw={220}
          value={filter.location ?? ""}
          onChange={(event) => change({ location: event.currentTarget.value || undefined })}
          data={[{ value: "", label: t("anywhere") }, ...(locations.data ?? []).map(({ id, name }) => ({ value: id, label: name }))]}
        />
      )}
      <NativeSelect
        aria-label={t("sort.label")}
        value={filter.sort ?? "name"}
        onChange={(event) => change({ sort: event.currentTarget.value === "name" ? undefined : (event.currentTarget.value as UserFilter["sort"]) })}
        data={sorts.map((sort) => ({ value: sort, label: t(`sort.${sort}`) }))}
      />
    </Group>
  );
}
