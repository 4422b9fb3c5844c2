/** Renew, rename, delete: each says first what it does. */
import { Button, Group, List, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { unwrap, unwrapTagged } from "../../api/problem";
import type { Device, DeviceWithCredentials } from "../../api/types";
import { useProblemWords } from "../../i18n/problem";
import { Modal } from "../../ui/Dialog";
import { Confirm } from "../../ui/Confirm";
import { money } from "../../ui/money";
import { Notice } from "../../ui/Notice";
import { useReadable } from "../../ui/PhoneNumber";
import { useRefusal } from "../../ui/refusal";
import { numberFault } from "./AddDevice";
import "./words";

export function Renew({ device, onClose, onDone }: { device: Device; onClose: () => void; onDone: (device: DeviceWithCredentials) => void }) {
  const { t } = useTranslation("devices");
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
    <Confirm opened onClose={onClose} title={t("renew.title", { label: device.label })} action={t("renew.action")} danger loading={renew.isPending} error={renew.error} onConfirm={() => renew.mutate()}>
      <Text>{t("renew.text")}</Text>
    </Confirm>
  );
}

export function Delete({ device, name, last, onClose }: { device: Device; name: string; last: boolean; onClose: () => void }) {
  const { t, i18n } = useTranslation("devices");
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
      title={t("delete.title", { label: device.label })}
      action={t("delete.action", { label: device.label })}
      danger
      loading={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
    >
      <div>
        <Text mb="xs">{t("delete.text")}</Text>
        <List spacing={4}>
          {device.kind === "voip" && <List.Item>{t("delete.signedOut")}</List.Item>}
          <List.Item>{t("delete.steps", { name })}</List.Item>
          {device.fee && <List.Item>{t("delete.fee", { monthly: money(device.fee, i18n.language) })}</List.Item>}
          {last && <List.Item>{t("delete.last", { name })}</List.Item>}
        </List>
      </div>
    </Confirm>
  );
}

export function Change({ device, onClose }: { device: Device; onClose: () => void }) {
  const { t } = useTranslation(["devices", "app"]);
  const words = useProblemWords();
  const readable = useReadable();
  const queries = useQueryClient();
  const numbered = device.kind !== "voip";
  const form = useForm({ initialValues: { label: device.label, number: numbered ? readable(device.number ?? "") : "" } });
  const refuse = useRefusal(form);
  const path = { device: device.id };
  const change = useMutation({
    mutationFn: async ({ label, number }: typeof form.values) => {
      const { version } = await unwrapTagged(api.GET("/v1/devices/{device}", { params: { path } }));
      return unwrap(api.PATCH("/v1/devices/{device}", { params: { path, header: { "if-match": version } }, body: { label, ...(numbered ? { number } : {}) } }));
    },
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries();
    },
    onError: refuse,
  });
  return (
    <Modal opened onClose={onClose} title={t(numbered ? "change.numbered" : "change.label")} closeButtonProps={{ "aria-label": t("app:action.close") }}>
      <form
        noValidate
        onSubmit={form.onSubmit((values) => {
          const fault = numbered ? numberFault(values.number) : undefined;
          if (fault) form.setErrors({ number: t(`number.${fault}`) });
          else change.mutate(values);
        })}
      >
        <Stack>
          {change.error && <Notice kind="failed">{words.whole(change.error)}</Notice>}
          <TextInput label={t("label")} data-autofocus autoComplete="off" maxLength={60} {...form.getInputProps("label")} />
          {numbered && <TextInput label={t("number.label")} inputMode="tel" autoComplete="off" maxLength={40} {...form.getInputProps("number")} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("app:action.cancel")}
            </Button>
            <Button type="submit" loading={change.isPending}>
              {t("app:action.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
