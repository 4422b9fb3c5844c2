import "./words";

import { Button, Checkbox, Fieldset, Group, List, Radio, Stack, Text, Title } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { unwrapTagged } from "../../api/problem";
import type { CallListMode, CallListSettings as Settings } from "../../api/types";
import { meQuery } from "../../app/session";
import { useProblemWords } from "../../i18n/problem";
import { Conflict, isConflict } from "../../ui/Conflict";
import { TextLink } from "../../ui/links";
import { Notice } from "../../ui/Notice";
import { oneStop } from "../../ui/oneStop";
import { Choice } from "../routing/NumberPicker";
import { keepsLess } from "./keepsLess";
import { day, firstOfNextMonth } from "./months";
import { Sample } from "./Sample";

type Existing = "keep" | "shorten" | "erase";

const modes: CallListMode[] = ["complete", "shortened", "doNotSave"];
/** Three large choices, each with the line that will be stored; the declaration; and from when it counts. */
export function CallListSettings({ settings, version, onDone }: { settings: Settings; version: string; onDone: () => void }) {
  const { t, i18n } = useTranslation(["billing", "app"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const { data: me } = useSuspenseQuery(meQuery);
  const zone = me?.account.timeZone;
  const [mode, setMode] = useState<CallListMode | "">(settings.pending?.mode ?? settings.mode ?? "");
  const [informed, setInformed] = useState(false);
  const [council, setCouncil] = useState<"involved" | "notRequired" | "">("");
  const [existing, setExisting] = useState<Existing>("keep");
  const [tried, setTried] = useState(false);
  const declares = mode === "complete" || mode === "shortened";
  const complete = !declares || (informed && council !== "");
  // Only where less is kept from now on, older records can hold more than it wants.
  const clears = settings.olderRecords > 0 && (mode === "shortened" || mode === "doNotSave");
  const kinds: Existing[] = mode === "shortened" ? ["keep", "shorten", "erase"] : ["keep", "erase"];
  // What the page showed when it was opened: a choice that somebody else made since is told, not overwritten.
  const [seen, setSeen] = useState(version);
  const save = useMutation({
    mutationFn: (wanted: CallListMode) =>
      unwrapTagged(api.PUT("/v1/call-list/settings", { headers: { "if-match": seen }, body: { mode: wanted, ...(declares && { declaration: { employeesInformed: informed, worksCouncil: council || undefined } }), ...(clears && { existing }) } })),
    onError: async (error) => {
      if (isConflict(error)) await queries.invalidateQueries({ queryKey: ["callList", "settings"] });
    },
    onSuccess: async (saved) => {
      queries.setQueryData(["callList", "settings"], saved);
      await queries.invalidateQueries({ queryKey: ["callList"] });
      onDone();
    },
  });
  const conflict = isConflict(save.error);
  if (conflict && seen !== version) setSeen(version);
  const from = day(firstOfNextMonth(zone), i18n.language);
  const stop = oneStop(modes, mode);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (mode && complete) save.mutate(mode);
      }}
    >
      <Stack maw={760} gap="lg">
        {settings.mode !== null && (
          <TextLink to="/call-list" search={{}} size="sm" display="inline-flex" className="back">
            <IconArrowLeft size={16} aria-hidden="true" />
            {t("settings.back")}
          </TextLink>
        )}
        <div>
          <Title order={2} fz={20}>
            {t("settings.title")}
          </Title>
          <Text c="dimmed">{t("settings.intro")}</Text>
        </div>
        {conflict ? (
          <Conflict
            differences={[{ label: t("settings.title"), mine: t(`mode.${mode || "null"}`), theirs: t(`mode.${settings.pending?.mode ?? settings.mode ?? "null"}`) }]}
            onTheirs={() => {
              setMode(settings.pending?.mode ?? settings.mode ?? "");
              save.reset();
            }}
          />
        ) : (
          save.error && <Notice kind="failed">{words.whole(save.error)}</Notice>
        )}
        <Radio.Group value={mode} onChange={(value) => setMode(value as CallListMode)} aria-label={t("settings.title")}>
          <Stack gap="sm">
            {modes.map((each) => (
              <Radio.Card key={each} value={each} tabIndex={stop(each)} className="choice" p="md">
                <Choice label={t(`mode.${each}`)} mark={each === settings.mode ? t("settings.present") : undefined} />
                <Text size="sm" my={6}>
                  {t(`sentence.${each}`)}
                </Text>
                <Sample mode={each} />
              </Radio.Card>
            ))}
          </Stack>
        </Radio.Group>
        {declares && (
          <Fieldset legend={t("settings.declaration")}>
            <Stack gap="sm">
              <Text size="sm" c="dimmed">
                {t("settings.declarationHint")}
              </Text>
              <Checkbox
                label={t("settings.employees")}
                checked={informed}
                onChange={(event) => setInformed(event.currentTarget.checked)}
                error={tried && !informed ? t("settings.missing") : undefined}
              />
              <Radio.Group label={t("settings.council")} value={council} onChange={(value) => setCouncil(value as typeof council)} error={tried && !council ? t("settings.missing") : undefined}>
                <Stack gap="xs" mt={4}>
                  <Radio value="involved" label={t("settings.councilTookPart")} />
                  <Radio value="notRequired" label={t("settings.councilNotNeeded")} />
                </Stack>
              </Radio.Group>
            </Stack>
          </Fieldset>
        )}
        {clears && (
          <Radio.Group label={t("settings.existing", { count: settings.olderRecords })} value={existing} onChange={(value) => setExisting(value as Existing)}>
            <Stack gap="xs" mt={4}>
              {kinds.map((kind) => (
                <Radio key={kind} value={kind} label={t(`settings.existingIs.${kind}`)} />
              ))}
            </Stack>
          </Radio.Group>
        )}
        {mode && (mode !== settings.mode || settings.pending) && (
          <Notice kind="info" title={t("settings.effect")}>
            <List size="sm" spacing={2}>
              <List.Item>{keepsLess(settings.mode, mode) ? t("settings.atOnce") : t("settings.nextMonth", { from })}</List.Item>
              {settings.pending && settings.pending.mode !== mode && <List.Item>{t("settings.withdraws", { from: day(settings.pending.from, i18n.language, zone) })}</List.Item>}
              {!clears && <List.Item>{t(settings.mode === "doNotSave" ? "settings.keptBeforeNone" : "settings.keptBefore")}</List.Item>}
            </List>
          </Notice>
        )}
        <Group>
          <Button type="submit" loading={save.isPending} disabled={!mode}>
            {mode ? t("settings.save", { mode: t(`mode.${mode}`) }) : t("app:action.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
