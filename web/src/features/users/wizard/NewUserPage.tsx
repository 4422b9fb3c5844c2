import "./words";

import { Box, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { locationsQuery, userQuery } from "../../../api/queries";
import type { AddedDevice } from "../../../api/types";
import { steps, type WizardStep } from "../../../app/search";
import { useDraft } from "../../../ui/draft";
import { Page } from "../../../ui/Page";
import { LoadFailed, Loading } from "../../../ui/States";
import { Diagram } from "../../routing/Diagram";
import { preview } from "../../routing/preview";
import { type Choices, noChoices } from "./choices";
import { DetailsStep } from "./DetailsStep";
import { DoneStep } from "./DoneStep";
import { PhoneStep } from "./PhoneStep";
import { ReachStep } from "./ReachStep";

/** Add User: four steps. The user exists after the first one, so that leaving half-way loses nothing. */
export function NewUserPage() {
  const search = useSearch({ from: "/inside/account/users/new" });
  return <Wizard key={search.user ?? "new"} id={search.user} step={search.user ? (search.step ?? "details") : "details"} />;
}

function Wizard({ id, step }: { id: string | undefined; step: WizardStep }) {
  const { t } = useTranslation(["users", "devices"]);
  const navigate = useNavigate({ from: "/users/new" });
  const locations = useQuery(locationsQuery);
  const loaded = useQuery({ ...userQuery(id ?? ""), enabled: Boolean(id) });
  const user = id ? loaded.data?.data : undefined;
  const [typedName, setTypedName] = useState("");
  const [made, setMade] = useState<AddedDevice>();
  const draft = useDraft<Choices>(`add-user.${id ?? "new"}.choices`, noChoices);
  const choices = draft.values;
  const choose = (part: Partial<Choices>) => draft.setValues((before) => ({ ...before, ...part }));
  const heading = useRef<HTMLHeadingElement>(null);
  const go = (to: WizardStep) => void navigate({ search: (before) => ({ ...before, step: to }) });
  const finish = () => {
    draft.drop();
    go("done");
  };

  useEffect(() => heading.current?.focus(), [step]);

  const name = user?.name.trim() || typedName || t("new.previewName");
  const phones = user?.devices.map(({ label }) => label) ?? [];
  const shown = preview({
    name,
    numbers: user?.numbers.length ? user.numbers : choices.number && step === "reach" ? [choices.number.number] : [],
    extension: user?.extensions[0] ?? (step === "reach" ? choices.extension : undefined),
    phones: phones.length ? phones : step === "phone" && choices.kind !== "later" ? [choices.label ?? t(`devices:kind.${choices.kind}.label`)] : [],
    seconds: 60,
  });

  let body = <Loading rows={5} />;
  if (loaded.error && !user) body = <LoadFailed error={loaded.error} again={() => void loaded.refetch()} />;
  else if (locations.error) body = <LoadFailed error={locations.error} again={() => void locations.refetch()} />;
  else if (locations.data && step === "details" && (!id || user)) {
    body = (
      <DetailsStep
        user={user}
        version={loaded.data?.version}
        onName={setTypedName}
        onDone={(added) => {
          // The browser's way back leads to the same person, not to a second one.
          void navigate({ search: { user: added, step: "details" }, replace: true }).then(() => navigate({ search: { user: added, step: "phone" } }));
        }}
      />
    );
  } else if (user && step === "phone") {
    body = <PhoneStep user={user} choices={choices} choose={choose} made={made} onMade={setMade} back={() => go("details")} next={() => go("reach")} later={finish} />;
  } else if (user && step === "reach") {
    body = <ReachStep user={user} choices={choices} choose={choose} back={() => go("phone")} next={finish} later={finish} />;
  } else if (user && step === "done") body = <DoneStep user={user} />;

  const titles = { details: t("new.details"), phone: t("new.phone"), reach: t("new.reach", { name }), done: t("new.done", { name }) };
  return (
    <Page title={t("new.title")}>
      <Stack gap="xl">
        <Rail step={step} />
        <div className="beside-columns">
          <Box>
            <Title order={2} fz={20} mb="md" tabIndex={-1} ref={heading} className="quiet-focus anywhere">
              {titles[step]}
            </Title>
            {body}
          </Box>
          <Paper component="aside" withBorder p="md" bg="var(--rw-surface)" aria-label={t("new.preview")}>
            <Text fw={600} mb="md">
              {t("new.preview")}
            </Text>
            <Diagram data={shown} name={name} upright />
          </Paper>
        </div>
      </Stack>
    </Page>
  );
}

function Rail({ step }: { step: WizardStep }) {
  const { t } = useTranslation("users");
  const at = steps.indexOf(step);
  return (
    <nav aria-label={t("steps.label")}>
      <ol className="rail">
        {steps.map((each, position) => (
          <li key={each} data-state={position < at ? "done" : undefined} aria-current={position === at ? "step" : undefined}>
            {position + 1}. <span>{t(`steps.${each}`)}</span>
          </li>
        ))}
      </ol>
    </nav>
  );
}
