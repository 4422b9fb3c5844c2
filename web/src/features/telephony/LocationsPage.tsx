import { ActionIcon, Button, Card, Group, Menu, Modal, NativeSelect, Stack, Text, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconAlertTriangle, IconCircleCheckFilled, IconDots, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, onceKey } from "../../api/client";
import { Problem, unwrap, unwrapTagged } from "../../api/problem";
import { locationsQuery } from "../../api/queries";
import type { Location } from "../../api/types";
import { meQuery } from "../../app/session";
import { useProblemWords } from "../../i18n/problem";
import { Confirm } from "../../ui/Confirm";
import { Notice } from "../../ui/Notice";
import { Page } from "../../ui/Page";
import { useRefusal } from "../../ui/refusal";
import { Empty, LoadFailed, Loading } from "../../ui/States";

const countries = ["DE", "AT", "CH", "GB", "US", "FR", "NL", "BE", "IT", "ES", "PL"];

/** Account Management, Telephony, Locations: the addresses that emergency services come to. */
export function LocationsPage() {
  const { t } = useTranslation("telephony");
  const locations = useQuery(locationsQuery);
  const [edited, setEdited] = useState<Location | "new">();
  const [deleted, setDeleted] = useState<Location>();
  const add = (
    <Button leftSection={<IconPlus size={18} />} onClick={() => setEdited("new")}>
      {t("locations.add")}
    </Button>
  );
  return (
    <Page title={t("locations.title")} action={add}>
      {locations.isPending && <Loading rows={3} height={110} />}
      {locations.error && <LoadFailed error={locations.error} again={() => void locations.refetch()} />}
      {locations.data?.length === 0 && <Empty title={t("locations.none")}>{t("locations.noneText")}</Empty>}
      <ul className="plain cards">
        {locations.data?.map((location) => (
          <LocationCard key={location.id} location={location} onEdit={() => setEdited(location)} onDelete={() => setDeleted(location)} />
        ))}
      </ul>
      {edited && <EditLocation location={edited === "new" ? undefined : edited} onClose={() => setEdited(undefined)} />}
      {deleted && <DeleteLocation location={deleted} onClose={() => setDeleted(undefined)} />}
    </Page>
  );
}

function LocationCard({ location, onEdit, onDelete }: { location: Location; onEdit: () => void; onDelete: () => void }) {
  const { t } = useTranslation("telephony");
  const fields = location.missingForEmergency.map((field) => t(`locations.field.${field}` as never, { defaultValue: field })).join(", ");
  return (
    <Card component="li" withBorder padding="md">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Stack gap={4}>
          <Title order={2} fz={17}>
            {location.name}
          </Title>
          <Text size="sm">
            {[`${location.street} ${location.number}`.trim(), `${location.postcode} ${location.city}`.trim()].filter(Boolean).join(", ")}
          </Text>
          <Group gap={6} wrap="nowrap">
            {fields ? <IconAlertTriangle size={16} color="var(--rw-needs-you)" aria-hidden="true" /> : <IconCircleCheckFilled size={16} color="var(--rw-good)" aria-hidden="true" />}
            <Text size="sm" c={fields ? "var(--rw-needs-you)" : "var(--rw-good)"}>
              {fields ? t("locations.missing", { fields }) : t("locations.ready")}
            </Text>
          </Group>
          <Text component={Link} {...({ to: "/users", search: { location: location.id } } as object)} size="sm" c="var(--mantine-color-anchor)">
            {t("locations.people", { count: location.people })}
          </Text>
        </Stack>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("locations.menu", { name: location.name })}>
              <IconDots size={20} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconPencil size={16} />} onClick={onEdit}>
              {t("locations.edit", { name: location.name })}
            </Menu.Item>
            <Menu.Item c="var(--rw-danger)" leftSection={<IconTrash size={16} />} onClick={onDelete}>
              {t("locations.delete")}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
    </Card>
  );
}

