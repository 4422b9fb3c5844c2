import { Button, Group, List, Paper, Stack, Text, Title } from "@mantine/core";
import { IconFlask, IconHistory, IconPencil } from "@tabler/icons-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { useLive } from "../../api/live";
import type { Owner, RoutingAnswer, User } from "../../api/types";
import type { Edit } from "../../app/search";
import { Notice } from "../../ui/Notice";
import { PhoneNumber } from "../../ui/PhoneNumber";
import { Loading } from "../../ui/States";
import { Diagram, type Light } from "./Diagram";
import { heldBy } from "./draft";
import { listed } from "./explain";
import { type Asked, askedBy } from "./asked";
import { diagramOf, dialled, type DiagramCard, refusal, stages } from "./flow";
import "./words";

const RoutingEditor = lazy(() => import("./RoutingEditor").then((module) => ({ default: module.RoutingEditor })));
const HistoryDrawer = lazy(() => import("./HistoryDrawer").then((module) => ({ default: module.HistoryDrawer })));
const TrialPanel = lazy(() => import("./TrialPanel").then((module) => ({ default: module.TrialPanel })));

/** What happens on calls to a user or group: the picture, the same as a list, both to edit in place, and what was before. */
export function RoutingView({
  owner,
  routing,
  version,
  administrator,
  user,
  wish,
  onWished,
}: {
  owner: Owner;
  routing: RoutingAnswer;
  version: string;
  administrator: boolean;
  user?: User;
  /** What a link elsewhere on the page, or one that led here, asks for. */
  wish?: Edit;
  /** It is done, so that the same link works once more. */
  onWished?: () => void;
}) {
  const { t } = useTranslation("routing");
  const [editing, setEditing] = useState(false);
  const [first, setFirst] = useState<Asked>();
  const [saved, setSaved] = useState(false);
  const [history, setHistory] = useState(false);
  const [trying, setTrying] = useState(false);
  const edit = (what?: Asked) => {
    setFirst(what);
    setEditing(true);
    setSaved(false);
  };
  useEffect(() => {
    if (!wish) return;
    edit(wish === "routing" ? undefined : wish);
    onWished?.();
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the caller's function is new each time
  }, [wish]);
  const mend = (code: string) => {
    const may = administrator || code === "noPhone";
    return may ? () => edit(askedBy(code)) : undefined;
  };
  const light = useCallLight(owner.id);
  return (
    <Stack gap="lg">
      <Group justify="space-between" gap="sm">
        <Title order={2} fz={18}>
          {t("title")}
        </Title>
        {!editing && (
          <Group gap="sm">
            <Button variant="subtle" leftSection={<IconHistory size={18} />} onClick={() => setHistory(true)}>
              {t("history.open")}
            </Button>
            <Button leftSection={<IconPencil size={18} />} onClick={() => edit()}>
              {t("edit")}
            </Button>
          </Group>
        )}
      </Group>
      {saved && !editing && <Notice kind="good">{t("change.saved")}</Notice>}
      {editing ? (
        <Suspense fallback={<Loading rows={4} height={64} />}>
          <RoutingEditor
            owner={owner}
            held={{ routing, version, draft: heldBy(routing) }}
            phones={routing.devices}
            administrator={administrator}
            user={user}
            first={first}
            onAsked={() => setFirst(undefined)}
            onClose={(done) => {
              setEditing(false);
              setSaved(done);
            }}
          />
        </Suspense>
      ) : (
        <>
          <Stack gap={6}>
            <Diagram data={diagramOf(routing)} name={owner.name} mend={mend} light={light?.of} />
            <Text role="status" size="sm" c="var(--mantine-color-anchor)" fw={600} ta="center" mih={20}>
              {light?.words}
            </Text>
          </Stack>
          <AsList routing={routing} />
          {administrator &&
            (trying ? (
              <Suspense fallback={<Loading rows={4} height={64} />}>
                <TrialPanel owner={owner} routing={routing} onClose={() => setTrying(false)} />
              </Suspense>
            ) : (
              <Paper withBorder p="md">
                <Group justify="space-between" gap="sm">
                  <div>
                    <Text fw={600}>{t("trial.title")}</Text>
                    <Text size="sm" c="dimmed">
                      {t("trial.intro")}
                    </Text>
                  </div>
                  <Button variant="light" leftSection={<IconFlask size={18} />} onClick={() => setTrying(true)}>
                    {t("trial.open")}
                  </Button>
                </Group>
              </Paper>
            ))}
        </>
      )}
      {history && (
        <Suspense fallback={null}>
          <HistoryDrawer owner={owner} onClose={() => setHistory(false)} />
        </Suspense>
      )}
    </Stack>
  );
}

/** While a call is on, its path: who is meant, and the phones that ring or talk. */
function useCallLight(owner: string): { of: (card: DiagramCard) => Light | undefined; words: string } | undefined {
  const { t } = useTranslation("routing");
  const devices = useLive(owner);
  if (devices.length === 0) return undefined;
  const talking = devices.some(({ state }) => state === "talking");
  return {
    words: t(talking ? "live.talking" : "live.ringing"),
    of: (card) => {
      if (card.reference === owner) return { state: "passed" };
      const device = card.kind === "device" ? devices.find(({ id }) => id === card.reference) : undefined;
      return device && { state: device.state, words: t(device.state === "talking" ? "live.talks" : "live.rings") };
    },
  };
}

/** The routing for those who do not look at pictures. */
export function AsList({ routing }: { routing: RoutingAnswer }) {
  const { t, i18n } = useTranslation("routing");
  const { numbers, extensions } = dialled(routing);
  const ring = stages(routing);
  const reason = refusal(routing);
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
          <List.Item key={position} className="anywhere">
            {t(position === 0 ? "step.first" : "step.then")} {listed(stage.phones.map(({ label }) => label), i18n.language)} {t("step.seconds")} {t("step.secondsUnit", { seconds: stage.seconds })}
          </List.Item>
        ))}
        <List.Item>{ring.length ? t("sentence.end") : reason && reason !== "noPhone" ? `${t("card.refused")}: ${t(`reason.${reason}` as never)}` : t("step.noPhones")}</List.Item>
      </List>
    </Paper>
  );
}
