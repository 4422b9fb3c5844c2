import "./words";

import { AppShell, Badge, Button, Group, NavLink, Text } from "@mantine/core";
import { IconBuildings, IconHash, IconLogout } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { unwrap } from "../../api/problem";
import { Choices } from "../../ui/Choices";
import { Logo } from "../../ui/Logo";
import { UndoBar } from "../../ui/UndoBar";
import { operatorKey, operatorQuery } from "./queries";

const places = [
  { to: "/operator", icon: IconBuildings, key: "accounts" },
  { to: "/operator/numbers", icon: IconHash, key: "numbers" },
] as const;

/** The frame of the operator's pages: apart from every company. */
export function OperatorShell() {
  const { t } = useTranslation(["operator", "app"]);
  const { data: me } = useQuery(operatorQuery);
  const path = useRouterState({ select: (state) => state.location.pathname.replace(/\/$/, "") });
  const navigate = useNavigate();
  const queries = useQueryClient();
  const signOut = useMutation({
    mutationFn: () => unwrap(api.DELETE("/v1/operator/sessions/current")),
    onSettled: () => {
      queries.removeQueries({ queryKey: ["operator"] });
      queries.setQueryData(operatorKey, null);
    },
  });
  useEffect(() => {
    if (me === null) void navigate({ to: "/operator/sign-in", replace: true });
  }, [me, navigate]);
  if (!me) return null;
  return (
    <AppShell header={{ height: 56 }} padding="lg">
      <a className="skip" href="#page">
        {t("app:skip")}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Logo size={26} />
            <Text fw={650} visibleFrom="xs">
              Ringwerk
            </Text>
            <Badge variant="light" tt="none" radius="sm" size="lg">
              {t("name")}
            </Badge>
          </Group>
          <Group gap={4} wrap="nowrap">
            <Text size="sm" c="dimmed" truncate maw={240} visibleFrom="md">
              {me.email}
            </Text>
            <Choices />
            <Button variant="subtle" color="gray" px="xs" c="var(--mantine-color-text)" loading={signOut.isPending} onClick={() => signOut.mutate()} aria-label={t("signOut")} title={t("signOut")}>
              <IconLogout size={20} />
            </Button>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Main id="page" tabIndex={-1}>
        <nav aria-label={t("navigation.label")} className="operator-places">
          {places.map(({ to, icon: Icon, key }) => (
            <NavLink
              key={to}
              component={Link}
              to={to}
              label={t(`navigation.${key}`)}
              leftSection={<Icon size={18} aria-hidden="true" />}
              active={path === to}
              aria-current={path === to ? "page" : undefined}
              w="auto"
              className="nav-link"
              {...({ activeOptions: { exact: true } } as object)}
            />
          ))}
        </nav>
        <Outlet />
      </AppShell.Main>
      <UndoBar />
    </AppShell>
  );
}
