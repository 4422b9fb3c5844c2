import { Button, Group, SegmentedControl, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconUser, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { userQuery } from "../../api/queries";
import type { CallListFilter } from "../../app/search";
import { OwnerPicker } from "../telephony/OwnerPicker";
import { Modal } from "../../ui/Dialog";

/** Days, a user, a direction; kept in the address of the page. */
export function CallListFilters({ filter }: { filter: CallListFilter }) {
  const { t } = useTranslation(["billing", "app"]);
  const navigate = useNavigate({ from: "/call-list" });
  const change = (part: CallListFilter) => void navigate({ search: (before) => ({ ...before, ...part }), replace: true });
  const [open, picker] = useDisclosure(false);
  const chosen = useQuery({ ...userQuery(filter.user ?? ""), enabled: Boolean(filter.user), refetchInterval: false });
  const wrong = filter.from && filter.to && filter.to < filter.from;
  return (
    <Group gap="sm" align="flex-start" role="search">
      <TextInput type="date" label={t("callList.from")} value={filter.from ?? ""} max={filter.to} onChange={(event) => change({ from: event.currentTarget.value || undefined })} />
      <TextInput
        type="date"
        label={t("callList.to")}
        value={filter.to ?? ""}
        min={filter.from}
        error={wrong ? t("callList.wrongOrder") : undefined}
        onChange={(event) => change({ to: event.currentTarget.value || undefined })}
      />
      <div>
        <Text size="sm" fw={500} component="span" display="block" mb={3} id="call-list-user">
          {t("callList.user")}
        </Text>
        <Group gap={4} wrap="nowrap">
          <Button variant="default" leftSection={<IconUser size={16} />} aria-describedby="call-list-user" onClick={picker.open} maw={260}>
            {filter.user ? (chosen.data?.data.name ?? "…") : t("callList.everybody")}
          </Button>
          {filter.user && (
            <Button variant="subtle" px="xs" aria-label={t("callList.everybody")} onClick={() => change({ user: undefined })}>
              <IconX size={16} />
            </Button>
          )}
        </Group>
      </div>
      <div>
        <Text size="sm" fw={500} component="span" display="block" mb={3}>
          {t("callList.direction.label")}
        </Text>
        <SegmentedControl
          aria-label={t("callList.direction.label")}
          value={filter.direction ?? "all"}
          onChange={(value) => change({ direction: value === "all" ? undefined : (value as CallListFilter["direction"]) })}
          data={(["all", "incoming", "outgoing", "internal"] as const).map((value) => ({ value, label: t(`callList.direction.${value}`) }))}
        />
      </div>
      <Modal opened={open} onClose={picker.close} title={t("callList.choose")} closeButtonProps={{ "aria-label": t("app:action.close") }}>
        <OwnerPicker
          label={t("callList.choose")}
          usersOnly
          value={undefined}
          onChange={({ id }) => {
            picker.close();
            change({ user: id });
          }}
        />
      </Modal>
    </Group>
  );
}
