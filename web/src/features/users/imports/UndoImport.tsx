import { Button, Group, List, Stack, Text } from "@mantine/core";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { api } from "../../../api/client";
import { Problem, unwrap } from "../../../api/problem";
import type { Import, ImportKept } from "../../../api/types";
import { exact } from "../../../ui/moment";
import { Notice } from "../../../ui/Notice";
import { importQuery, useImportWords } from "./queries";

/** The way back for a while; what has changed since is named before anything is undone. */
export function UndoImport({ made }: { made: Import }) {
  const { t, i18n } = useTranslation("imports");
  const words = useImportWords();
  const queries = useQueryClient();
  const undo = useMutation({
    mutationFn: (partly: boolean) => unwrap(api.POST("/v1/imports/{import}/undo", { params: { path: { import: made.id } }, body: { partly } })),
    onSuccess: async (now) => {
      queries.setQueryData<Import>(importQuery(made.id).queryKey, { ...now, rows: made.rows });
      await queries.invalidateQueries({ queryKey: ["users"] });
    },
  });
  const kept = undo.error instanceof Problem && undo.error.code === "import-contradicted" ? ((undo.error.facts.kept ?? []) as ImportKept[]) : undefined;
  const list = (items: ImportKept[]) => (
    <List size="sm">
      {items.map((item) => (
        <List.Item key={item.line} className="anywhere">
          {item.name}: {words.cell(item.problem)}
        </List.Item>
      ))}
    </List>
  );
  if (made.state === "undone") {
    const left = made.kept ?? [];
    return (
      <Notice kind={left.length ? "needsYou" : "good"} title={left.length ? t("undoneKept") : undefined}>
        {left.length ? list(left) : t("undone")}
      </Notice>
    );
  }
  if (!made.undoUntil) return null;
  return (
    <Stack gap="sm">
      {kept ? (
        <Notice
          kind="needsYou"
          title={t("contradicted")}
          action={
            <Button size="xs" variant="default" loading={undo.isPending} onClick={() => undo.mutate(true)}>
              {t("undoPartly")}
            </Button>
          }
        >
          {list(kept)}
        </Notice>
      ) : (
        undo.error && <Notice kind="failed">{words.whole(undo.error)}</Notice>
      )}
      <Group gap="sm">
        <Button variant="default" leftSection={<IconArrowBackUp size={18} />} loading={undo.isPending} onClick={() => undo.mutate(false)}>
          {t("undo")}
        </Button>
        <Text size="sm" c="dimmed">
          {t("undoUntil", { until: exact(made.undoUntil, i18n.language) })}
        </Text>
      </Group>
    </Stack>
  );
}
