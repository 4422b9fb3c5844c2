import { Button, Group, Menu, Stack, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconAlertTriangle, IconDots, IconFileExport, IconFileImport, IconPlus } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";

import { mailQuery } from "../../../api/account";
import { incompleteQuery, locationsQuery, type UserFilter, usersQuery } from "../../../api/queries";
import { ButtonLink, TextLink } from "../../../ui/links";
import { Page } from "../../../ui/Page";
import { Empty, LoadFailed, Loading, LoadMore } from "../../../ui/States";
import { Filters } from "./Filters";
import { MailNotice } from "./MailNotice";
import { usePicked } from "./picked";
import { UserCards, UserTable } from "./UserRows";

// Few people select anything, so the list does not wait for it.
const BulkBar = lazy(() => import("./BulkBar").then((module) => ({ default: module.BulkBar })));

/** Account Management, Telephony, Users. */
export function UsersPage() {
  const { t } = useTranslation("users");
  const filter = useSearch({ from: "/inside/account/users" });
  const narrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const list = useInfiniteQuery({ ...usersQuery(filter), placeholderData: keepPreviousData });
  const locations = useQuery(locationsQuery);
  const users = list.data?.pages.flatMap((page) => page.items) ?? [];
  const picked = usePicked(users, JSON.stringify(filter));
  const place = (id: string | null) => locations.data?.find((location) => location.id === id)?.name ?? "";
  const Rows = narrow ? UserCards : UserTable;
  // What stands above the list comes with it, so that nothing moves under a hand that reaches for a row.
  const [mail, incomplete] = [useQuery(mailQuery), useQuery(incompleteQuery)];
  const waits = list.isPending || [mail, incomplete].some((each) => each.isPending && each.failureCount === 0);

  return (
    <Page title={t("title")} action={<Actions />}>
      <Stack gap="md">
        {!waits && <MailNotice />}
        {!waits && <NotYet filter={filter} />}
        <Filters filter={filter} />
        {list.error && <LoadFailed error={list.error} again={() => void list.refetch()} />}
        {waits && <Loading rows={12} />}
        {list.isSuccess && users.length === 0 && <Nobody filter={filter} />}
        {!waits && users.length > 0 && <Rows users={users} place={place} deleted={filter.show === "deleted"} picked={picked} />}
        <LoadMore more={!waits && list.hasNextPage} loading={list.isFetchingNextPage} load={() => void list.fetchNextPage()} />
        {picked.users.length > 0 && (
          <Suspense>
            <BulkBar users={picked.users} clear={picked.clear} />
          </Suspense>
        )}
      </Stack>
    </Page>
  );
}

function Actions() {
  const { t, i18n } = useTranslation(["users", "people"]);
  const download = { component: "a", href: `/v1/users.csv?language=${i18n.language}`, download: "users.csv" } as const;
  return (
    <Group gap="xs" wrap="nowrap">
      <ButtonLink to="/users/import" variant="default" leftSection={<IconFileImport size={18} />} visibleFrom="sm">
        {t("people:import")}
      </ButtonLink>
      <Button {...download} variant="default" leftSection={<IconFileExport size={18} />} visibleFrom="sm">
        {t("people:export")}
      </Button>
      <ButtonLink to="/users/new" search={{}} leftSection={<IconPlus size={18} />}>
        {t("add")}
      </ButtonLink>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" px="xs" hiddenFrom="sm" aria-label={t("people:more")}>
            <IconDots size={18} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item component={Link} {...({ to: "/users/import" } as object)} leftSection={<IconFileImport size={16} />}>
            {t("people:import")}
          </Menu.Item>
          <Menu.Item {...download} leftSection={<IconFileExport size={16} />}>
            {t("people:export")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
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
