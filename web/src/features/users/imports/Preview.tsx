import { Button, Group, Progress, SegmentedControl, Stack, Table, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCircleMinus, IconPencil, IconUserPlus } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

import { api } from "../../../api/client";
import { unwrap } from "../../../api/problem";
import type { Import, ImportMode, ImportRow } from "../../../api/types";
import { ButtonLink } from "../../../ui/links";
import { Notice } from "../../../ui/Notice";
import { LoadMore } from "../../../ui/States";
import { Modes } from "./ChooseFile";
import { importQuery, useImportWords } from "./queries";
import { UndoImport } from "./UndoImport";

type Shown = "all" | ImportRow["action"];
/** So many rows at once; the next ones come as one scrolls. */
const STEP = 100;

const looks = {
  create: { icon: IconUserPlus, colour: "var(--rw-good)" },
  update: { icon: IconPencil, colour: "var(--mantine-color-anchor)" },
  skip: { icon: IconCircleMinus, colour: "var(--mantine-color-dimmed)" },
  refuse: { icon: IconAlertTriangle, colour: "var(--rw-danger)" },
};

export function Preview({ made, fileName, onMode, changing, again }: { made: Import; fileName?: string; onMode?: (mode: ImportMode) => void; changing: boolean; again: ReactNode }) {
  const { t } = useTranslation("imports");
  const words = useImportWords();
  const queries = useQueryClient();
  const { counts } = made;
  const rows = made.rows ?? [];
  const [chosen, setChosen] = useState<Shown>();
  const shown = chosen ?? (counts.refuse > 0 ? "refuse" : "all");
  const [many, setMany] = useState(STEP);
  const fitting = shown === "all" ? rows : rows.filter(({ action }) => action === shown);
  const apply = useMutation({
    mutationFn: () => unwrap(api.POST("/v1/imports/{import}/apply", { params: { path: { import: made.id } } })),
    onSuccess: (now) => queries.setQueryData<Import>(importQuery(made.id).queryKey, { ...now, rows }),
  });
  const waits = made.state === "preview";
  const label =
    counts.create && counts.update
      ? t("applyBoth", { create: counts.create, update: counts.update })
      : counts.create
        ? t("applyCreate", { count: counts.create })
        : counts.update
          ? t("applyUpdate", { count: counts.update })
          : t("apply");
  return (
    <Stack gap="md">
      <Group gap="sm">
        {fileName && (
          <Text fw={600} className="anywhere">
            <bdi>{fileName}</bdi>
          </Text>
        )}
        {made.state !== "running" && again}
      </Group>
      {waits && <Modes value={made.mode} onChange={(mode) => onMode?.(mode)} disabled={!onMode || changing} />}
      {made.ignoredColumns.length > 0 && <Notice kind="info">{t("ignored", { list: made.ignoredColumns.join(", ") })}</Notice>}
      {waits && counts.refuse > 0 && <Notice kind="needsYou">{t("refused", { count: counts.refuse })}</Notice>}
      {waits && counts.refuse === 0 && counts.create + counts.update === 0 && <Notice kind="info">{t("noChange")}</Notice>}
      {apply.error && <Notice kind="failed">{words.whole(apply.error)}</Notice>}
      {made.state === "failed" && <Notice kind="failed">{t("failed")}</Notice>}
      {made.state === "running" && <Running made={made} />}
      {made.state === "done" && (
        <Notice
          kind="good"
          action={
            <ButtonLink to="/users" search={{ sort: "-createdAt" }} size="xs" variant="default">
              {t("showUsers")}
            </ButtonLink>
          }
        >
          {t("done", { create: counts.create, update: counts.update })} {counts.create > 0 && t("uninvited")}
        </Notice>
      )}
      {(made.state === "done" || made.state === "undone") && <UndoImport made={made} />}
      {waits && counts.create + counts.update > 0 && (
        <Group>
          <Button disabled={!made.applicable} loading={apply.isPending || changing} onClick={() => apply.mutate()}>
            {label}
          </Button>
          {counts.create > 0 && (
            <Text size="sm" c="dimmed">
              {t("uninvited")}
            </Text>
          )}
        </Group>
      )}
      <Title order={2} fz={17}>
        {t(waits ? "preview" : "previewDone")}
      </Title>
      <div className="sideways">
        <SegmentedControl
          aria-label={t("what")}
          value={shown}
          onChange={(value) => {
            setChosen(value as Shown);
            setMany(STEP);
          }}
          data={(["all", "create", "update", "skip", "refuse"] as const)
            .map((value) => ({ value, count: value === "all" ? rows.length : counts[value] }))
            .filter(({ value, count }) => value === "all" || count > 0)
            .map(({ value, count }) => ({ value, label: t(`count.${value}`, { count }) }))}
        />
      </div>
      <Table verticalSpacing={8} aria-label={t("preview")} layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={64}>{t("line")}</Table.Th>
            <Table.Th w={150} visibleFrom="sm">
              {t("what")}
            </Table.Th>
            <Table.Th>{t("who")}</Table.Th>
            <Table.Th visibleFrom="sm" w="45%">
              {t("details")}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {fitting.slice(0, many).map((row) => (
            <Row key={row.line} row={row} />
          ))}
        </Table.Tbody>
      </Table>
      <LoadMore more={many < fitting.length} loading={false} load={() => setMany(many + STEP)} />
    </Stack>
  );
}