function EditLocation({ location, onClose }: { location: Location | undefined; onClose: () => void }) {
  const { t, i18n } = useTranslation(["telephony", "app"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const { data: me } = useQuery(meQuery);
  const names = new Intl.DisplayNames(i18n.language, { type: "region" });
  // The version belongs to what the form was filled with.
  const read = useQuery({
    queryKey: ["locations", location?.id, "version"],
    enabled: Boolean(location),
    staleTime: Infinity,
    gcTime: 0,
    queryFn: () => unwrapTagged(api.GET("/v1/locations/{location}", { params: { path: { location: location?.id ?? "" } } })),
  });
  const form = useForm({
    initialValues: {
      name: location?.name ?? "",
      street: location?.street ?? "",
      number: location?.number ?? "",
      postcode: location?.postcode ?? "",
      city: location?.city ?? "",
      country: location?.country ?? me?.account.country ?? "DE",
      areaCode: location?.areaCode ?? "",
    },
  });
  const refuse = useRefusal(form);
  const [seen, setSeen] = useState<string>();
  const save = useMutation({
    mutationFn: ({ areaCode, ...values }: typeof form.values) => {
      const body = { ...values, areaCode: areaCode.trim() || null };
      if (!location) return unwrap(api.POST("/v1/locations", { headers: onceKey(), body }));
      return unwrap(api.PATCH("/v1/locations/{location}", { params: { path: { location: location.id }, header: { "if-match": seen ?? read.data?.version } }, body }));
    },
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries();
    },
    onError: async (error) => {
      refuse(error);
      if (error instanceof Problem && error.code === "changed" && location) {
        const fresh = await unwrapTagged(api.GET("/v1/locations/{location}", { params: { path: { location: location.id } } }));
        setSeen(fresh.version);
        await queries.invalidateQueries({ queryKey: ["locations"] });
      }
    },
  });
  const codes = countries.includes(form.values.country) ? countries : [form.values.country, ...countries];
  return (
    <Modal opened onClose={onClose} size="lg" title={location ? t("locations.edit", { name: location.name }) : t("locations.add")} closeButtonProps={{ "aria-label": t("app:action.close") }}>
      <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))}>
        <Stack gap="sm">
          {save.error && <Notice kind="failed">{words.whole(save.error)}</Notice>}
          <TextInput label={t("locations.name")} autoComplete="off" data-autofocus {...form.getInputProps("name")} />
          <Text size="sm" c="dimmed">
            {t("locations.hint")}
          </Text>
          <Group gap="sm" align="flex-start" wrap="nowrap">
            <TextInput flex={3} label={t("locations.street")} autoComplete="off" {...form.getInputProps("street")} />
            <TextInput flex={1} miw={90} label={t("locations.number")} autoComplete="off" {...form.getInputProps("number")} />
          </Group>
          <Group gap="sm" align="flex-start" wrap="nowrap">
            <TextInput flex={1} miw={90} label={t("locations.postcode")} autoComplete="off" {...form.getInputProps("postcode")} />
            <TextInput flex={3} label={t("locations.city")} autoComplete="off" {...form.getInputProps("city")} />
          </Group>
          <NativeSelect label={t("locations.country")} data={codes.map((code) => ({ value: code, label: names.of(code) ?? code }))} {...form.getInputProps("country")} />
          <TextInput label={t("locations.areaCode")} description={t("locations.areaCodeHint")} inputMode="numeric" autoComplete="off" w={{ base: "100%", xs: 260 }} {...form.getInputProps("areaCode")} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("app:action.cancel")}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {location ? t("app:action.save") : t("locations.add")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function DeleteLocation({ location, onClose }: { location: Location; onClose: () => void }) {
  const { t } = useTranslation("telephony");
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE("/v1/locations/{location}", { params: { path: { location: location.id } } })),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries();
    },
  });
  const { people } = location;
  return (
    <Confirm
      opened
      onClose={onClose}
      title={t("locations.deleteTitle", { name: location.name })}
      action={t("locations.deleteAction", { name: location.name })}
      danger
      loading={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
    >
      <Text>{people > 0 ? t("locations.people", { count: people }) : t("locations.deleteText")}</Text>
    </Confirm>
  );
}
