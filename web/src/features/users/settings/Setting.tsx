import { ActionIcon, Box, Button, Group, Paper, Text, Title } from "@mantine/core";
import { IconSettings } from "@tabler/icons-react";
import { type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

/** A few settings that belong together. */
export function Section({ title, hint, children }: { title: string; hint?: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <Title order={2} fz={17} mb={hint ? 0 : "xs"}>
        {title}
      </Title>
      {hint && (
        <Text size="sm" c="dimmed" mb="xs">
          {hint}
        </Text>
      )}
      <Paper withBorder>{children}</Paper>
    </section>
  );
}

/** A value with a cogwheel beside it; the cogwheel opens the form in its place. */
export function Setting({ label, value, note, open, onOpen, children }: { label: string; value: ReactNode; note?: ReactNode; open: boolean; onOpen: () => void; children: ReactNode }) {
  const { t } = useTranslation("users");
  const wheel = useRef<HTMLButtonElement>(null);
  const before = useRef(open);
  useEffect(() => {
    // Whoever closed the form goes on where it was opened.
    if (before.current && !open) wheel.current?.focus();
    before.current = open;
  }, [open]);
  return (
    <Box className="setting" p="md">
      {open ? (
        <Box>
          <Text fw={600} mb="xs">
            {label}
          </Text>
          {children}
        </Box>
      ) : (
        <Group justify="space-between" wrap="nowrap">
          <Box className="setting-text">
            <Text size="sm" c="dimmed">
              {label}
            </Text>
            <Text className="anywhere">{value}</Text>
          </Box>
          <ActionIcon ref={wheel} variant="subtle" color="gray" size="lg" aria-label={t("settings.change", { field: label })} onClick={onOpen}>
            <IconSettings size={20} />
          </ActionIcon>
        </Group>
      )}
      {!open && note}
    </Box>
  );
}

export function Buttons({ loading, onClose, save, more }: { loading: boolean; onClose: () => void; save?: string; more?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Group gap="sm" mt="sm">
      <Button type="submit" loading={loading}>
        {save ?? t("action.save")}
      </Button>
      <Button variant="default" onClick={onClose}>
        {t("action.cancel")}
      </Button>
      {more}
    </Group>
  );
}

/** What was done, and a button that closes it. */
export function Done({ children, onClose }: { children: ReactNode; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      {children}
      <Button type="submit" variant="default" mt="sm" autoFocus>
        {t("action.done")}
      </Button>
    </form>
  );
}
