import { Badge, Box, Button, Group, Radio, ScrollArea, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

import { numberChoicesQuery } from "../../api/queries";
import type { PhoneNumber } from "../../api/types";
import { oneStop } from "../../ui/oneStop";
import { useReadable } from "../../ui/PhoneNumber";
import { LoadFailed, Loading } from "../../ui/States";
import "./words";

/** The digits that the list is searched by: without the 0 that only stands for "within the country". */
export function searchedDigits(typed: string): string {
  const digits = typed.replace(/[^\d+]/g, "");
  return digits.startsWith("+") ? digits.slice(1) : digits.replace(/^00?/, "");
}

/** The account's numbers, free ones first; taken ones stay readable with their owner, and can be moved. */
export function NumberPicker({
  value,
  onChange,
  hidden = [],
  none,
  error,
}: {
  value: PhoneNumber | undefined;
  onChange: (number: PhoneNumber | undefined) => void;
  hidden?: string[];
  /** The words for "no number"; without them one has to be chosen. */
  none?: string;
  error?: string;
}) {
  const { t } = useTranslation("routing");
  const readable = useReadable();
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(searchedDigits(typed), 200);
  const choices = useQuery({ ...numberChoicesQuery(search), placeholderData: keepPreviousData });
  const shown = (choices.data ?? []).filter(({ id }) => !hidden.includes(id));
  const proposed = shown.find(({ owner }) => !owner)?.id;
  const away = value && !shown.some(({ id }) => id === value.id) ? [value] : [];
  const stop = oneStop([...(none ? [""] : []), ...[...away, ...shown].map(({ id }) => id)], value?.id ?? "");
  return (
    <Stack gap="xs">
      <TextInput
        type="search"
        inputMode="tel"
        leftSection={<IconSearch size={16} />}
        placeholder={t("number.search")}
        aria-label={t("number.search")}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      {choices.isPending && <Loading rows={3} />}
      {choices.error && <LoadFailed error={choices.error} again={() => void choices.refetch()} />}
      {choices.data && !proposed && !search && (
        <Text size="sm" c="dimmed">
          {t("number.noneFree")}
        </Text>
      )}
      {choices.data && (
        <Radio.Group
          aria-label={t("number.choices")}
          value={value?.id ?? ""}
          error={error}
          onChange={(id) => onChange([...away, ...shown].find((number) => number.id === id))}
        >
          <ScrollArea.Autosize mah={264} type="auto" viewportProps={{ tabIndex: -1 }}>
            <Stack gap={4} p={2}>
              {none && <Radio.Card value="" tabIndex={stop("")} className="choice"><Choice chosen={!value} label={none} /></Radio.Card>}
              {[...away, ...shown].map((number) => (
                <Radio.Card key={number.id} value={number.id} tabIndex={stop(number.id)} className="choice">
                  <Choice
                    chosen={value?.id === number.id}
                    label={readable(number.number)}
                    detail={number.owner ? t(value?.id === number.id ? "number.move" : "number.taken", { owner: number.owner.name }) : t("number.free")}
                    mark={number.id === proposed && !search ? t("number.proposed") : undefined}
                    taken={Boolean(number.owner)}
                  />
                </Radio.Card>
              ))}
            </Stack>
          </ScrollArea.Autosize>
        </Radio.Group>
      )}
      {choices.data && shown.length === 0 && search && (
        <Group gap="xs">
          <Text size="sm" c="dimmed">
            {t("number.noneFit")}
          </Text>
          <Button size="compact-sm" variant="subtle" onClick={() => setTyped("")}>
            {t("number.choices")}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

export function Choice({ label, detail, mark, icon, taken = false }: { chosen?: boolean; label: string; detail?: string; mark?: string; icon?: ReactNode; taken?: boolean }) {
  return (
    <Group gap="sm" wrap="nowrap">
      <Radio.Indicator />
      {icon}
      <Box miw={0} flex={1}>
        <Text size="sm" fw={600} component="span">
          {label}
        </Text>
        {detail && (
          <Text size="sm" component="span" c={taken ? "dimmed" : "var(--rw-good)"} ml="xs">
            {detail}
          </Text>
        )}
      </Box>
      {mark && (
        <Badge variant="light" tt="none" radius="sm">
          {mark}
        </Badge>
      )}
    </Group>
  );
}
