import { Button, Group, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { devicesQuery } from "../../api/queries";
import type { Device, DeviceWithCredentials, User } from "../../api/types";
import { Modal } from "../../ui/Dialog";
import { Empty, LoadFailed, Loading } from "../../ui/States";
import { useUserName } from "../users/findings";
import { AddDevice } from "./AddDevice";
import { CredentialsCard } from "./CredentialsCard";
import { DeviceCard } from "./DeviceCard";
import { Change, Delete, Renew } from "./dialogs";
import { priceQuery } from "./model";
import "./words";

export type AskedOf = { what: "renew" | "change" | "delete"; device: Device };

/** The devices of a user: what each is, whether it is connected, what it costs. */
export function DevicesTab({ user, wish, onWished }: { user: User; wish: boolean; onWished: () => void }) {
  const { t } = useTranslation(["devices", "app"]);
  const name = useUserName()(user);
  const devices = useQuery(devicesQuery(user.id));
  const price = useQuery(priceQuery(user.id));
  const [adding, setAdding] = useState(false);
  // Asked for by a link; afterwards the same link works once more.
  useEffect(() => {
    if (!wish) return;
    setAdding(true);
    onWished();
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the caller's function is new each time
  }, [wish]);
  const [shown, setShown] = useState<DeviceWithCredentials>();
  const [asked, setAsked] = useState<AskedOf>();
  const close = () => setAsked(undefined);

  if (devices.isPending) return <Loading rows={3} height={72} />;
  if (devices.error && !devices.data) return <LoadFailed error={devices.error} again={() => void devices.refetch()} />;
  const list = devices.data ?? [];
  const add = (
    <Button leftSection={<IconPlus size={18} />} onClick={() => setAdding(true)}>
      {t("add")}
    </Button>
  );
  return (
    <Stack maw={760}>
      {list.length > 0 && (
        <Group justify="space-between" gap="sm">
          <Text size="sm" c="dimmed">
            {price.data && t("price.summary", { included: price.data.included, present: price.data.present })}
          </Text>
          {add}
        </Group>
      )}
      {shown && (
        <Stack gap="xs">
          <CredentialsCard key={shown.credentials.password} device={shown} user={user.id} />
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setShown(undefined)}>
              {t("app:action.done")}
            </Button>
          </Group>
        </Stack>
      )}
      {list.length === 0 && (
        <Empty title={t("none")} action={add}>
          {t("noneText", { name })}
        </Empty>
      )}
      <Stack gap="sm" component="ul" className="plain" p={0} m={0}>
        {list.map((device) => (
          <DeviceCard key={device.id} device={device} onAsk={(what) => setAsked({ what, device })} />
        ))}
      </Stack>
      <Modal opened={adding} onClose={() => setAdding(false)} title={t("add")} size="lg" closeButtonProps={{ "aria-label": t("app:action.close") }}>
        <AddDevice user={user} onClose={() => setAdding(false)} />
      </Modal>
      {asked?.what === "renew" && <Renew device={asked.device} onClose={close} onDone={setShown} />}
      {asked?.what === "delete" && <Delete device={asked.device} name={name} last={list.length === 1} onClose={close} />}
      {asked?.what === "change" && <Change device={asked.device} onClose={close} />}
    </Stack>
  );
}
