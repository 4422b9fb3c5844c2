import { Badge, Box, Button, Group, Paper, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { unwrap } from "../../api/problem";
import type { Message } from "../../api/types";
import { useProblemWords } from "../../i18n/problem";
import { exact, said } from "../../ui/moment";
import { money } from "../../ui/money";
import { Notice } from "../../ui/Notice";
import { useReadable } from "../../ui/PhoneNumber";

/** One message: to whom, what, and how far it is. */
export function MessageRow({ message }: { message: Message }) {
  const { t, i18n } = useTranslation("messages");
  const readable = useReadable();
  const words = useProblemWords();
  const queries = useQueryClient();
  const withdraw = useMutation({
    mutationFn: () => unwrap(api.DELETE("/v1/messages/{message}", { params: { path: { message: message.id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ["messages"] }),
  });
  const { state } = message;
  const waits = state === "scheduled" || state === "waiting";
  const to = message.to ? readable(message.to) : t("list.notKept");
  const moment = state === "scheduled" && message.sendAt ? t("list.at", { at: exact(message.sendAt, i18n.language) }) : said(message.sentAt ?? message.createdAt, i18n.language);
  return (
    <Paper withBorder p="md" component="li">
      <Group justify="space-between" gap="xs" align="flex-start">
        <Box miw={0} flex="1 1 220px">
          <Text fw={600} className="anywhere">
            {to}
          </Text>
          <Text size="sm" c="dimmed" title={exact(message.createdAt, i18n.language)}>
            {[moment, t("list.from", { sender: message.sender.startsWith("+") ? readable(message.sender) : message.sender }), t("list.parts", { count: message.parts }), ...(message.price.minor > 0 ? [money(message.price, i18n.language)] : [])].join(" · ")}
          </Text>
        </Box>
        <Badge variant="outline" tt="none" color={state === "failed" ? "red" : "gray"}>
          {t(`state.${state}`)}
        </Badge>
      </Group>
      {/* As it was typed: lines and all, and never anything but text. */}
      {message.text !== null && (
        <Text mt="xs" className="anywhere" style={{ whiteSpace: "pre-wrap" }} dir="auto">
          {message.text}
        </Text>
      )}
      {state === "failed" && message.reason && (
        <Text size="sm" mt="xs">
          {t(`reason.${message.reason}`)}
          {message.error && <span className="quiet"> ({message.error})</span>}
        </Text>
      )}
      {state === "waiting" && message.error && (
        <Text size="sm" mt="xs">
          {t("list.again")} <span className="quiet">({message.error})</span>
        </Text>
      )}
      {withdraw.error && (
        <Box mt="xs">
          <Notice kind="failed">{words.whole(withdraw.error)}</Notice>
        </Box>
      )}
      {waits && (
        <Button mt="sm" size="xs" variant="default" loading={withdraw.isPending} onClick={() => withdraw.mutate()} aria-label={t("list.withdrawOne", { to })}>
          {t("list.withdraw")}
        </Button>
      )}
    </Paper>
  );
}
