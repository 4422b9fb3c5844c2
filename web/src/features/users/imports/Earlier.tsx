import { Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { TextLink } from "../../../ui/links";
import { exact } from "../../../ui/moment";
import { importsQuery } from "./queries";

/** Imports of before, so that one can be looked at and undone later. */
export function Earlier() {
  const { t, i18n } = useTranslation("imports");
  const { data } = useQuery(importsQuery);
  const carried = (data ?? []).filter(({ state }) => state !== "preview");
  if (carried.length === 0) return null;
  return (
    <section aria-label={t("earlier")}>
      <Title order={2} fz={17} mb="xs">
        {t("earlier")}
      </Title>
      <Stack component="ul" className="plain" p={0} m={0} gap={4}>
        {carried.map((one) => (
          <Group component="li" key={one.id} gap="sm">
            <TextLink to="/users/import" search={{ import: one.id }} size="sm">
              {exact(one.createdAt, i18n.language)}
            </TextLink>
            <Text size="sm">{t(`state.${one.state}`)}</Text>
            <Text size="sm" c="dimmed">
              {t("earlierLine", { create: one.counts.create, update: one.counts.update })}
            </Text>
          </Group>
        ))}
      </Stack>
    </section>
  );
}
