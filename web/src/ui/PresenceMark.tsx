import { Group, Text } from "@mantine/core";
import { IconCircleCheckFilled, IconCircleDashed, IconLock, IconPhoneCall } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { Presence } from "../api/types";

const looks = {
  online: { icon: IconCircleCheckFilled, colour: "var(--rw-good)" },
  inCall: { icon: IconPhoneCall, colour: "var(--mantine-color-anchor)" },
  unreachable: { icon: IconCircleDashed, colour: "var(--mantine-color-dimmed)" },
  blocked: { icon: IconLock, colour: "var(--rw-danger)" },
};

/** Whether somebody can be reached: icon, word and colour. */
export function PresenceMark({ presence }: { presence: Presence | "blocked" }) {
  const { t } = useTranslation("users");
  const { icon: Icon, colour } = looks[presence];
  return (
    <Group gap={6} wrap="nowrap" display="inline-flex" className="level">
      <Icon size={16} color={colour} aria-hidden="true" />
      <Text component="span" size="sm" c={colour}>
        {t(`presence.${presence}`)}
      </Text>
    </Group>
  );
}
