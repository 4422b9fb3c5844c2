import { ActionIcon, CopyButton, Group, Text, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

/** A value to be carried elsewhere: a number, a SIP id, a password. */
export function Copyable({ value, shown = value, label }: { value: string; shown?: string; label: string }) {
  const { t } = useTranslation();
  return (
    <Group gap={4} wrap="nowrap">
      <Text component="span" inherit style={{ fontVariantNumeric: "tabular-nums", overflowWrap: "anywhere" }} title={value}>
        {shown}
      </Text>
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? t("action.copied") : t("action.copy")}>
            <ActionIcon variant="subtle" color="gray" size="sm" onClick={copy} aria-label={`${copied ? t("action.copied") : t("action.copy")}: ${label}`}>
              {copied ? <IconCheck size={15} /> : <IconCopy size={15} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  );
}
