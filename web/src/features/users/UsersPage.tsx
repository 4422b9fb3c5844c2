import { Avatar, Box, Button, Card, Group, NativeSelect, Stack, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback, useMediaQuery } from "@mantine/hooks";
import { IconAlertTriangle, IconPlus, IconSearch, IconShieldCheck } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { unwrap } from "../../api/problem";
import { incompleteQuery, locationsQuery, type UserFilter, usersQuery } from "../../api/queries";
import type { User } from "../../api/types";
import { shows, sorts } from "../../app/search";
import { useProblemWords } from "../../i18n/problem";
import { ButtonLink, TextLink } from "../../ui/links";
import { said } from "../../ui/moment";
import { Notice } from "../../ui/Notice";
import { Page } from "../../ui/Page";
import { PhoneNumber } from "../../ui/PhoneNumber";
import { PresenceMark } from "../../ui/PresenceMark";
import { Empty, LoadFailed, Loading, LoadMore } from "../../ui/States";
import { mendAt, toMend, useFindingWords, useUserName } from "./findings";

/** Account Management, Telephony, Users. */
export function UsersPage() {
  const { t } = useTranslation("users");
  const filter = useSearch({ from: "/inside/account/users" });
  const narrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const list = useInfiniteQuery({ ...usersQuery(filter), placeholderData: keepPreviousData });
  const locations = useQuery(locationsQuery);
  const users = list.data?.pages.flatMap((page) => page.items) ?? [];
  const place = (id: string | null) => locations.data?.find((location) => location.id === id)?.name ?? "";

  return (
    <Page
      title={t("title")}
      action={
        <ButtonLink to="/users/new" leftSection={<IconPlus size={18} />}>
          {t("add")}
        </ButtonLink>
      }
    >
      <Stack gap="md">
        <NotYet filter={filter} />
        <Filters filter={filter} />
        {list.error && <LoadFailed error={list.error} again={() => void list.refetch()} />}
        {list.isPending && <Loading rows={8} />}
        {list.isSuccess && users.length === 0 && <Nobody filter={filter} />}
        {users.length > 0 &&
          (narrow ? (
            <Stack gap="sm" component="ul" p={0} m={0} className="plain">
              {users.map((user) => (
                <UserCard key={user.id} user={user} place={place(user.location)} />
              ))}
            </Stack>
          ) : (
            <UserTable users={users} place={place} deleted={filter.show === "deleted"} />
          ))}
        <LoadMore more={list.hasNextPage} loading={list.isFetchingNextPage} load={() => void list.fetchNextPage()} />
      </Stack>
    </Page>
  );
}

function NotYet({ filter }: { filter: UserFilter }) {
  const { t } = useTranslation("users");
  const { data } = useQuery(incompleteQuery);
  if (!data?.count || filter.show === "incomplete") return null;
  return (
    <Group gap="xs" px="md" py={10} className="needs-you" role="status">
      <IconAlertTriangle size={18} color="var(--rw-needs-you)" aria-hidden="true" />
      <Text size="sm">{data.more ? t("notYetMore", { count: data.count }) : t("notYet", { count: data.count })}</Text>
      <TextLink to="/users" search={{ ...filter, show: "incomplete" }} size="sm" fw={600}>
        {t("showThem")}
      </TextLink>
    </Group>
  );
}

function Filters({ filter }: { filter: UserFilter }) {
  const { t } = useTranslation("users");
  const navigate = useNavigate({ from: "/users" });
  const locations = useQuery(locationsQuery);
  const [search, setSearch] = useState(filter.search ?? "");
  const change = (part: UserFilter) => void navigate({ search: (before) => ({ ...before, ...part }), replace: true });
  const router = useRouter();
  const find = useDebouncedCallback((words: string) => {
    // Whoever followed a link meanwhile is not called back.
    if (router.latestLocation.pathname === "/users") change({ search: words.trim() || undefined });
  }, 200);
  return (
    <Group gap="sm" align="flex-end" role="search">
      <TextInput
        flex={1}
        miw={220}
        type="search"
        leftSection={<IconSearch size={18} />}
        placeholder={t("search")}
        aria-label={t("search")}
        value={search}
        autoFocus
        onChange={(event) => {
          setSearch(event.currentTarget.value);
          find(event.currentTarget.value);
        }}
      />
      <NativeSelect
        aria-label={t("show.label")}
        value={filter.show ?? ""}
        onChange={(event) => change({ show: (event.currentTarget.value || undefined) as UserFilter["show"] })}
        data={[{ value: "", label: t("show.all") }, ...shows.map((show) => ({ value: show, label: t(`show.${show}`) }))]}
      />
      {(locations.data?.length ?? 0) > 1 && (
        <NativeSelect
          aria-label={t("filterLocation")}
          value={filter.location ?? ""}
          onChange={(event) => change({ location: event.currentTarget.value || undefined })}
          data={[{ value: "", label: t("anywhere") }, ...(locations.data ?? []).map(({ id, name }) => ({ value: id, label: name }))]}
        />
      )}
      <NativeSelect
        aria-label={t("sort.label")}
        value={filter.sort ?? "name"}
        onChange={(event) => change({ sort: event.currentTarget.value === "name" ? undefined : (event.currentTarget.value as UserFilter["sort"]) })}
        data={sorts.map((sort) => ({ value: sort, label: t(`sort.${sort}`) }))}
      />
    </Group>
  );
}

