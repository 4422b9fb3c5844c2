import { Box, Radio, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, onceKey } from "../../../api/client";
import { unwrap } from "../../../api/problem";
import { devicesQuery } from "../../../api/queries";
import type { AddedDevice, User } from "../../../api/types";
import { useProblemWords } from "../../../i18n/problem";
import { Notice } from "../../../ui/Notice";
import { oneStop } from "../../../ui/oneStop";
import { useReadable } from "../../../ui/PhoneNumber";
import { useRefusal } from "../../../ui/refusal";
import { Choice } from "../../routing/NumberPicker";
import { kindIcons, numberFault } from "../../devices/AddDevice";
import { CredentialsCard, Waiting } from "../../devices/CredentialsCard";
import { type Kind, kinds, priceQuery } from "../../devices/model";
import { PriceLine } from "../../devices/PriceLine";
import type { Choices } from "./choices";
import { Ways } from "./Ways";

export function PhoneStep({
  user,
  choices,
  choose,
  made,
  onMade,
  back,
  next,
  later,
}: {
  user: User;
  choices: Choices;
  choose: (part: Partial<Choices>) => void;
  made: AddedDevice | undefined;
  onMade: (device: AddedDevice) => void;
  back: () => void;
  next: () => void;
  later: () => void;
}) {
  const { t } = useTranslation(["users", "app", "devices"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const devices = useQuery(devicesQuery(user.id, 2_000));
  const price = useQuery(priceQuery(user.id));
  const readable = useReadable();
  const { kind } = choices;
  const proposed = kind === "later" ? "" : t(`devices:kind.${kind}.label`);
  const form = useForm({
    initialValues: { label: choices.label ?? "", number: choices.phoneNumber },
    onValuesChange: ({ label, number }) => choose({ label: label || undefined, phoneNumber: number }),
  });
  const refuse = useRefusal(form);
  const [once, setOnce] = useState(onceKey);
  const add = useMutation({
    mutationFn: (wanted: Kind) =>
      unwrap(
        api.POST("/v1/users/{user}/devices", {
          params: { path: { user: user.id } },
          headers: once,
          body: { kind: wanted, label: form.values.label.trim() || proposed, number: wanted === "voip" ? undefined : form.values.number },
        }),
      ),
    onSuccess: async (device) => {
      onMade(device);
      setOnce(onceKey());
      await queries.invalidateQueries({ queryKey: ["users"] });
    },
    onError: refuse,
  });
  const stop = oneStop([...kinds, "later"], kind);
  const present = devices.data?.[0];
  if (made) {
    return (
      <Box maw={560}>
        {made.credentials ? <CredentialsCard device={{ ...made, credentials: made.credentials, setupCode: made.setupCode ?? undefined }} user={user.id} /> : <Notice kind="good" title={t("devices:added", { label: made.label })}>
            {t("devices:addedNumber", { number: readable(made.number ?? "") })}
          </Notice>}
        <Ways back={back} next={next} later={later} label={t("app:action.next")} />
      </Box>
    );
  }
  if (present) {
    return (
      <Box maw={560}>
        <Text>{t("new.phoneHas", { name: user.name })}</Text>
        <Text fw={600} className="anywhere">
          {present.label}
        </Text>
        {present.kind === "voip" && <Waiting device={present} user={user.id} />}
        <Ways back={back} next={next} later={later} label={t("app:action.next")} />
      </Box>
    );
  }
  return (
    <form
      noValidate
      onSubmit={form.onSubmit(({ number }) => {
        if (kind === "later") return next();
        const fault = kind === "voip" ? undefined : numberFault(number);
        if (!fault) return add.mutate(kind);
        form.setErrors({ number: t(`devices:number.${fault}`) });
        form.getInputNode("number")?.focus();
      })}
    >
      <Stack gap="md" maw={560}>
        {add.error && <Notice kind="failed">{words.whole(add.error)}</Notice>}
        <Radio.Group value={kind} onChange={(value) => choose({ kind: value as Choices["kind"] })} aria-label={t("new.phone")}>
          <Stack gap="sm">
            {kinds.map((each) => {
              const Icon = kindIcons[each];
              return (
                <Radio.Card key={each} value={each} tabIndex={stop(each)} className="choice">
                  <Choice label={t(`devices:kind.${each}.name`)} icon={<Icon size={20} aria-hidden="true" />} />
                  <Text size="sm" c="dimmed" mt={4}>
                    {t(`devices:kind.${each}.sentence`)}
                  </Text>
                </Radio.Card>
              );
            })}
            <Radio.Card value="later" tabIndex={stop("later")} className="choice">
              <Choice label={t("new.phoneLater")} />
              <Text size="sm" c="dimmed" mt={4}>
                {t("new.phoneLaterHint", { name: user.name })}
              </Text>
            </Radio.Card>
          </Stack>
        </Radio.Group>
        {kind !== "later" && (
          <>
            <TextInput label={t("devices:label")} placeholder={proposed} maw={320} autoComplete="off" {...form.getInputProps("label")} />
            {kind !== "voip" && <TextInput label={t("devices:number.label")} description={t(`devices:number.hint.${kind}`)} maw={320} inputMode="tel" autoComplete="off" {...form.getInputProps("number")} />}
            <PriceLine price={price.data} />
          </>
        )}
      </Stack>
      <Ways back={back} later={later} label={t(kind === "later" ? "app:action.next" : price.data?.next ? "devices:addForFee" : "devices:addAction")} loading={add.isPending} />
    </form>
  );
}
