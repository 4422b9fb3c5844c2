import { Badge, Button, Card, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { unwrap } from "../../api/problem";
import { sessionsQuery } from "../../api/queries";
import { meKey } from "../../app/session";
import { Confirm } from "../../ui/Confirm";
import { said } from "../../ui/moment";
import { Page } from "../../ui/Page";
import { LoadFailed, Loading } from "../../ui/States";
import { browserName } from "./browserName";

/** Where one is signed in. */
export function SessionsPage() {
  const { t, i18n } = useTranslation("records");
  const queries = useQueryClient();
  const sessions = useQuery(sessionsQuery);
  /** What is asked about: one session by its id, or all of them. */
  const [asked, setAsked] = useState<string>();
  const end = useMutation({
    mutationFn: (session: string) => unwrap(api.DELETE("/v1/sessions/{session}", { params: { path: { session } } })),
    onSuccess: () => {
      setAsked(undefined);
      return queries.invalidateQueries({ queryKey: ["sessions"] });
    },
  });
  const everywhere = useMutation({ mutationFn: () => unwrap(api.DELETE("/v1/sessions")), onSuccess: () => queries.setQueryData(meKey, null) });
  const one = sessions.data?.find(({ id }) => id === asked);
  return (
    <Page
      title={t("sessions.title")}
      action={
        <Button variant="default" onClick={() => setAsked("all")}>
          {t("sessions.everywhere")}
        </Button>
      }
    >
      <Stack gap="md" maw={720}>
        <Text c="dimmed">{t("sessions.intro")}</Text>
        {sessions.isPending && <Loading rows={2} height={80} />}
        {sessions.error && <LoadFailed error={sessions.error} again={() => void sessions.refetch()} />}
        <Stack gap="sm" component="ul" className="plain" p={0} m={0}>
          {sessions.data?.map((session) => {
            const name = browserName(session.userAgent);
            return (
              <Card key={session.id} component="li" withBorder padding="md">
                <Group justify="space-between" wrap="nowrap">
                  <div>
                    <Group gap="sm">
                      <Text fw={600}>{name}</Text>
                      {session.current && (
                        <Badge variant="light" tt="none" radius="sm">
                          {t("sessions.this")}
                        </Badge>
                      )}
                    </Group>
                    <Text size="sm" c="dimmed">
                      {t("sessions.since", { since: said(session.createdAt, i18n.language), last: said(session.lastSeenAt, i18n.language), address: session.address })}
                    </Text>
                  </div>
                  {!session.current && (
                    <Button variant="default" size="sm" aria-label={t("sessions.endOne", { name })} onClick={() => setAsked(session.id)}>
                      {t("sessions.end")}
                    </Button>
                  )}
                </Group>
              </Card>
            );
          })}
        </Stack>
      </Stack>
      <Confirm
        opened={asked === "all"}
        onClose={() => setAsked(undefined)}
        title={t("sessions.everywhereTitle")}
        action={t("sessions.everywhere")}
        danger
        loading={everywhere.isPending}
        error={everywhere.error}
        onConfirm={() => everywhere.mutate()}
      >
        <Text>{t("sessions.everywhereText", { count: sessions.data?.length ?? 1 })}</Text>
      </Confirm>
      <Confirm
        opened={one !== undefined}
        onClose={() => setAsked(undefined)}
        title={t("sessions.endTitle", { name: browserName(one?.userAgent ?? "") })}
        action={t("sessions.end")}
        danger
        loading={end.isPending}
        error={end.error}
        onConfirm={() => one && end.mutate(one.id)}
      >
        <Text>{t("sessions.endText")}</Text>
      </Confirm>
    </Page>
  );
}
