import { ActionIcon, AppShell, Avatar, Box, Burger, Group, Menu, NavLink, ScrollArea, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAddressBook, IconAdjustments, IconBuilding, IconDeviceLandlinePhone, IconDeviceLaptop, IconHash, IconHistory, IconListDetails, IconLogout, IconMessage, IconPhone, IconPhoneCall, IconReceipt, IconSettings, IconUsers } from "@tabler/icons-react";
import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import { api } from "../api/client";
import { useListening } from "../api/live";
import { unwrap } from "../api/problem";
import { Choices } from "../ui/Choices";
import { Logo } from "../ui/Logo";
import { UndoBar } from "../ui/UndoBar";
import { meKey, meQuery } from "./session";

/** The frame of every page for somebody who is signed in: two worlds on the left, the page on the right. */
export function Shell() {
  const { t } = useTranslation();
  const { data: me } = useSuspenseQuery(meQuery);
  const [open, menu] = useDisclosure(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const navigate = useNavigate();

  // oxlint-disable-next-line react-hooks/exhaustive-deps -- only a new page closes the drawer
  useEffect(() => menu.close(), [path]);
  useEffect(() => {
    // Signed out elsewhere, or the session ran out: come back here after signing in.
    if (!me) void navigate({ to: "/sign-in", search: { to: path } });
  }, [me, navigate, path]);
  useListening(me?.user.id);
  if (!me) return null;

  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 248, breakpoint: "sm", collapsed: { mobile: !open } }} padding="lg">
      <a className="skip" href="#page">
        {t("skip")}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={open} onClick={menu.toggle} hiddenFrom="sm" size="sm" aria-label={open ? t("navigation.close") : t("navigation.open")} />
            <UnstyledButton component={Link} to="/" aria-label={t("state.home")}>
              <Group gap="xs" wrap="nowrap">
                <Logo size={26} />
                <Text fw={650} visibleFrom="xs">
                  Ringwerk
                </Text>
              </Group>
            </UnstyledButton>
          </Group>
          <Group gap={4} wrap="nowrap">
            <Choices />
            <Person />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar bg="var(--rw-surface)" p="sm" component="nav" aria-label={t("navigation.label")}>
        <AppShell.Section grow component={ScrollArea}>
          <Navigation path={path} administrator={me.user.role === "administrator"} webSms={me.user.webSms} onGo={menu.close} />
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="page" tabIndex={-1}>
        <Outlet />
      </AppShell.Main>
      <UndoBar />
    </AppShell>
  );
}

const mine = [
  { to: "/telephony", icon: IconPhone, key: "myPhones" },
  { to: "/calls", icon: IconPhoneCall, key: "calls" },
  { to: "/messages", icon: IconMessage, key: "webSms" },
  { to: "/settings", icon: IconSettings, key: "settings" },
  { to: "/sessions", icon: IconDeviceLaptop, key: "sessions" },
] as const;

const telephony = [
  { to: "/users", icon: IconUsers, key: "users" },
  { to: "/groups", icon: IconAddressBook, key: "groups" },
  { to: "/numbers", icon: IconHash, key: "numbers" },
  { to: "/locations", icon: IconBuilding, key: "locations" },
  { to: "/devices", icon: IconDeviceLandlinePhone, key: "devices" },
] as const;

const bills = [
  { to: "/call-list", icon: IconListDetails, key: "callList" },
  { to: "/bills", icon: IconReceipt, key: "costs" },
  { to: "/account", icon: IconAdjustments, key: "accountSettings" },
] as const;

const security = [{ to: "/audit", icon: IconHistory, key: "audit" }] as const;

function Navigation({ path, administrator, webSms, onGo }: { path: string; administrator: boolean; webSms: boolean; onGo: () => void }) {
  const { t } = useTranslation();
  const links = (items: readonly (typeof mine)[number][] | typeof telephony | typeof bills | typeof security) =>
    items.map(({ to, icon: Icon, key }) => {
      const here = path === to || path.startsWith(`${to}/`);
      return (
        <NavLink
          key={to}
          component={Link}
          to={to}
          // Also where it leads to the page that is shown already.
          onClick={onGo}
          label={t(`navigation.${key}`)}
          leftSection={<Icon size={18} aria-hidden="true" />}
          active={here}
          aria-current={here ? "page" : undefined}
          className="nav-link"
        />
      );
    });
  return (
    <>
      <Heading>{t("navigation.mine")}</Heading>
      {links(webSms ? mine : mine.filter(({ to }) => to !== "/messages"))}
      {administrator && (
        <>
          <Heading>{t("navigation.account")}</Heading>
          <Text size="xs" c="dimmed" px="sm" pt={2} pb={4}>
            {t("navigation.telephony")}
          </Text>
          {links(telephony)}
          <Text size="xs" c="dimmed" px="sm" pt="sm" pb={4}>
            {t("navigation.bills")}
          </Text>
          {links(bills)}
          <Text size="xs" c="dimmed" px="sm" pt="sm" pb={4}>
            {t("navigation.security")}
          </Text>
          {links(security)}
        </>
      )}
    </>
  );
}

function Heading({ children }: { children: string }) {
  return (
    <Text size="sm" fw={650} px="sm" pt="sm" pb={4}>
      {children}
    </Text>
  );
}

function Person() {
  const { t } = useTranslation();
  const { data: me } = useSuspenseQuery(meQuery);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const signOut = useMutation({
    mutationFn: () => unwrap(api.DELETE("/v1/sessions/current")),
    onSettled: async () => {
      queries.clear();
      queries.setQueryData(meKey, null);
      await navigate({ to: "/sign-in", search: { to: undefined } });
    },
  });
  if (!me) return null;
  const name = `${me.user.firstName} ${me.user.lastName}`.trim();
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon variant="transparent" size="lg" radius="xl" aria-label={t("person.menu")}>
          <Avatar name={name} color="signal" size={34} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Box px="sm" py={6}>
          <Text fw={600} truncate>
            {name}
          </Text>
          <Text size="sm" c="dimmed" truncate>
            {me.user.email}
          </Text>
          <Text size="xs" c="dimmed">
            {me.user.role === "administrator" ? t("person.administrator") : t("person.user")}
          </Text>
        </Box>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => signOut.mutate()}>
          {t("person.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
