import { Box, Group, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";

/** A page: its title, one primary action top right, content at most 1,120 px wide. */
export function Page({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }) {
  useDocumentTitle(`${title} · Ringwerk`);
  return (
    <Box maw={1120} mx="auto">
      <Group justify="space-between" mb="lg" gap="sm">
        <Title order={1} fz={26} tabIndex={-1} className="anywhere">
          {title}
        </Title>
        {action}
      </Group>
      {children}
    </Box>
  );
}
