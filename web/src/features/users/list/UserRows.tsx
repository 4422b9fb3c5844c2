import { ActionIcon, Avatar, Box, Button, Card, Checkbox, Group, Menu, Stack, Table, Text } from "@mantine/core";
import { IconAlertTriangle, IconChevronDown, IconShieldCheck } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { api } from "../../../api/client";
import { unwrap } from "../../../api/problem";
import type { User } from "../../../api/types";
import { tabs } from "../../../app/search";
import { useProblemWords } from "../../../i18n/problem";
import { TextLink } from "../../../ui/links";
import { exact, said } from "../../../ui/moment";
import { Notice } from "../../../ui/Notice";
import { PhoneNumber } from "../../../ui/PhoneNumber";
import { PresenceMark } from "../../../ui/PresenceMark";
import { mendAt, toMend, useFindingWords, useUserName } from "../findings";
import type { Picked } from "./picked";

interface Shown {
  users: User[];
  place: (id: string | null) => string;
  deleted: boolean;
  picked: Picked;
}

export function UserTable({ users, place, deleted, picked }: Shown) {
  const { t } = useTranslation(["users", "people"]);
  return (
    <Table.ScrollContainer minWidth={800} scrollAreaProps={{ type: "auto" }}>
      <Table verticalSpacing={8} highlightOnHover layout="fixed" aria-label={t("title")}>
        <Table.Thead>
          <Table.Tr>
            {!deleted && (
              <Table.Th w={44}>
                <Checkbox aria-label={t("people:pickAll")} checked={picked.all} indeterminate={picked.some} onChange={picked.toggleAll} />
              </Table.Th>
            )}
            <Table.Th w={deleted ? "40%" : "22%"}>{t("column.name")}</Table.Th>
            {!deleted && <Table.Th w={150}>{t("column.presence")}</Table.Th>}
            <Table.Th w={165}>{t("column.numbers")}</Table.Th>
            <Table.Th w={100}>{t("column.extension")}</Table.Th>
            <Table.Th w={116}>{t("column.location")}</Table.Th>
            {deleted ? (
              <Table.Th>
                <span className="unseen">{t("people:bringBack")}</span>
              </Table.Th>
            ) : (
              <Table.Th>{t("column.missing")}</Table.Th>
            )}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {users.map((user) => (
            <Table.Tr key={user.id} data-picked={picked.has(user.id) || undefined} className="pickable">
              {!deleted && (
                <Table.Td>
                  <Pick user={user} picked={picked} />
                </Table.Td>
              )}
              <Table.Td>
                <Who user={user} />
              </Table.Td>
              {!deleted && (
                <Table.Td className="keep">
                  <PresenceMark presence={user.blocked ? "blocked" : user.presence} />
                </Table.Td>
              )}
              <Table.Td className="keep">
                <Numbers user={user} />
              </Table.Td>
              <Table.Td>{user.extensions.join(", ")}</Table.Td>
              <Table.Td className="anywhere"><span className="clamp">{place(user.location)}</span></Table.Td>
              <Table.Td ta={deleted ? "right" : undefined}>{deleted ? <BringBack user={user} /> : <Missing user={user} />}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

export function UserCards({ users, place, deleted, picked }: Shown) {
  return (
    <Stack gap="sm" component="ul" p={0} m={0} className="plain">
      {users.map((user) => (
        <UserCard key={user.id} user={user} place={place(user.location)} deleted={deleted} picked={picked} />
      ))}
    </Stack>
  );
}

function UserCard({ user, place, deleted, picked }: { user: User; place: string; deleted: boolean; picked: Picked }) {
  const { t } = useTranslation("users");
  const extension = user.extensions.map((number) => t("extensionShort", { extension: number })).join(", ");
  return (
    <Card component="li" withBorder padding="sm" data-picked={picked.has(user.id) || undefined} className="pickable">
      <Stack gap={8}>
        <Group gap="xs" wrap="nowrap" justify="space-between" align="flex-start">
          <Box flex={1} miw={0}>
            <Who user={user} />
          </Box>
          {!deleted && <Pick user={user} picked={picked} />}
        </Group>
        {!deleted && <PresenceMark presence={user.blocked ? "blocked" : user.presence} />}
        <Group gap="xs" justify="space-between">
          <Numbers user={user} />
          <Text size="sm" c="dimmed" className="anywhere">
            {[extension, place].filter(Boolean).join(" · ")}
          </Text>
        </Group>
        {deleted ? <BringBack user={user} /> : <Missing user={user} />}
      </Stack>
    </Card>
  );
}

function Pick({ user, picked }: { user: User; picked: Picked }) {
  const { t } = useTranslation("people");
  const name = useUserName()(user);
  return <Checkbox aria-label={t("pick", { name })} checked={picked.has(user.id)} onChange={() => picked.toggle(user.id)} />;
}

function Who({ user }: { user: User }) {
  const { t, i18n } = useTranslation(["users", "people"]);
  const name = useUserName()(user);
  return (
    <Group gap="sm" wrap="nowrap">
      <Avatar name={user.name.trim() || undefined} color="signal" size={34} aria-hidden="true" />
      <Box miw={0}>
        <Group gap={6} wrap="nowrap">
          {user.deletedAt ? (
            <Text fw={600} className="anywhere">
              {name}
            </Text>
          ) : (
            <TextLink to="/users/$user" params={{ user: user.id }} search={{}} fw={600} c="var(--mantine-color-text)" className="anywhere clamp">
              {name}
            </TextLink>
          )}
          {user.role === "administrator" && <IconShieldCheck size={16} color="var(--mantine-color-dimmed)" role="img" aria-label={t("administrator")} className="beside" />}
          {!user.deletedAt && <Ways user={user} name={name} />}
        </Group>
        {user.deletedAt && user.restorableUntil && (
          <Text size="xs" c="dimmed">
            {t("deletedAt", { when: said(user.deletedAt, i18n.language) })}. {t("people:deletedUntil", { until: exact(user.restorableUntil, i18n.language) })}
          </Text>
        )}
      </Box>
    </Group>
  );
}

/** The arrow beside the name: straight to a part of the user's page. */
function Ways({ user, name }: { user: User; name: string }) {
  const { t } = useTranslation(["users", "people"]);
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t("people:where", { name })}>
          <IconChevronDown size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {tabs.map((tab) => (
          <Menu.Item key={tab} component={Link} {...({ to: "/users/$user", params: { user: user.id }, search: { tab } } as object)}>
            {t(`tab.${tab}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Numbers({ user }: { user: User }) {
  const { t } = useTranslation("users");
  const [first, ...others] = user.numbers;
  if (!first) return null;
  return (
    <Group gap={4} wrap="nowrap">
      <PhoneNumber value={first} />
      {others.length > 0 && (
        <Text size="sm" c="dimmed" title={others.join(", ")}>
          {t("moreNumbers", { count: others.length })}
        </Text>
      )}
    </Group>
  );
}

function Missing({ user }: { user: User }) {
  const { t } = useTranslation("users");
  const words = useFindingWords();
  const [worst, ...others] = toMend(user.findings).filter(({ code }) => code !== "blocked");
  if (!worst) return null;
  const place = mendAt(worst.code);
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      <IconAlertTriangle size={16} color="var(--rw-needs-you)" aria-hidden="true" className="beside" />
      <Text size="sm" component="span">
        <TextLink to="/users/$user" params={{ user: user.id }} search={place} inherit>
          {words.what(worst, user)}
        </TextLink>
        {others.length > 0 && <span className="quiet"> {t("moreFindings", { count: others.length })}</span>}
      </Text>
    </Group>
  );
}

function BringBack({ user }: { user: User }) {
  const { t } = useTranslation("people");
  const words = useProblemWords();
  const queries = useQueryClient();
  const name = useUserName()(user);
  const restore = useMutation({
    mutationFn: () => unwrap(api.POST("/v1/users/{user}/restore", { params: { path: { user: user.id } } })),
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <>
      <Button size="xs" variant="default" loading={restore.isPending} aria-label={t("bringBackOne", { name })} onClick={() => restore.mutate()}>
        {t("bringBack")}
      </Button>
      {restore.error && <Notice kind="failed">{words.whole(restore.error)}</Notice>}
    </>
  );
}
