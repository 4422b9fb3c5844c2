import { ActionIcon, Box, Button, Card, Group, List, Menu, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconCircleCheckFilled, IconCircleDashed, IconDeviceLandlinePhone, IconDots, IconKey, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, onceKey } from "../../api/client";
import { unwrap, unwrapTagged } from "../../api/problem";
import { devicesQuery } from "../../api/queries";
import type { Device, DeviceWithCredentials, User } from "../../api/types";
import { useProblemWords } from "../../i18n/problem";
import { Confirm } from "../../ui/Confirm";
import { Copyable } from "../../ui/Copyable";
import { said } from "../../ui/moment";
import { Notice } from "../../ui/Notice";
import { useRefusal } from "../../ui/refusal";
import { Empty, LoadFailed, Loading } from "../../ui/States";
import { CredentialsCard } from "./CredentialsCard";
import { useUserName } from "./findings";

type Asked = { what: "renew" | "rename" | "delete"; device: Device };

export function DevicesTab({ user, startAdding }: { user: User; startAdding: boolean }) {
  const { t } = useTranslation("users");
  const name = useUserName()(user);
  const devices = useQuery(devicesQuery(user.id));
  const [adding, setAdding] = useState(startAdding);
  const [shown, setShown] = useState<DeviceWithCredentials>();
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);

  if (devices.isPending) return <Loading rows={3} height={72} />;
  if (devices.error) return <LoadFailed error={devices.error} again={() => void devices.refetch()} />;
  const add = (
    <Button leftSection={<IconPlus size={18} />} onClick={() => setAdding(true)}>
      {t("device.add")}
    </Button>
  );
  return (
    <Stack maw={720}>
      {devices.data.length > 0 && !adding && <Group justify="flex-end">{add}</Group>}
      {adding && (
        <AddDevice
          user={user}
          onClose={() => setAdding(false)}
          onDone={(device) => {
            setShown(device);
            setAdding(false);
          }}
        />
      )}
      {shown && <CredentialsCard device={shown} user={user.id} />}
      {devices.data.length === 0 && !adding && (
        <Empty title={t("device.none")} action={add}>
          {t("device.noneText", { name })}
        </Empty>
      )}
      <Stack gap="sm" component="ul" className="plain" p={0} m={0}>
        {devices.data.map((device) => (
          <DeviceCard key={device.id} device={device} onAsk={(what) => setAsked({ what, device })} />
        ))}
      </Stack>
      {asked?.what === "renew" && <Renew device={asked.device} onClose={close} onDone={setShown} />}
      {asked?.what === "delete" && <Delete device={asked.device} name={name} last={devices.data.length === 1} onClose={close} />}
      {asked?.what === "rename" && <Rename device={asked.device} onClose={close} />}
    </Stack>
  );
}

function DeviceCard({ device, onAsk }: { device: Device; onAsk: (what: Asked["what"]) => void }) {
  const { t, i18n } = useTranslation("users");
  const { presence } = device;
  return (
    <Card component="li" withBorder padding="md">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Group gap="md" wrap="nowrap" align="flex-start">
          <IconDeviceLandlinePhone size={24} aria-hidden="true" className="beside" />
          <Box miw={0}>
            <Text fw={600} className="anywhere">
              {device.label}
            </Text>
            <Group gap={6} wrap="nowrap">
              {presence ? <IconCircleCheckFilled size={16} color="var(--rw-good)" aria-hidden="true" /> : <IconCircleDashed size={16} color="var(--mantine-color-dimmed)" aria-hidden="true" />}
              <Text size="sm" c={presence ? "var(--rw-good)" : "dimmed"} className="anywhere">
                {presence
                  ? t("device.registered", { since: said(presence.since, i18n.language), agent: presence.userAgent || device.sipId })
                  : t(device.firstRegisteredAt ? "device.notRegistered" : "device.neverRegistered")}
              </Text>
            </Group>
            <Group gap={6} mt={4}>
              <Text size="sm" c="dimmed">
                {t("device.sipId")}
              </Text>
              <Copyable value={device.sipId} label={t("device.sipId")} />
            </Group>
          </Box>
        </Group>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("device.menu", { label: device.label })}>
              <IconDots size={20} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => onAsk("rename")}>
              {t("device.rename")}
            </Menu.Item>
            <Menu.Item leftSection={<IconKey size={16} />} onClick={() => onAsk("renew")}>
              {t("device.renew")}
            </Menu.Item>
            <Menu.Item c="var(--rw-danger)" leftSection={<IconTrash size={16} />} onClick={() => onAsk("delete")}>
              {t("device.delete")}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
    </Card>
  );
}

