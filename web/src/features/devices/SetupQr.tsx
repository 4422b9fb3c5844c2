import { Box, Text } from "@mantine/core";
import { QRCodeSVG } from "qrcode.react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import type { SetupCode } from "../../api/types";
import { Copyable } from "../../ui/Copyable";
import "./words";

/** The setup code to scan: it works once, and the page says until when. */
export function SetupQr({ code }: { code: SetupCode }) {
  const { t } = useTranslation("devices");
  const left = useLeft(code.expiresAt);
  const gone = left <= 0;
  // Where the server does not know its own address, the code is relative to this page.
  const url = new URL(code.url, window.location.origin).href;
  const minutes = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  return (
    <Box className="setup-code">
      {gone ? (
        <Box className="setup-code-gone">
          <Text size="sm" ta="center">
            {t("setup.gone")}
          </Text>
        </Box>
      ) : (
        <Box className="setup-code-picture">
          <QRCodeSVG value={url} size={156} level="M" title={t("setup.picture")} />
        </Box>
      )}
      <Box mt={6}>
        <Text size="sm" fw={600}>
          {t("setup.scan")}
        </Text>
        {!gone && (
          <>
            <Text size="sm" c="dimmed">
              {t("setup.left", { minutes })}
            </Text>
            <Copyable value={url} shown={t("setup.address")} label={t("setup.address")} />
          </>
        )}
      </Box>
    </Box>
  );
}

/** Seconds until a moment. */
function useLeft(until: string): number {
  const left = () => Math.max(0, Math.round((new Date(until).getTime() - Date.now()) / 1000));
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    const tick = setInterval(() => setSeconds(left()), 1_000);
    return () => clearInterval(tick);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the moment is what it counts to
  }, [until]);
  return seconds;
}
