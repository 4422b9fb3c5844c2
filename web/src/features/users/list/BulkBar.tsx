import { Button, CloseButton, Group, Menu, Paper, Text } from "@mantine/core";
import { IconDots, IconLock, IconLockOpen, IconMailForward, IconMapPin, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { User } from "../../../api/types";
import { BulkBlock, BulkDelete, BulkInvite, BulkMove, BulkUnblock } from "./bulk";

const dialogs = { invite: BulkInvite, move: BulkMove, block: BulkBlock, unblock: BulkUnblock, delete: BulkDelete };
type Asked = keyof typeof dialogs;

const icons = { invite: IconMailForward, move: IconMapPin, block: IconLock, unblock: IconLockOpen, delete: IconTrash };

/** What can be done with all the ticked users at once. */
export function BulkBar({ users, clear }: { users: User[]; clear: () => void }) {
  const { t } = useTranslation("people");
  const [asked, setAsked] = useState<Asked>();
  const offered: Asked[] = ["invite", "move"];
  if (users.some(({ blocked }) => !blocked)) offered.push("block");
  if (users.some(({ blocked }) => blocked)) offered.push("unblock");
  offered.push("delete");
  const Dialog = asked && dialogs[asked];
  return (
    <>
      <Paper withBorder shadow="lg" px="md" py="xs" className="bulk" component="section" aria-label={t("bulk.label")}>
        <Group gap="xs" wrap="nowrap" justify="space-between">
          <Text fw={600} className="keep" role="status">
            {t("bulk.count", { count: users.length })}
          </Text>
          <Group gap="xs" wrap="nowrap">
            <Group gap="xs" wrap="nowrap" visibleFrom="sm">
              {offered.map((what) => {
                const Icon = icons[what];
                return (
                  <Button key={what} size="xs" variant={what === "delete" ? "subtle" : "default"} c={what === "delete" ? "var(--rw-danger)" : undefined} leftSection={<Icon size={16} />} onClick={() => setAsked(what)}>
                    {t(`bulk.${what}`)}
                  </Button>
                );
              })}
            </Group>
            <Menu position="top-end">
              <Menu.Target>
                <Button size="xs" variant="default" px="xs" hiddenFrom="sm" aria-label={t("bulk.more")}>
                  <IconDots size={18} />
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                {offered.map((what) => {
                  const Icon = icons[what];
                  return (
                    <Menu.Item key={what} c={what === "delete" ? "var(--rw-danger)" : undefined} leftSection={<Icon size={16} />} onClick={() => setAsked(what)}>
                      {t(`bulk.${what}`)}
                    </Menu.Item>
                  );
                })}
              </Menu.Dropdown>
            </Menu>
            <CloseButton aria-label={t("bulk.clear")} onClick={clear} />
          </Group>
        </Group>
      </Paper>
      {Dialog && (
        <Dialog
          users={users}
          onClose={() => setAsked(undefined)}
          onDone={() => {
            setAsked(undefined);
            clear();
          }}
        />
      )}
    </>
  );
}
