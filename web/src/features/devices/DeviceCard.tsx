import { ActionIcon, Box, Card, Group, Menu, Text } from "@mantine/core";
import { IconCircleCheckFilled, IconCircleDashed, IconDots, IconKey, IconPencil, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { Device } from "../../api/types";
import { Copyable } from "../../ui/Copyable";
import { money } from "../../ui/money";
import { said } from "../../ui/moment";
import { useReadable } from "../../ui/PhoneNumber";
import { kindIcons } from "./AddDevice";
import { kindOf } from "./model";
import "./words";

type Wish = "renew" | "change" | "delete";

export function DeviceCard({ device, onAsk }: { device: Device; onAsk: (what: Wish) => void }) {
  const { t } = useTranslation("devices");
  const kind = kindOf(device);
  const Icon = kindIcons[kind];
  return (
    <Card component="li" withBorder padding="md">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Group gap="md" wrap="nowrap" align="flex-start" miw={0}>
          <Icon size={24} aria-hidden="true" className="beside" />
          <Box miw={0}>
            <Group gap="xs">
              <Text fw={600} className="anywhere">
                {device.label}
              </Text>
              <Text size="sm" c="dimmed">
                {t(`kind.${kind}.name`)}
              </Text>
            </Group>
            <DeviceState device={device} />
            <DeviceReach device={device} />
            <Text size="sm" c="dimmed" mt={4}>
              <DeviceFee device={device} />
            </Text>
          </Box>
        </Group>
        <DeviceMenu device={device} onAsk={onAsk} />
      </Group>
    </Card>
  );
}

/** What it costs, in words. */
export function DeviceFee({ device }: { device: Device }) {
  const { t, i18n } = useTranslation("devices");
  if (device.fee) return t("price.fee", { monthly: money(device.fee, i18n.language) });
  return device.included ? t("price.isIncluded") : t("price.free");
}

export function DeviceState({ device }: { device: Device }) {
  const { t, i18n } = useTranslation("devices");
  const { presence } = device;
  if (device.kind !== "voip") {
    return (
      <Text size="sm" c="dimmed">
        {t("state.byNumber")}
      </Text>
    );
  }
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      {presence ? <IconCircleCheckFilled size={16} color="var(--rw-good)" aria-hidden="true" className="beside" /> : <IconCircleDashed size={16} color="var(--mantine-color-dimmed)" aria-hidden="true" className="beside" />}
      <Text size="sm" c={presence ? "var(--rw-good)" : "dimmed"} className="anywhere">
        {presence
          ? t("state.registered", { since: said(presence.since, i18n.language), agent: presence.userAgent || device.sipId })
          : t(device.firstRegisteredAt ? "state.notRegistered" : "state.neverRegistered")}
      </Text>
    </Group>
  );
}

function DeviceReach({ device }: { device: Device }) {
  const { t } = useTranslation("devices");
  const readable = useReadable();
  const value = device.kind === "voip" ? device.sipId : device.number;
  if (!value) return null;
  const label = t(device.kind === "voip" ? "sipId" : "number.label");
  return (
    <Group gap={6} mt={4}>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Copyable value={value} shown={device.kind === "voip" ? value : readable(value)} label={label} />
    </Group>
  );
}

export function DeviceMenu({ device, onAsk }: { device: Device; onAsk: (what: Wish) => void }) {
  const { t } = useTranslation("devices");
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("menu", { label: device.label })}>
          <IconDots size={20} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => onAsk("change")}>
          {t(device.kind === "voip" ? "change.label" : "change.numbered")}
        </Menu.Item>
        {device.kind === "voip" && (
          <Menu.Item leftSection={<IconKey size={16} />} onClick={() => onAsk("renew")}>
            {t("renew.menu")}
          </Menu.Item>
        )}
        <Menu.Item c="var(--rw-danger)" leftSection={<IconTrash size={16} />} onClick={() => onAsk("delete")}>
          {t("delete.menu")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
