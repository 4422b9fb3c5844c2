import { Button, Group, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useProblemWords } from "../i18n/problem";
import { Modal } from "./Dialog";
import { Notice } from "./Notice";

/** A question before something that is hard to take back: what will happen, and a button that says it. */
export function Confirm({
  opened,
  title,
  children,
  action,
  danger = false,
  impossible = false,
  loading,
  error,
  onConfirm,
  onClose,
}: {
  opened: boolean;
  title: string;
  children: ReactNode;
  action: string;
  danger?: boolean;
  impossible?: boolean;
  loading: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const words = useProblemWords();
  return (
    <Modal opened={opened} onClose={onClose} title={title} size="md" closeButtonProps={{ "aria-label": t("action.close") }}>
      <Stack gap="md">
        {children}
        {Boolean(error) && <Notice kind="failed">{words.whole(error)}</Notice>}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t("action.cancel")}
          </Button>
          {!impossible && (
            <Button color={danger ? "danger" : undefined} loading={loading} onClick={onConfirm}>
              {action}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}
