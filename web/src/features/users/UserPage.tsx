import { ActionIcon, Anchor, Avatar, Badge, Box, Group, Menu, Stack, Tabs, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconArrowLeft, IconDots, IconLock, IconLockOpen, IconShieldCheck, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { unwrap } from "../../api/problem";
import { routingQuery, userQuery } from "../../api/queries";
import type { User } from "../../api/types";
import { type Edit, type Tab, tabs } from "../../app/search";
import { meQuery } from "../../app/session";
import { useProblemWords } from "../../i18n/problem";
import { TextLink } from "../../ui/links";
import { Notice } from "../../ui/Notice";
import { PresenceMark } from "../../ui/PresenceMark";
import { LoadFailed, Loading } from "../../ui/States";
import { useExplain } from "../routing/explain";
import { RoutingTab } from "../routing/RoutingTab";
import { BlockUser, DeleteUser } from "./dangers";
import { DevicesTab } from "../devices/DevicesTab";
import { mendAt, toMend, useFindingWords, useUserName } from "./findings";
import { PermissionsTab } from "./PermissionsTab";
import { SettingsTab } from "./settings/SettingsTab";

/** What else is to be mended is shown on request. */
const MOST_FINDINGS = 4;

/** A user, as an administrator sees him. */
export function UserPage() {
  const { user } = useParams({ from: "/inside/account/users/$user" });
  const search = useSearch({ from: "/inside/account/users/$user" });
  const navigate = useNavigate({ from: "/users/$user" });
  return <Person id={user} tab={search.tab ?? "routing"} edit={search.edit} onTab={(tab) => void navigate({ search: { tab }, replace: true })} />;
}

/** My Telephony: the same page for oneself. */
export function OwnPage() {
  const { data: me } = useSuspenseQuery(meQuery);
  const search = useSearch({ from: "/inside/telephony" });
  const navigate = useNavigate({ from: "/telephony" });
  if (!me) return null;
  return <Person id={me.user.id} own tab={search.tab ?? "routing"} edit={search.edit} onTab={(tab) => void navigate({ search: { tab }, replace: true })} />;
}

function Person({ id, own = false, tab, edit, onTab }: { id: string; own?: boolean; tab: Tab; edit?: Edit; onTab: (tab: Tab) => void }) {
  const { t } = useTranslation(["users", "app"]);
  const { data: me } = useSuspenseQuery(meQuery);
  const loaded = useQuery(userQuery(id));
  // Both at once, and nothing is shown before: a sentence that comes later would push the rest down.
  const routing = useQuery(routingQuery(id));
  const name = useUserName()(loaded.data?.data ?? { name: "" });
  useDocumentTitle(`${loaded.data ? name : t("title")} · Ringwerk`);
  const user = loaded.data?.data;
  const administrator = me?.user.role === "administrator";
  const shown = tabs.filter((each) => !own || each === "routing" || each === "devices");
  return (
    <Box maw={1120} mx="auto">
      {!own && (
        <TextLink to="/users" search={{}} size="sm" mb="sm" display="inline-flex" className="back">
          <IconArrowLeft size={16} aria-hidden="true" />
          {t("app:navigation.back", { page: t("title") })}
        </TextLink>
      )}
      {loaded.error && !user && <LoadFailed error={loaded.error} again={() => void loaded.refetch()} />}
      {(loaded.isPending || routing.isPending) && <Loading rows={6} />}
      {user && loaded.data && !routing.isPending && (
        <Stack gap="lg">
          <Header user={user} own={own} administrator={administrator} />
          <Tabs value={tab} onChange={(value) => onTab(value as Tab)} keepMounted={false}>
            <Tabs.List aria-label={t("tab.label")} className="tab-list">
              {shown.map((each) => (
                <Tabs.Tab key={each} value={each}>
                  {t(`tab.${each}`)}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <Tabs.Panel value="routing" pt="lg">
              <RoutingTab user={user} administrator={administrator} wish={edit === "phone" ? undefined : edit} onWished={() => onTab("routing")} />
            </Tabs.Panel>
            <Tabs.Panel value="devices" pt="lg">
              <DevicesTab user={user} wish={edit === "phone"} onWished={() => onTab("devices")} />
            </Tabs.Panel>
            <Tabs.Panel value="permissions" pt="lg">
              <PermissionsTab user={user} />
            </Tabs.Panel>
            <Tabs.Panel value="settings" pt="lg">
              <SettingsTab user={user} version={loaded.data.version} own={own || user.id === me?.user.id} administrator={administrator} />
            </Tabs.Panel>
          </Tabs>
        </Stack>
      )}
    </Box>
  );
}

function Header({ user, own, administrator }: { user: User; own: boolean; administrator: boolean }) {
  const { t } = useTranslation("users");
  const name = useUserName()(user);
  const explain = useExplain();
  const routing = useQuery(routingQuery(user.id));
  const words = useFindingWords();
  const [all, setAll] = useState(false);
  const missing = toMend(user.findings).filter(({ code }) => code !== "blocked");
  return (
    <Stack gap="sm">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Group gap="md" wrap="nowrap" align="flex-start">
          <Avatar name={user.name.trim() || undefined} color="signal" size={52} aria-hidden="true" />
          <Box miw={0}>
            <Group gap="sm">
              <Title order={1} fz={26} className="anywhere">
                {name}
              </Title>
              {user.role === "administrator" && (
                <Badge variant="light" tt="none" radius="sm" size="lg" leftSection={<IconShieldCheck size={14} aria-hidden="true" />}>
                  {t("administrator")}
                </Badge>
              )}
            </Group>
            <PresenceMark presence={user.blocked ? "blocked" : user.presence} />
          </Box>
        </Group>
        {administrator && !own && <Dots user={user} name={name} />}
      </Group>
      {user.blocked && <Notice kind="needsYou">{t("block.done", { name })}</Notice>}
      <Text maw={820} mih={50} className="anywhere">
        {routing.data && explain(routing.data.data)}
      </Text>
      {missing.length > 0 && (
        <Box component="ul" px="md" py={10} m={0} className="needs-you plain mends">
          {(all ? missing : missing.slice(0, MOST_FINDINGS)).map((finding, position) => (
            <Text key={position} size="sm" component="li" className="anywhere">
              {words.what(finding, user)}.{" "}
              {(administrator || mendAt(finding.code).tab === "devices") && words.mend(finding.code) && (
                <Mend user={user} own={own} code={finding.code}>
                  {words.mend(finding.code)}
                </Mend>
              )}
            </Text>
          ))}
          {!all && missing.length > MOST_FINDINGS && (
            <li>
              <Anchor component="button" type="button" size="sm" fw={600} onClick={() => setAll(true)}>
                {t("moreFindings", { count: missing.length - MOST_FINDINGS })}
              </Anchor>
            </li>
          )}
        </Box>
      )}
    </Stack>
  );
}

function Mend({ user, own, code, children }: { user: User; own: boolean; code: string; children: string }) {
  const search = mendAt(code);
  if (own) {
    return (
      <TextLink to="/telephony" search={search} inherit fw={600}>
        {children}
      </TextLink>
    );
  }
  return (
    <TextLink to="/users/$user" params={{ user: user.id }} search={search} inherit fw={600}>
      {children}
    </TextLink>
  );
}

function Dots({ user, name }: { user: User; name: string }) {
  const { t } = useTranslation("users");
  const problem = useProblemWords();
  const queries = useQueryClient();
  const [asked, setAsked] = useState<"block" | "delete">();
  const unblock = useMutation({
    mutationFn: () => unwrap(api.POST("/v1/users/{user}/unblock", { params: { path: { user: user.id } } })),
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <>
      <Menu position="bottom-end" width={200}>
        <Menu.Target>
          <ActionIcon variant="default" size="lg" aria-label={t("menu.label", { name })}>
            <IconDots size={20} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {user.blocked ? (
            <Menu.Item leftSection={<IconLockOpen size={16} />} onClick={() => unblock.mutate()}>
              {t("menu.unblock")}
            </Menu.Item>
          ) : (
            <Menu.Item leftSection={<IconLock size={16} />} onClick={() => setAsked("block")}>
              {t("menu.block")}
            </Menu.Item>
          )}
          <Menu.Item c="var(--rw-danger)" leftSection={<IconTrash size={16} />} onClick={() => setAsked("delete")}>
            {t("menu.delete")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {unblock.error && <Notice kind="failed">{problem.whole(unblock.error)}</Notice>}
      <BlockUser user={user} name={name} opened={asked === "block"} onClose={() => setAsked(undefined)} />
      <DeleteUser user={user} name={name} opened={asked === "delete"} onClose={() => setAsked(undefined)} />
    </>
  );
}
