import { Anchor, Button, Collapse, Loader, Radio, Stack, Table, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconChevronUp, IconFileSpreadsheet } from "@tabler/icons-react";
import { type DragEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import type { ImportMode } from "../../../api/types";
import { saveAs, template } from "./template";

export const columns = ["firstName", "lastName", "email", "administrator", "location", "extension", "number", "groups", "phones", "id"] as const;

/** Drop or choose a file; what to do with people who exist; what the columns mean. */
export function ChooseFile({ mode, onMode, onFile, reading }: { mode: ImportMode; onMode: (mode: ImportMode) => void; onFile: (file: File) => void; reading?: string }) {
  const { t } = useTranslation("imports");
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) onFile(file);
  };
  return (
    <Stack gap="lg" maw={720}>
      <Modes value={mode} onChange={onMode} />
      <div
        className="drop"
        data-over={over || undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <IconFileSpreadsheet size={36} stroke={1.4} aria-hidden="true" />
        {reading === undefined ? (
          <>
            <Text fw={600}>{t("drop")}</Text>
            <Text size="sm" c="dimmed">
              {t("or")}
            </Text>
            <Button onClick={() => input.current?.click()}>{t("choose")}</Button>
          </>
        ) : (
          <>
            <Loader size={20} aria-hidden="true" />
            <Text role="status" className="anywhere">
              {t("reading", { name: reading })}
            </Text>
          </>
        )}
        <input
          ref={input}
          type="file"
          accept=".csv,.txt,.tsv,text/csv,text/plain"
          className="unseen"
          tabIndex={-1}
          aria-label={t("choose")}
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            // The same file, mended, can be chosen again.
            event.currentTarget.value = "";
            if (file) onFile(file);
          }}
        />
      </div>
      <Help />
    </Stack>
  );
}

export function Modes({ value, onChange, disabled = false }: { value: ImportMode; onChange: (mode: ImportMode) => void; disabled?: boolean }) {
  const { t } = useTranslation("imports");
  return (
    <Radio.Group label={t("mode.label")} description={disabled ? t("mode.lost") : undefined} value={value} onChange={(mode) => onChange(mode as ImportMode)}>
      <Stack gap="xs" mt={6}>
        <Radio value="skip" label={t("mode.skip")} disabled={disabled} />
        <Radio value="update" label={t("mode.update")} description={t("mode.updateHint")} disabled={disabled} />
      </Stack>
    </Radio.Group>
  );
}

function Help() {
  const { t, i18n } = useTranslation("imports");
  const [open, help] = useDisclosure(false);
  const Icon = open ? IconChevronUp : IconChevronDown;
  const filled = columns.filter((column) => column !== "id");
  return (
    <div>
      <Stack gap="xs" align="flex-start">
        <Button
          variant="default"
          onClick={() =>
            saveAs(
              t("templateName"),
              template(
                filled.map((column) => t(`column.${column}`)),
                filled.map((column) => t(`example.${column}`)),
                i18n.language,
              ),
            )
          }
        >
          {t("template")}
        </Button>
        <Anchor component="button" type="button" size="sm" onClick={help.toggle} aria-expanded={open}>
          {t("help")} <Icon size={14} aria-hidden="true" className="level" />
        </Anchor>
      </Stack>
      <Collapse expanded={open}>
        {open && (
          <>
            <Text size="sm" my="sm">
              {t("helpText")}
            </Text>
            <Table verticalSpacing={6} aria-label={t("help")} layout="fixed">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th w={{ base: 120, sm: 150 }}>{t("columnHead")}</Table.Th>
                  <Table.Th w={220} visibleFrom="sm">
                    {t("exampleHead")}
                  </Table.Th>
                  <Table.Th>{t("meaningHead")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {columns.map((column) => (
                  <Table.Tr key={column}>
                    <Table.Td fw={600} className="anywhere">
                      {t(`column.${column}`)}
                    </Table.Td>
                    <Table.Td visibleFrom="sm" className="anywhere">
                      {t(`example.${column}`)}
                    </Table.Td>
                    <Table.Td>{t(`meaning.${column}`)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </>
        )}
      </Collapse>
    </div>
  );
}
