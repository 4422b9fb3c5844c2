import { Box, Group, Loader, Paper, Stack, Text } from "@mantine/core";
import { IconCircleCheckFilled } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { devicesQuery } from "../../api/queries";
import type { DeviceWithCredentials } from "../../api/types";
import { Copyable } from "../../ui/Copyable";

/** The access data, once, and the page waits with the person until the phone is connected. */
export function CredentialsCard({ device, user }: { device: DeviceWithCredentials; user: string }) {
  const { t } = useTranslation("users");
  const { credentials } = device;
  const rows = [
    ["username", credentials.username],
    ["password", credentials.password],
    ["domain", credentials.domain],
    ["server", credentials.server],
    ["transport", credentials.transport.toUpperCase()],
  ] as const;
  return (
    <Paper withBorder p="md">
      <Text fw={600}>{t("credentials.title")}</Text>
      <Text size="sm" c="dimmed" mb="sm">
        {t("credentials.once")}
      </Text>
      <Box component="dl" className="facts">
        {rows.map(([key, value]) => (
          <Box key={key} className="fact">
            <dt>{t(`credentials.${key}`)}</dt>
            <dd>
              <Copyable value={value} label={t(`credentials.${key}`)} />
            </dd>
          </Box>
        ))}
      </Box>
      <Waiting device={device} user={user} />
    </Paper>
  );
}

export function Waiting({ device, user }: { device: { id: string; label: string }; user: string }) {
  const { t } = useTranslation("users");
  const devices = useQuery(devicesQuery(user, 2_000));
  const connected = Boolean(devices.data?.find(({ id }) => id === device.id)?.presence);
  return (
    <Group gap="sm" mt="md" p="sm" wrap="nowrap" role="status" className={connected ? "connected" : "waiting"}>
      {connected ? <IconCircleCheckFilled size={22} color="var(--rw-good)" aria-hidden="true" /> : <Loader size={20} aria-hidden="true" />}
      <Stack gap={0}>
        <Text size="sm" fw={600} c={connected ? "var(--rw-good)" : undefined}>
          {connected ? t("credentials.connected", { label: device.label }) : t("credentials.waiting")}
        </Text>
        {!connected && (
          <Text size="sm" c="dimmed">
            {t("credentials.waitingHint")}
          </Text>
        )}
      </Stack>
    </Group>
  );
}
