import { Button, Group, NativeSelect, Paper, SegmentedControl, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconSend } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { unwrap } from "../../api/problem";
import type { MessageTerms } from "../../api/types";
import { useProblemWords } from "../../i18n/problem";
import { exact } from "../../ui/moment";
import { money } from "../../ui/money";
import { Notice } from "../../ui/Notice";
import { useReadable } from "../../ui/PhoneNumber";
import { useRefusal } from "../../ui/refusal";
import { count, MOST_PARTS } from "./parts";

const MINUTE = 60_000;

/** As `datetime-local` wants it, in the person's own time. */
function local(moment: Date): string {
  return new Date(moment.getTime() - moment.getTimezoneOffset() * MINUTE).toISOString().slice(0, 16);
}

const empty = { to: "", text: "", sender: "", when: "now" as "now" | "later", sendAt: "" };

export function Compose({ terms }: { terms: MessageTerms }) {
  const { t, i18n } = useTranslation("messages");
  const words = useProblemWords();
  const readable = useReadable();
  const queries = useQueryClient();
  const form = useForm({ initialValues: empty });
  const refuse = useRefusal(form);
  // One key for one message: pressed twice, or sent again after the answer was lost, it leaves once.
  const key = useRef(crypto.randomUUID());
  const [done, setDone] = useState<string>();
  const counted = count(form.values.text);
  const tooLong = counted.parts > MOST_PARTS;
  const send = useMutation({
    mutationFn: ({ to, text, sender, when, sendAt }: typeof empty) =>
      unwrap(
        api.POST("/v1/messages", {
          headers: { "idempotency-key": key.current },
          body: { to, text, ...(sender && { sender }), ...(when === "later" && { sendAt: sendAt ? new Date(sendAt).toISOString() : "" }) },
        }),
      ),
    onSuccess: async (message) => {
      key.current = crypto.randomUUID();
      setDone(message.sendAt ? t("compose.doneLater", { to: readable(message.to ?? ""), at: exact(message.sendAt, i18n.language) }) : t("compose.done", { to: readable(message.to ?? "") }));
      form.setValues({ ...empty, sender: form.values.sender });
      form.clearErrors();
      await queries.invalidateQueries({ queryKey: ["messages"] });
    },
    onError: (error) => {
      // What was refused is another message when it is sent again.
      key.current = crypto.randomUUID();
      setDone(undefined);
      refuse(error);
    },
  });
  const days = terms.mostDaysAhead;
  const [[soonest, latest]] = useState(() => [local(new Date()), local(new Date(Date.now() + days * 24 * 60 * MINUTE))] as const);
  const cost = terms.price.minor > 0 ? money({ ...terms.price, minor: terms.price.minor * counted.parts }, i18n.language) : undefined;
  return (
    <Paper withBorder p="md" component="section" aria-label={t("compose.title")}>
      <form noValidate onSubmit={form.onSubmit((values) => send.mutate(values))}>
        <Stack gap="md">
          {send.error && <Notice kind="failed">{words.whole(send.error)}</Notice>}
          {done && !send.isPending && !send.error && <Notice kind="good">{done}</Notice>}
          <TextInput label={t("compose.to")} description={t("compose.toHint")} type="tel" inputMode="tel" autoComplete="off" maw={360} {...form.getInputProps("to")} />
          <div>
            <Textarea
              label={t("compose.text")}
              autosize
              minRows={4}
              maxRows={14}
              {...form.getInputProps("text")}
              error={form.errors.text ?? (tooLong ? t("compose.tooLong", { most: MOST_PARTS }) : undefined)}
            />
            <Group justify="space-between" gap="xs" mt={4}>
              <Text size="sm" c="dimmed" role="status" aria-live="polite">
                {t("compose.counter", { count: counted.parts, left: counted.left })}
                {cost && counted.parts > 0 && ` · ${cost}`}
              </Text>
              {counted.special && counted.parts > 0 && (
                <Text size="sm" c="dimmed">
                  {t("compose.special", { character: counted.special })}
                </Text>
              )}
            </Group>
          </div>
          <NativeSelect
            label={t("compose.sender")}
            description={t("compose.senderHint")}
            maw={360}
            data={[{ value: "", label: t("compose.senderText", { sender: terms.defaultSender }) }, ...terms.numbers.map((number) => ({ value: number, label: readable(number) }))]}
            {...form.getInputProps("sender")}
          />
          <Group align="flex-end" gap="md">
            <SegmentedControl
              aria-label={t("compose.when")}
              data={(["now", "later"] as const).map((value) => ({ value, label: t(`compose.${value}`) }))}
              value={form.values.when}
              onChange={(when) => {
                form.setFieldValue("when", when as "now" | "later");
                if (when === "later" && !form.values.sendAt) form.setFieldValue("sendAt", local(new Date(Date.now() + 60 * MINUTE)));
              }}
            />
            {form.values.when === "later" && (
              <TextInput
                type="datetime-local"
                label={t("compose.sendAt")}
                description={t("compose.sendAtHint", { days })}
                min={soonest}
                max={latest}
                {...form.getInputProps("sendAt")}
              />
            )}
          </Group>
          <Group>
            <Button type="submit" loading={send.isPending} disabled={tooLong} leftSection={<IconSend size={18} aria-hidden="true" />}>
              {t(form.values.when === "later" ? "compose.schedule" : "compose.send")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
