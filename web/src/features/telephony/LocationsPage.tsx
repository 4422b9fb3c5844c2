import { ActionIcon, Button, Card, Group, Menu, NativeSelect, Stack, Text, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconAlertTriangle, IconCircleCheckFilled, IconDots, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, onceKey } from "../../api/client";
import { unwrap, unwrapTagged } from "../../api/problem";
import { locationsQuery } from "../../api/queries";
import type { Location } from "../../api/types";
import { meQuery } from "../../app/session";
import { useProblemWords } from "../../i18n/problem";
import { Modal } from "../../ui/Dialog";
import { Conflict, isConflict } from "../../ui/Conflict";
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

const nothing = { name: "", street: "", number: "", postcode: "", city: "", country: "", areaCode: "" };

const valuesOf = ({ name, street, number, postcode, city, country, areaCode }: Location) => ({ name, street, number, postcode, city, country, areaCode: areaCode ?? "" });

/** The form is filled with what is saved now, not with what the list showed a while ago. */
function EditLocation({ location, onClose }: { location: Location | undefined; onClose: () => void }) {
  const { t } = useTranslation(["telephony", "app"]);
  const read = useQuery({
    queryKey: ["locations", location?.id, "edit"],
    enabled: Boolean(location),
    staleTime: Infinity,
    gcTime: 0,
    queryFn: () => unwrapTagged(api.GET("/v1/locations/{location}", { params: { path: { location: location?.id ?? "" } } })),
  });
  return (
    <Modal opened onClose={onClose} size="lg" title={location ? t("locations.edit", { name: location.name }) : t("locations.add")} closeButtonProps={{ "aria-label": t("app:action.close") }}>
      {location && read.isPending && <Loading rows={4} />}
      {read.error && <LoadFailed error={read.error} again={() => void read.refetch()} />}
      {(!location || read.data) && <LocationForm saved={read.data} onClose={onClose} />}
    </Modal>
  );
}

function LocationForm({ saved, onClose }: { saved: { data: Location; version: string } | undefined; onClose: () => void }) {
  const { t, i18n } = useTranslation(["telephony", "app"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const { data: me } = useQuery(meQuery);
  const names = new Intl.DisplayNames(i18n.language, { type: "region" });
  const [base, setBase] = useState(saved);
  const form = useForm({ initialValues: saved ? valuesOf(saved.data) : { ...nothing, country: me?.account.country ?? "DE" } });
  const refuse = useRefusal(form);
  const save = useMutation({
    mutationFn: ({ areaCode, ...values }: typeof form.values) => {
      const body = { ...values, areaCode: areaCode.trim() || null };
      if (!base) return unwrap(api.POST("/v1/locations", { headers: onceKey(), body }));
      return unwrap(api.PATCH("/v1/locations/{location}", { params: { path: { location: base.data.id }, header: { "if-match": base.version } }, body }));
    },
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries();
    },
    onError: async (error) => {
      refuse(error);
      if (!isConflict(error) || !base) return;
      setBase(await unwrapTagged(api.GET("/v1/locations/{location}", { params: { path: { location: base.data.id } } })));
      await queries.invalidateQueries({ queryKey: ["locations"], exact: true });
    },
  });
  const codes = countries.includes(form.values.country) ? countries : [form.values.country, ...countries];
  const country = (code: string) => names.of(code) ?? code;
  const theirs = base && valuesOf(base.data);
  const shown = (values: typeof nothing, field: keyof typeof nothing) => (field === "country" ? country(values.country) : values[field]);
  return (
    <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="sm">
        {isConflict(save.error) && theirs ? (
          <Conflict
            differences={(Object.keys(nothing) as (keyof typeof nothing)[]).map((field) => ({ label: t(`locations.${field}`), mine: shown(form.values, field), theirs: shown(theirs, field) }))}
            onTheirs={() => {
              form.setValues(theirs);
              save.reset();
            }}
          />
        ) : (
          save.error && <Notice kind="failed">{words.whole(save.error)}</Notice>
        )}
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
        <NativeSelect label={t("locations.country")} data={codes.map((code) => ({ value: code, label: country(code) }))} {...form.getInputProps("country")} />
        <TextInput label={t("locations.areaCode")} description={t("locations.areaCodeHint")} inputMode="numeric" autoComplete="off" w={{ base: "100%", xs: 260 }} {...form.getInputProps("areaCode")} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("app:action.cancel")}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {base ? t("app:action.save") : t("locations.add")}
          </Button>
        </Group>
      </Stack>
    </form>
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
