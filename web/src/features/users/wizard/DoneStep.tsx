import { Button, Code, Group, Paper, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { mailQuery } from "../../../api/account";
import { api } from "../../../api/client";
import { unwrap } from "../../../api/problem";
import type { User } from "../../../api/types";
import { useProblemWords } from "../../../i18n/problem";
import { Copyable } from "../../../ui/Copyable";
import { ButtonLink, TextLink } from "../../../ui/links";
import { exact } from "../../../ui/moment";
import { Notice } from "../../../ui/Notice";
import { Loading } from "../../../ui/States";
import { Waiting } from "../../devices/CredentialsCard";
import { mendAt, toMend, useFindingWords } from "../findings";

export function DoneStep({ user }: { user: User }) {
  const { t } = useTranslation("users");
  const words = useFindingWords();
  const missing = toMend(user.findings);
  const stops = (severity: string) => missing.some((finding) => finding.severity === severity);
  const works = missing.every(({ severity }) => severity === "advice");
  const list = missing.length > 0 && (
    <Stack gap={4} component="ul" className="plain" p={0} m={0} mt={4}>
      {missing.map((finding) => (
        <li key={finding.code}>
          <TextLink to="/users/$user" params={{ user: user.id }} search={mendAt(finding.code)} size="sm">
            {words.what(finding, user)}
          </TextLink>
        </li>
      ))}
    </Stack>
  );
  const waiting = user.devices.find(({ online }) => !online);
  return (
    <Stack gap="lg" maw={560}>
      {works ? (
        <Notice kind="good">
          {t("new.doneComplete", { name: user.name })} {missing.length > 0 && t("new.doneAdvice")}
          {list}
        </Notice>
      ) : (
        <Notice kind="needsYou" title={t(stops("stopsCalls") ? "new.doneIncomplete" : "new.doneInside", { name: user.name })}>
          {list}
        </Notice>
      )}
      {waiting && missing.some(({ code }) => code === "phoneNeverRegistered") && <Waiting device={waiting} user={user.id} />}
      <Invitation user={user} />
      <Group>
        <ButtonLink to="/users/$user" params={{ user: user.id }} search={{}}>
          {t("new.open", { name: user.name })}
        </ButtonLink>
        <ButtonLink to="/users/new" search={{}} variant="default" reloadDocument>
          {t("new.another")}
        </ButtonLink>
      </Group>
    </Stack>
  );
}

/** Where the invitation is: in a mailbox, in a folder on the server, or nowhere yet. A link is always to be had. */
function Invitation({ user }: { user: User }) {
  const { t, i18n } = useTranslation("wizard");
  const problem = useProblemWords();
  const { data: mail, isPending } = useQuery(mailQuery);
  const invite = useMutation({ mutationFn: () => unwrap(api.POST("/v1/users/{user}/invitation", { params: { path: { user: user.id } } })) });
  const { name } = user;
  const email = user.email ?? "";
  const folder = mail?.delivery === "folder";
  const link = (
    <>
      {invite.error && <Notice kind="failed">{problem.whole(invite.error)}</Notice>}
      {invite.data ? (
        <>
          <Text size="sm">{t("invitation.shown", { name, until: exact(invite.data.expiresAt, i18n.language) })}</Text>
          <Copyable value={invite.data.url ?? `${window.location.origin}/link#${invite.data.token}`} label={t("invitation.copy")} />
        </>
      ) : (
        <Group gap="sm">
          <Button size="xs" variant={folder ? "filled" : "default"} loading={invite.isPending} onClick={() => invite.mutate()}>
            {t(folder ? "invitation.show" : "invitation.again")}
          </Button>
        </Group>
      )}
    </>
  );
  return (
    <Paper withBorder p="md" component="section" aria-label={t("invitation.title")}>
      <Stack gap="xs">
        <Text fw={600}>{t("invitation.title")}</Text>
        {user.hasPassword ? (
          <Text size="sm">{t("invitation.has", { name })}</Text>
        ) : !user.email ? (
          <Text size="sm">
            {t("invitation.noEmail", { name })}{" "}
            <TextLink to="/users/$user" params={{ user: user.id }} search={{ tab: "settings" }} inherit>
              {t("invitation.addEmail")}
            </TextLink>
          </Text>
        ) : isPending ? (
          <Loading rows={1} />
        ) : folder ? (
          <>
            <Text size="sm" className="anywhere">
              {t("invitation.folder", { folder: mail.folder ?? "" })}
            </Text>
            <Code block>{`[mail]\n${t("invitation.folderExample")}`}</Code>
            {!invite.data && <Text size="sm">{t("invitation.link")}</Text>}
            {link}
          </>
        ) : (
          <>
            <Text size="sm" className="anywhere">
              {t("invitation.mailed", { name, email })}
            </Text>
            {!invite.data && (
              <Text size="sm" c="dimmed">
                {t("invitation.hint")}
              </Text>
            )}
            {link}
          </>
        )}
      </Stack>
    </Paper>
  );
}
