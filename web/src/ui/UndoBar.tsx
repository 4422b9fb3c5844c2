import { Affix, Button, CloseButton, Group, Paper, Text } from "@mantine/core";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useProblemWords } from "../i18n/problem";
import { offerUndo, type Undoable, useUndoable } from "./undo";

/** What was just done, and the way back. */
export function UndoBar() {
  const { t } = useTranslation();
  const words = useProblemWords();
  const queries = useQueryClient();
  const undoable = useUndoable();
  const undo = useMutation({
    mutationFn: (thing: Undoable) => thing.run?.() ?? Promise.resolve(),
    onSuccess: async () => {
      offerUndo(undefined);
      await queries.invalidateQueries();
    },
  });
  if (!undoable) return <div role="status" />;
  return (
    <Affix position={{ bottom: 16, left: 16, right: 16 }} zIndex={150}>
      <Paper role="status" shadow="lg" withBorder p="sm" maw={560} mx="auto">
        <Group wrap="nowrap" justify="space-between">
          <div>
            <Text fw={600} size="sm">
              {undoable.words}
            </Text>
            {undo.error && (
              <Text size="sm" c="var(--rw-danger)">
                {words.whole(undo.error)}
              </Text>
            )}
          </div>
          <Group gap="xs" wrap="nowrap">
            {undoable.run && (
              <Button size="xs" variant="light" leftSection={<IconArrowBackUp size={16} />} loading={undo.isPending} onClick={() => undo.mutate(undoable)}>
                {t("action.undo")}
              </Button>
            )}
            <CloseButton aria-label={t("action.close")} onClick={() => offerUndo(undefined)} />
          </Group>
        </Group>
      </Paper>
    </Affix>
  );
}
