import { Group, Paper, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";

const looks = {
  failed: { icon: IconAlertTriangle, colour: "var(--rw-danger)" },
  needsYou: { icon: IconAlertTriangle, colour: "var(--rw-needs-you)" },
  good: { icon: IconCircleCheck, colour: "var(--rw-good)" },
  info: { icon: IconInfoCircle, colour: "var(--mantine-color-anchor)" },
};

/** A sentence that needs attention: icon, words and colour, never colour alone. */
export function Notice({ kind, title, children, action }: { kind: keyof typeof looks; title?: ReactNode; children?: ReactNode; action?: ReactNode }) {
  const { icon: Icon, colour } = looks[kind];
  return (
    <Paper withBorder p="sm" role={kind === "failed" ? "alert" : "status"} style={{ borderColor: colour }}>
      <Group gap="sm" wrap="nowrap" align="flex-start">
        <Icon size={20} color={colour} style={{ flexShrink: 0, marginTop: 2 }} aria-hidden="true" />
        <div style={{ flexGrow: 1, minWidth: 0 }}>
          {title && <Text fw={600}>{title}</Text>}
          {children && <Text size="sm">{children}</Text>}
        </div>
        {action}
      </Group>
    </Paper>
  );
}
