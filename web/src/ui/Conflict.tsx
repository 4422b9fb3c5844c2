import { Box, Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { Problem } from "../api/problem";
import { Notice } from "./Notice";

/** A value that two people changed at once, in words. */
export interface Difference {
  label: string;
  mine: string;
  theirs: string;
}

export function isConflict(error: unknown): boolean {
  return error instanceof Problem && error.code === "changed";
}

/** Somebody else saved first: both values, and the choice. Nothing is overwritten and nothing is lost before that. */
export function Conflict({ differences, onTheirs }: { differences: Difference[]; onTheirs: () => void }) {
  const { t } = useTranslation();
  const own = differences.filter(({ mine, theirs }) => mine !== theirs);
  return (
    <Notice kind="needsYou" title={t("conflict.title")}>
      {own.length === 0 ? (
        t("conflict.same")
      ) : (
        <>
          {own.map(({ label, mine, theirs }) => (
            <Box key={label} my={6}>
              {differences.length > 1 && (
                <Text size="sm" fw={600}>
                  {label}
                </Text>
              )}
              <Box component="dl" className="conflict" m={0}>
                <dt>{t("conflict.theirs")}</dt>
                <dd>{theirs}</dd>
                <dt>{t("conflict.mine")}</dt>
                <dd>{mine}</dd>
              </Box>
            </Box>
          ))}
          {t("conflict.choose")}
        </>
      )}
      {own.length > 0 && (
        <Group mt="xs">
          <Button size="xs" variant="default" onClick={onTheirs}>
            {t("conflict.take")}
          </Button>
        </Group>
      )}
    </Notice>
  );
}
