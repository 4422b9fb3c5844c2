import { Button, Group, List, Paper, Stack, Text, Title } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { devicesQuery, routingQuery } from "../../api/queries";
import type { RoutingAnswer, User } from "../../api/types";
import { Notice } from "../../ui/Notice";
import { PhoneNumber } from "../../ui/PhoneNumber";
import { LoadFailed, Loading } from "../../ui/States";
import { Diagram } from "./Diagram";
import { diagramOf, dialled, stages } from "./flow";
import { listed } from "./explain";
import { RoutingEditor } from "./RoutingEditor";

/** What happens on calls to a user: the picture, the same as a list, and both to edit in place. */
export function RoutingTab({ user, administrator, startEditing, onAddPhone }: { user: User; administrator: boolean; startEditing: boolean; onAddPhone: () => void }) {
  const { t } = useTranslation("routing");
  const routing = useQuery(routingQuery(user.id));
  const devices = useQuery(devicesQuery(user.id));
  const [editing, setEditing] = useState(startEditing);
  const [saved, setSaved] = useState(false);
  // A link elsewhere on the page asks for the editor while this is shown already.
  const [asked, setAsked] = useState(startEditing);
  if (asked !== startEditing) {
    setAsked(startEditing);
    if (startEditing) setEditing(true);
  }

  const error = routing.error ?? devices.error;
  if (error && !routing.data) return <LoadFailed error={error} again={() => void Promise.all([routing.refetch(), devices.refetch()])} />;
  if (!routing.data || !devices.data) return <Loading rows={4} height={64} />;
  const { data, version } = routing.data;
  return (
    <Stack gap="lg">
      <Group justify="space-between">
        <Title order={2} fz={18}>
          {t("title")}
        </Title>
        {!editing && (
          <Button
            variant="default"
            leftSection={<IconPencil size={18} />}
            onClick={() => {
              setEditing(true);
              setSaved(false);
            }}
          >
            {t("edit")}
          </Button>
        )}
      </Group>
      {saved && !editing && <Notice kind="good">{t("change.saved")}</Notice>}
      {editing ? (
        <RoutingEditor
          user={user}
          routing={data}
          version={version}
          devices={devices.data}
          administrator={administrator}
          onAddPhone={onAddPhone}
          onClose={(done) => {
            setEditing(false);
            setSaved(done);
          }}
        />
      ) : (
        <>
          <Diagram data={diagramOf(data)} name={data.owner.name || user.name} mend={(code) => (code === "noPhone" ? onAddPhone() : administrator && setEditing(true))} />
          <AsList routing={data} />
        </>
      )}
    </Stack>
  );
}

/** The routing for those who do not look at pictures. */
export function AsList({ routing }: { routing: RoutingAnswer }) {
  const { t, i18n } = useTranslation("routing");
  const { numbers, extensions } = dialled(routing);
  const ring = stages(routing);
  return (
    <Paper withBorder p="md">
      <Text fw={600} mb="xs">
        {t("list")}
      </Text>
      <List type="ordered" spacing={6}>
        {numbers.map(({ number }) => (
          <List.Item key={number}>
            <Group gap={6}>
              {t("number.label")} <PhoneNumber value={number} />
            </Group>
          </List.Item>
        ))}
        {extensions.map(({ number }) => (
          <List.Item key={number}>{t("card.extension", { extension: number })}</List.Item>
        ))}
        {ring.map((stage, position) => (
          <List.Item key={position}>
            {t(position === 0 ? "step.first" : "step.then")} {listed(stage.phones.map(({ label }) => label), i18n.language)} {t("step.seconds")} {t("step.secondsUnit", { seconds: stage.seconds })}
          </List.Item>
        ))}
        <List.Item>{ring.length ? t("sentence.end") : t("step.noPhones")}</List.Item>
      </List>
    </Paper>
  );
}