export function AddDevice({ user, onDone, onClose }: { user: User; onDone: (device: DeviceWithCredentials) => void; onClose: () => void }) {
  const { t } = useTranslation(["users", "app"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const [once, setOnce] = useState(onceKey);
  const form = useForm({ initialValues: { label: user.devices.length ? "" : t("new.phoneLabelValue") } });
  const refuse = useRefusal(form);
  const add = useMutation({
    mutationFn: (label: string) => unwrap(api.POST("/v1/users/{user}/devices", { params: { path: { user: user.id } }, headers: once, body: { kind: "voip", label } })),
    onSuccess: async (device) => {
      setOnce(onceKey());
      onDone(device);
      await queries.invalidateQueries({ queryKey: ["users"] });
    },
    onError: refuse,
  });
  return (
    <Card withBorder padding="md">
      <form noValidate onSubmit={form.onSubmit(({ label }) => add.mutate(label))}>
        <Stack gap="sm">
          {add.error && <Notice kind="failed">{words.whole(add.error)}</Notice>}
          <TextInput label={t("device.label")} description={t("device.addHint")} autoComplete="off" autoFocus {...form.getInputProps("label")} />
          <Group gap="sm">
            <Button type="submit" loading={add.isPending}>
              {t("device.addAction")}
            </Button>
            <Button variant="default" onClick={onClose}>
              {t("app:action.cancel")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}

function Renew({ device, onClose, onDone }: { device: Device; onClose: () => void; onDone: (device: DeviceWithCredentials) => void }) {
  const { t } = useTranslation("users");
  const queries = useQueryClient();
  const renew = useMutation({
    mutationFn: () => unwrap(api.POST("/v1/devices/{device}/credentials", { params: { path: { device: device.id } } })),
    onSuccess: async (made) => {
      onDone(made);
      onClose();
      await queries.invalidateQueries({ queryKey: ["users"] });
    },
  });
  return (
    <Confirm opened onClose={onClose} title={t("device.renewTitle", { label: device.label })} action={t("device.renewAction")} danger loading={renew.isPending} error={renew.error} onConfirm={() => renew.mutate()}>
      <Text>{t("device.renewText")}</Text>
    </Confirm>
  );
}

function Delete({ device, name, last, onClose }: { device: Device; name: string; last: boolean; onClose: () => void }) {
  const { t } = useTranslation("users");
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE("/v1/devices/{device}", { params: { path: { device: device.id } } })),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries();
    },
  });
  return (
    <Confirm
      opened
      onClose={onClose}
      title={t("device.deleteTitle", { label: device.label })}
      action={t("device.deleteAction", { label: device.label })}
      danger
      loading={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
    >
      <div>
        <Text mb="xs">{t("device.deleteText")}</Text>
        <List spacing={4}>
          <List.Item>{t("device.deleteSignedOut")}</List.Item>
          <List.Item>{t("device.deleteSteps", { name })}</List.Item>
          {last && <List.Item>{t("device.deleteLast", { name })}</List.Item>}
        </List>
      </div>
    </Confirm>
  );
}

function Rename({ device, onClose }: { device: Device; onClose: () => void }) {
  const { t } = useTranslation(["users", "app"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const form = useForm({ initialValues: { label: device.label } });
  const refuse = useRefusal(form);
  const path = { device: device.id };
  const rename = useMutation({
    mutationFn: async (label: string) => {
      const { version } = await unwrapTagged(api.GET("/v1/devices/{device}", { params: { path } }));
      return unwrap(api.PATCH("/v1/devices/{device}", { params: { path, header: { "if-match": version } }, body: { label } }));
    },
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries();
    },
    onError: refuse,
  });
  return (
    <Modal opened onClose={onClose} title={t("device.rename")} closeButtonProps={{ "aria-label": t("app:action.close") }}>
      <form noValidate onSubmit={form.onSubmit(({ label }) => rename.mutate(label))}>
        <Stack>
          {rename.error && <Notice kind="failed">{words.whole(rename.error)}</Notice>}
          <TextInput label={t("device.label")} data-autofocus autoComplete="off" {...form.getInputProps("label")} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("app:action.cancel")}
            </Button>
            <Button type="submit" loading={rename.isPending}>
              {t("app:action.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
