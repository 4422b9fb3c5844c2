import { Box, Group, Loader, NativeSelect, Paper, Stack, Text } from "@mantine/core";
import { IconCircleCheckFilled } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";

import { devicesQuery } from "../../api/queries";
import type { Credentials, SetupCode } from "../../api/types";
import { Copyable } from "../../ui/Copyable";
import { Notice } from "../../ui/Notice";
import { type GuideId, guideIds, guides, rows } from "./guides";
import "./words";

const SetupQr = lazy(() => import("./SetupQr").then((module) => ({ default: module.SetupQr })));

/** The access data, once: a code to scan, or values to copy under the names that the phone gives them. */
export function CredentialsCard({ device, user }: { device: { id: string; label: string; credentials: Credentials; setupCode?: SetupCode | null }; user: string }) {
  const { t } = useTranslation("devices");
  const { credentials, setupCode } = device;
  const [guide, setGuide] = useState<GuideId | "other">("other");
  const chosen = guide === "other" ? undefined : guides[guide];
  const generic = (["username", "password", "domain", "server", "transport"] as const).map((key) => ({
    label: t(`credentials.${key}`),
    value: key === "transport" ? credentials.transport.toUpperCase() : credentials[key],
  }));
  const shown = chosen ? rows(chosen, credentials) : generic;
  return (
    <Paper withBorder p="md">
      <Text fw={600}>{t("credentials.title")}</Text>
      <Box my="xs">
        <Notice kind="needsYou">{t("credentials.once")}</Notice>
      </Box>
      <div className="credentials-frame">
        <div className="credentials">
          {setupCode && (
            <Suspense fallback={<Box w={172} h={230} />}>
              <SetupQr code={setupCode} />
            </Suspense>
          )}
          <Stack gap="xs" className="credentials-values">
            <NativeSelect
              label={t("guide.label")}
              value={guide}
              onChange={(event) => setGuide(event.currentTarget.value as GuideId | "other")}
              data={[{ value: "other", label: t("guide.other") }, ...guideIds.map((id) => ({ value: id, label: guides[id].name }))]}
            />
            {guide !== "other" && chosen && (
              <Text size="sm">
                {t(guide === "linphone" && !setupCode ? "guide.linphoneByHand" : `guide.${guide}`, { path: chosen.path })}
              </Text>
            )}
            <Box component="dl" className="facts">
              {shown.map(({ label, value }) => (
                <Box key={label} className="fact">
                  <dt>{label}</dt>
                  <dd>
                    <Copyable value={value} label={label} />
                  </dd>
                </Box>
              ))}
            </Box>
          </Stack>
        </div>
      </div>
      <Waiting device={device} user={user} />
    </Paper>
  );
}

/** Turns green by itself the moment the phone is connected. */
export function Waiting({ device, user }: { device: { id: string; label: string }; user: string }) {
  const { t } = useTranslation("devices");
  const devices = useQuery(devicesQuery(user, 2_000));
  const connected = Boolean(devices.data?.find(({ id }) => id === device.id)?.presence);
  return (
    <Group gap="sm" mt="md" p="sm" wrap="nowrap" role="status" className={connected ? "connected" : "waiting"}>
      {connected ? <IconCircleCheckFilled size={22} color="var(--rw-good)" aria-hidden="true" /> : <Loader size={20} aria-hidden="true" />}
      <Stack gap={0}>
        <Text size="sm" fw={600} c={connected ? "var(--rw-good)" : undefined} className="anywhere">
          {connected ? t("credentials.connected", { label: device.label }) : t("credentials.waiting")}
        </Text>
        <Text size="sm" c="dimmed">
          {connected ? t("credentials.connectedHint") : t("credentials.waitingHint")}
        </Text>
      </Stack>
    </Group>
  );
}
