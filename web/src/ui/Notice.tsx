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
        {/* Where there is no room beside the words, the action stands below them. */}
        <Group gap="sm" align="flex-start" style={{ flexGrow: 1, minWidth: 0 }}>
          <div style={{ flex: "1 1 220px", minWidth: 0 }}>
            {title && <Text fw={600}>{title}</Text>}
            {children && (
              <Text component="div" size="sm">
                {children}
              </Text>
            )}
          </div>
          {action}
        </Group>
      </Group>
    </Paper>
  );
}
