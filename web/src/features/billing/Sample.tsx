import { Box, Text } from "@mantine/core";
import { IconPhoneOutgoing } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { CallListMode } from "../../api/types";
import { lasted } from "../../ui/moment";
import { useReadable } from "../../ui/PhoneNumber";
import { withoutEnd } from "../../ui/phoneNumber";

const CALLED = "+4921190009317";
const LASTED_MS = 187_000;

/** The very line that would be stored for one call today. */
export function Sample({ mode }: { mode: CallListMode }) {
  const { t, i18n } = useTranslation("billing");
  const readable = useReadable();
  const [now] = useState(() => new Date());
  const when = new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium", timeStyle: "short" }).format(now);
  return (
    <Box className="sample">
      <Text size="xs" c="dimmed">
        {t("sample.label")}
      </Text>
      {mode === "doNotSave" ? (
        <Text size="sm" fs="italic">
          {t("sample.nothing")}
        </Text>
      ) : (
        <Box className="sample-line">
          <IconPhoneOutgoing size={16} aria-hidden="true" />
          <span>{when}</span>
          <span>{t("sample.name")}</span>
          <b>{mode === "complete" ? readable(CALLED) : withoutEnd(readable(CALLED))}</b>
          <span>{lasted(LASTED_MS)}</span>
        </Box>
      )}
    </Box>
  );
}