function Nobody({ filter }: { filter: UserFilter }) {
  const { t } = useTranslation("users");
  const text = !filter.search && (filter.show === "deleted" || filter.show === "incomplete") ? t(`none.${filter.show}`) : t("none.text");
  return (
    <Empty
      title={t("none.title")}
      action={
        <ButtonLink to="/users" search={{}} variant="default">
          {t("none.action")}
        </ButtonLink>
      }
    >
      {text}
    </Empty>
  );
}

function UserTable({ users, place, deleted }: { users: User[]; place: (id: string | null) => string; deleted: boolean }) {
  const { t } = useTranslation("users");
  return (
    <Table.ScrollContainer minWidth={760} scrollAreaProps={{ type: "auto" }}>
      <Table verticalSpacing={8} highlightOnHover aria-label={t("title")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("column.name")}</Table.Th>
            <Table.Th>{t("column.presence")}</Table.Th>
            <Table.Th>{t("column.numbers")}</Table.Th>
            <Table.Th>{t("column.extension")}</Table.Th>
            <Table.Th>{t("column.location")}</Table.Th>
            <Table.Th>{t("column.missing")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {users.map((user) => (
            <Table.Tr key={user.id}>
              <Table.Td>
                <Who user={user} />
              </Table.Td>
              <Table.Td className="keep">
                <PresenceMark presence={user.blocked ? "blocked" : user.presence} />
              </Table.Td>
              <Table.Td className="keep">
                <Numbers user={user} />
              </Table.Td>
              <Table.Td>{user.extensions.join(", ")}</Table.Td>
              <Table.Td>{place(user.location)}</Table.Td>
              <Table.Td>{deleted ? <Restore user={user} /> : <Missing user={user} />}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Who({ user }: { user: User }) {
  const { t, i18n } = useTranslation("users");
  const name = useUserName()(user);
  return (
    <Group gap="sm" wrap="nowrap">
      <Avatar name={user.name.trim() || undefined} color="signal" size={34} aria-hidden="true" />
      <Box miw={0}>
        <Group gap={6} wrap="nowrap">
          {user.deletedAt ? (
            <Text fw={600}>{name}</Text>
          ) : (
            <TextLink to="/users/$user" params={{ user: user.id }} search={{}} fw={600} c="var(--mantine-color-text)" className="anywhere">
              {name}
            </TextLink>
          )}
          {user.role === "administrator" && <IconShieldCheck size={16} color="var(--mantine-color-dimmed)" role="img" aria-label={t("administrator")} />}
        </Group>
        {user.deletedAt && (
          <Text size="xs" c="dimmed">
            {t("deletedAt", { when: said(user.deletedAt, i18n.language) })}
          </Text>
        )}
      </Box>
    </Group>
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

function Restore({ user }: { user: User }) {
  const { t } = useTranslation("users");
  const words = useProblemWords();
  const queries = useQueryClient();
  const restore = useMutation({
    mutationFn: () => unwrap(api.POST("/v1/users/{user}/restore", { params: { path: { user: user.id } } })),
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <>
      <Button size="xs" variant="default" loading={restore.isPending} onClick={() => restore.mutate()}>
        {t("restore")}
      </Button>
      {restore.error && <Notice kind="failed">{words.whole(restore.error)}</Notice>}
    </>
  );
}

function UserCard({ user, place }: { user: User; place: string }) {
  const { t } = useTranslation("users");
  const extension = user.extensions.map((number) => t("extensionShort", { extension: number })).join(", ");
  return (
    <Card component="li" withBorder padding="sm">
      <Stack gap={8}>
        <Group justify="space-between" gap="xs">
          <Who user={user} />
          <PresenceMark presence={user.blocked ? "blocked" : user.presence} />
        </Group>
        <Group gap="xs" justify="space-between">
          <Numbers user={user} />
          <Text size="sm" c="dimmed">
            {[extension, place].filter(Boolean).join(" · ")}
          </Text>
        </Group>
        {user.deletedAt ? <Restore user={user} /> : <Missing user={user} />}
      </Stack>
    </Card>
  );
}