function Running({ made }: { made: Import }) {
  const { t } = useTranslation("imports");
  const words = t("running", { done: made.done, total: made.total });
  return (
    <Stack gap={4}>
      <Text role="status">{words}</Text>
      <Progress value={made.total ? (100 * made.done) / made.total : 0} size="lg" aria-label={words} />
      <Text size="sm" c="dimmed">
        {t("runningHint")}
      </Text>
    </Stack>
  );
}

function Row({ row }: { row: ImportRow }) {
  const { t } = useTranslation("imports");
  const { icon: Icon, colour } = looks[row.action];
  const action = (
    <Group gap={6} wrap="nowrap" c={colour}>
      <Icon size={18} aria-hidden="true" className="beside" />
      <Text size="sm">{t(`action.${row.action}`)}</Text>
    </Group>
  );
  return (
    <Table.Tr>
      <Table.Td valign="top">{row.line}</Table.Td>
      <Table.Td valign="top" visibleFrom="sm">
        {action}
      </Table.Td>
      <Table.Td valign="top" className="anywhere">
        <Text fw={600}>{row.name}</Text>
        {row.email && (
          <Text size="sm" c="dimmed">
            {row.email}
          </Text>
        )}
        <Stack gap={4} mt={4} hiddenFrom="sm">
          {action}
          <Cells row={row} />
        </Stack>
      </Table.Td>
      <Table.Td valign="top" className="anywhere" visibleFrom="sm">
        <Cells row={row} />
      </Table.Td>
    </Table.Tr>
  );
}

/** Cell by cell: first what is wrong, then what becomes different. */
function Cells({ row }: { row: ImportRow }) {
  const { t } = useTranslation("imports");
  const words = useImportWords();
  return (
    <ul className="plain tight">
      {row.problems.map((problem, position) => (
        <li key={`p${position}`} className="cell-problem">
          <Text size="sm" component="span">
            {problem.column && <b>{t(`column.${problem.column}`)}: </b>}
            {words.cell(problem)}
          </Text>
        </li>
      ))}
      {row.changes.map(({ column, before, after }) => (
        <li key={column}>
          <Text size="sm" component="span">
            <span className="quiet">{t(`column.${column}`)}: </span>
            {row.action === "create" ? (after ?? "") : t("change", { before: before ?? t("nothing"), after: after ?? t("nothing") })}
          </Text>
        </li>
      ))}
    </ul>
  );
}
