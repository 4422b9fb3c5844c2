import "./words";

import { Stack, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { messagesQuery, messageTermsQuery } from "../../api/messages";
import { meQuery } from "../../app/session";
import { Notice } from "../../ui/Notice";
import { Page } from "../../ui/Page";
import { Empty, LoadFailed, Loading, LoadMore } from "../../ui/States";
import { Compose } from "./Compose";
import { MessageRow } from "./MessageRow";

/** My Telephony, Web-SMS: write one, and what became of those before. */
export function MessagesPage() {
  const { t } = useTranslation("messages");
  const { data: me } = useSuspenseQuery(meQuery);
  const terms = useQuery(messageTermsQuery);
  const list = useInfiniteQuery(messagesQuery);
  const messages = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page title={t("title")}>
      <Stack gap="xl" maw={860}>
        <Text c="dimmed">{t("intro")}</Text>
        {terms.isPending && <Loading rows={4} height={72} />}
        {terms.error && <LoadFailed error={terms.error} again={() => void terms.refetch()} />}
        {terms.data && !terms.data.allowed && (
          <Notice kind="info" title={t("notAllowed")}>
            {t("notAllowedText")}
          </Notice>
        )}
        {terms.data?.allowed && !terms.data.available && (
          <Notice kind="info" title={t("noLine")}>
            {t("noLineText")}
          </Notice>
        )}
        {terms.data?.allowed && terms.data.available && me && <Compose terms={terms.data} />}
        <section aria-label={t("list.title")}>
          <Text component="h2" fz={17} fw={600} m={0} mb="xs">
            {t("list.title")}
          </Text>
          {list.isPending && <Loading rows={3} height={72} />}
          {list.error && <LoadFailed error={list.error} again={() => void list.refetch()} />}
          {list.isSuccess && messages.length === 0 && <Empty title={t("list.none")}>{t("list.noneText")}</Empty>}
          {messages.length > 0 && (
            <Stack gap="sm" component="ul" p={0} m={0} style={{ listStyle: "none" }} aria-label={t("list.title")}>
              {messages.map((message) => (
                <MessageRow key={message.id} message={message} />
              ))}
            </Stack>
          )}
          <LoadMore more={list.hasNextPage} loading={list.isFetchingNextPage} load={() => void list.fetchNextPage()} />
        </section>
      </Stack>
    </Page>
  );
}
