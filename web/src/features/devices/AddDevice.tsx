import { Box, Button, Group, Radio, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconDeviceLandlinePhone, IconDeviceMobile, IconPhoneOutgoing } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, onceKey } from "../../api/client";
import { unwrap } from "../../api/problem";
import type { AddedDevice, User } from "../../api/types";
import { useProblemWords } from "../../i18n/problem";
import { Notice } from "../../ui/Notice";
import { oneStop } from "../../ui/oneStop";
import { useReadable } from "../../ui/PhoneNumber";
import { useRefusal } from "../../ui/refusal";
import { CredentialsCard } from "./CredentialsCard";
import { type Kind, kinds, priceQuery } from "./model";
import { PriceLine } from "./PriceLine";
import "./words";

export const kindIcons = { voip: IconDeviceLandlinePhone, mobile: IconDeviceMobile, external: IconPhoneOutgoing };

/** Add New Device: which kind, what it is called, what it costs; then the access data, once. */
export function AddDevice({ user, onAdded, onClose }: { user: User; onAdded?: (device: AddedDevice) => void; onClose: () => void }) {
  const { t } = useTranslation(["devices", "app"]);
  const words = useProblemWords();
  const readable = useReadable();
  const queries = useQueryClient();
  const price = useQuery(priceQuery(user.id));
  const [kind, setKind] = useState<Kind>("voip");
  const [once, setOnce] = useState(onceKey);
  const [made, setMade] = useState<AddedDevice>();
  const form = useForm({ initialValues: { label: "", number: "" } });
  const refuse = useRefusal(form);
  const add = useMutation({
    mutationFn: ({ label, number }: typeof form.values) =>
      unwrap(
        api.POST("/v1/users/{user}/devices", {
          params: { path: { user: user.id } },
          headers: once,
          body: { kind, label: label.trim() || t(`kind.${kind}.label`), ...(kind === "voip" ? {} : { number }) },
        }),
      ),
    onSuccess: async (device) => {
      setOnce(onceKey());
      setMade(device);
      onAdded?.(device);
      await queries.invalidateQueries();
    },
    onError: refuse,
  });

  const stop = oneStop(kinds, kind);
  if (made) {
    return (
      <Stack gap="md">
        {made.credentials ? (
          <CredentialsCard device={{ ...made, credentials: made.credentials }} user={user.id} />
        ) : (
          <Notice kind="good" title={t("added", { label: made.label })}>
            {t("addedNumber", { number: readable(made.number ?? "") })}
          </Notice>
        )}
        <Group justify="flex-end">
          <Button variant={made.credentials ? "default" : "filled"} onClick={onClose}>
            {t("app:action.done")}
          </Button>
        </Group>
      </Stack>
    );
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.stopPropagation();
        form.onSubmit((values) => {
          const fault = kind === "voip" ? undefined : numberFault(values.number);
          if (fault) {
            form.setErrors({ number: t(`number.${fault}`) });
            form.getInputNode("number")?.focus();
          } else add.mutate(values);
        })(event);
      }}
    >
      <Stack gap="md">
        {add.error && <Notice kind="failed">{words.whole(add.error)}</Notice>}
        <Radio.Group label={t("kind.question")} value={kind} onChange={(value) => setKind(value as Kind)}>
          <Stack gap={6} mt={6}>
            {kinds.map((each) => {
              const Icon = kindIcons[each];
              return (
                <Radio.Card key={each} value={each} tabIndex={stop(each)} className="choice">
                  <Group gap="sm" wrap="nowrap" align="flex-start">
                    <Radio.Indicator mt={2} />
                    <Icon size={22} aria-hidden="true" className="beside" />
                    <Box miw={0}>
                      <Text size="sm" fw={600}>
                        {t(`kind.${each}.name`)}
                      </Text>
                      <Text size="sm" c="dimmed">
                        {t(`kind.${each}.sentence`)}
                      </Text>
                    </Box>
                  </Group>
                </Radio.Card>
              );
            })}
          </Stack>
        </Radio.Group>
        <TextInput label={t("label")} placeholder={t(`kind.${kind}.label`)} description={t("labelHint")} autoComplete="off" maxLength={60} autoFocus data-autofocus {...form.getInputProps("label")} />
        {kind !== "voip" && (
          <TextInput label={t("number.label")} description={t(`number.hint.${kind}`)} inputMode="tel" autoComplete="off" maxLength={40} {...form.getInputProps("number")} />
        )}
        <PriceLine price={price.data} />
        <Group gap="sm" justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("app:action.cancel")}
          </Button>
          <Button type="submit" loading={add.isPending}>
            {t(price.data?.next ? "addForFee" : "addAction")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** What is wrong with a number, as exactly as can be said without the numbering plan. */
export function numberFault(written: string): "empty" | "letters" | "emergency" | "short" | "long" | undefined {
  const digits = written.replaceAll(/\D/g, "");
  if (!written.trim()) return "empty";
  if (/[^\d\s()+/.-]/.test(written)) return "letters";
  if (/^(110|112|999|911)$/.test(digits)) return "emergency";
  if (digits.length < 6) return "short";
  return digits.length > 17 ? "long" : undefined;
}
