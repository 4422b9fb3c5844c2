import { Radio, ScrollArea, Stack, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { groupsQuery, usersQuery } from "../../api/queries";
import type { Owner } from "../../api/types";
import { oneStop } from "../../ui/oneStop";
import { Choice } from "../routing/NumberPicker";

/** A user or a group, found by typing. */
export function OwnerPicker({ value, onChange, label, usersOnly = false, hidden = [] }: { value: Owner | undefined; onChange: (owner: Owner) => void; label: string; usersOnly?: boolean; hidden?: string[] }) {
  const { t } = useTranslation("telephony");
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed.trim(), 200);
  const users = useInfiniteQuery({ ...usersQuery({ search: search || undefined }), placeholderData: keepPreviousData, refetchInterval: false });
  const groups = useQuery({ ...groupsQuery, enabled: !usersOnly });
  const found: Owner[] = [
    ...(groups.data ?? []).filter(({ name }) => name.toLowerCase().includes(search.toLowerCase())).map(({ id, name }) => ({ type: "group" as const, id, name })),
    ...(users.data?.pages[0]?.items ?? []).map(({ id, name }) => ({ type: "user" as const, id, name })),
  ].filter(({ id, name }) => name.trim() && !hidden.includes(id));
  const stop = oneStop(found.map(({ id }) => id), value?.id ?? "");
  return (
    <Stack gap="xs">
      <TextInput type="search" leftSection={<IconSearch size={16} />} placeholder={label} aria-label={label} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} data-autofocus />
      <Radio.Group aria-label={label} value={value?.id ?? ""} onChange={(id) => onChange(found.find((owner) => owner.id === id) ?? value!)}>
        <ScrollArea.Autosize mah={264} type="auto" viewportProps={{ tabIndex: -1 }}>
          <Stack gap={4} p={2}>
            {found.map((owner) => (
              <Radio.Card key={owner.id} value={owner.id} tabIndex={stop(owner.id)} className="choice">
                <Choice label={owner.name} detail={owner.type === "group" ? t("numbers.group") : undefined} taken />
              </Radio.Card>
            ))}
          </Stack>
        </ScrollArea.Autosize>
      </Radio.Group>
    </Stack>
  );
}
