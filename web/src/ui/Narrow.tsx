import { Box, Group, Paper, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";

import { Logo } from "./Logo";

/** A page for somebody who is not signed in: the mark, a title, one task. */
export function Narrow({ title, intro, width = 460, corner, children }: { title: string; intro?: ReactNode; width?: number; corner?: ReactNode; children: ReactNode }) {
  useDocumentTitle(`${title} · Ringwerk`);
  return (
    <Box mih="100dvh" bg="var(--rw-surface)" px="md" py="xl">
      <Box maw={width} mx="auto">
        <Group component="header" justify="space-between" mb="xl">
          <Group gap="xs">
            <Logo />
            <Text fw={650} fz="lg">
              Ringwerk
            </Text>
          </Group>
          {corner}
        </Group>
        <Paper component="main" withBorder p={{ base: "md", xs: "xl" }} shadow="xs">
          <Title order={1} fz={24} mb={intro ? 4 : "lg"}>
            {title}
          </Title>
          {intro && (
            <Text c="dimmed" mb="lg">
              {intro}
            </Text>
          )}
          {children}
        </Paper>
      </Box>
    </Box>
  );
}
