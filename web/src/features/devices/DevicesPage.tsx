import { Group, Stack, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { allDevicesQuery } from "../../api/queries";
import type { Device, DeviceWithCredentials } from "../../api/types";
import { Modal } from "../../ui/Dialog";
import { TextLink } from "../../ui/links";
import { Page } from "../../ui/Page";
import { useReadable } from "../../ui/PhoneNumber";
import { Empty, LoadFailed, Loading, LoadMore } from "../../ui/States";
import { kindIcons } from "./AddDevice";
import { CredentialsCard } from "./CredentialsCard";
import { DeviceFee, DeviceMenu, DeviceState } from "./DeviceCard";
import type { AskedOf } from "./DevicesTab";
import { Change, Delete, Renew } from "./dialogs";
import { kindOf } from "./model";
import "./words";

/** Account Management, Telephony, Devices: all of the account, whose each is, and what it costs. */
export function DevicesPage() {
  const { t } = useTranslation(["devices", "app"]);
  const [asked, setAsked] = useState<AskedOf>();
  const [shown, setShown] = useState<DeviceWithCredentials>();
  const { search } = useSearch({ from: "/inside/account/devices" });
  const list = useInfiniteQuery({ ...allDevicesQuery(search), placeholderData: keepPreviousData });
  const devices = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const close = () => setAsked(undefined);
  return (
    <Page title={t("page.title")}>
      <Stack gap="md">
        <Text c="dimmed">{t("page.intro")}</Text>
        <Search search={search} />
        {list.error && <LoadFailed error={list.error} again={() => void list.refetch()} />}
        {list.isPending && <Loading rows={8} />}
        {list.isSuccess && devices.length === 0 && <Nothing searched={Boolean(search)} />}
        {devices.length > 0 && (
          <Table verticalSpacing={10} highlightOnHover aria-label={t("page.title")} className="as-cards">
            <Table.Thead>
              <Table.Tr>
                <Table.Th w="30%">{t("page.device")}</Table.Th>
                <Table.Th>{t("page.whose")}</Table.Th>
                <Table.Th w="28%">{t("page.state")}</Table.Th>
                <Table.Th w={150}>{t("page.fee")}</Table.Th>
                <Table.Th w={60}>
                  <span className="unseen">{t("page.more")}</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {devices.map((device) => (
                <Row key={device.id} device={device} onAsk={(what) => setAsked({ what, device })} />
              ))}
            </Table.Tbody>
          </Table>
        )}
        <LoadMore more={list.hasNextPage} loading={list.isFetchingNextPage} load={() => void list.fetchNextPage()} />
      </Stack>
      {shown && (
        <Modal opened onClose={() => setShown(undefined)} title={shown.label} size="lg" closeButtonProps={{ "aria-label": t("app:action.close") }}>
          <CredentialsCard device={shown} user={shown.user.id} />
        </Modal>
      )}
      {asked?.what === "renew" && <Renew device={asked.device} onClose={close} onDone={setShown} />}
      {asked?.what === "delete" && <Delete device={asked.device} name={asked.device.user.name} last={false} onClose={close} />}
      {asked?.what === "change" && <Change device={asked.device} onClose={close} />}
    </Page>
  );
}

function Search({ search }: { search?: string }) {
  const { t } = useTranslation("devices");
  const navigate = useNavigate({ from: "/devices" });
  const router = useRouter();
  const [words, setWords] = useState(search ?? "");
  const find = useDebouncedCallback((wanted: string) => {
    // Whoever followed a link meanwhile is not called back.
    if (router.latestLocation.pathname === "/devices") void navigate({ search: { search: wanted.trim() || undefined }, replace: true });
  }, 200);
  return (
    <div role="search">
      <TextInput
        type="search"
        leftSection={<IconSearch size={18} />}
        placeholder={t("page.search")}
        aria-label={t("page.search")}
        value={words}
        onChange={(event) => {
          setWords(event.currentTarget.value);
          find(event.currentTarget.value);
        }}
      />
    </div>
  );
}

function Nothing({ searched }: { searched: boolean }) {
  const { t } = useTranslation("devices");
  if (!searched) return <Empty title={t("page.none")}>{t("page.noneText")}</Empty>;
  return <Empty title={t("page.noneFound")} />;
}

function Row({ device, onAsk }: { device: Device; onAsk: (what: AskedOf["what"]) => void }) {
  const { t } = useTranslation(["devices", "users"]);
  const readable = useReadable();
  const kind = kindOf(device);
  const Icon = kindIcons[kind];
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="sm" wrap="nowrap">
          <Icon size={20} aria-hidden="true" className="beside" />
          <div>
            <Text fw={600} className="anywhere">
              {device.label}
            </Text>
            <Text size="sm" c="dimmed">
              {t(`kind.${kind}.name`)}
              {device.number && ` · ${readable(device.number)}`}
            </Text>
          </div>
        </Group>
      </Table.Td>
      <Table.Td>
        <TextLink to="/users/$user" params={{ user: device.user.id }} search={{ tab: "devices" }} size="sm" className="anywhere clamp">
          {device.user.name.trim() || t("users:unnamed")}
        </TextLink>
      </Table.Td>
      <Table.Td>
        <DeviceState device={device} />
      </Table.Td>
      <Table.Td>
        <Text size="sm">
          <DeviceFee device={device} />
        </Text>
      </Table.Td>
      <Table.Td>
        <DeviceMenu device={device} onAsk={onAsk} />
      </Table.Td>
    </Table.Tr>
  );
}
