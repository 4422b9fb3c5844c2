import { Box, Button, Checkbox, Group, Modal, NativeSelect, Paper, Radio, Stack, Switch, Text, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useBlocker, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, onceKey } from "../../api/client";
import { unwrap } from "../../api/problem";
import { availabilityQuery, devicesQuery, groupsQuery, locationsQuery, userQuery } from "../../api/queries";
import type { DeviceWithCredentials, PhoneNumber, User } from "../../api/types";
import { steps, type WizardStep } from "../../app/search";
import { meQuery } from "../../app/session";
import { currentLanguage, languages } from "../../i18n";
import { useProblemWords } from "../../i18n/problem";
import { Copyable } from "../../ui/Copyable";
import { ButtonLink, TextLink } from "../../ui/links";
import { exact } from "../../ui/moment";
import { Notice } from "../../ui/Notice";
import { Page } from "../../ui/Page";
import { useRefusal } from "../../ui/refusal";
import { LoadFailed, Loading } from "../../ui/States";
import { Diagram } from "../routing/Diagram";
import { Choice, NumberPicker } from "../routing/NumberPicker";
import { ExtensionPicker } from "../routing/ExtensionPicker";
import { preview } from "../routing/preview";
import { CredentialsCard, Waiting } from "../devices/CredentialsCard";
import { mendAt, toMend, useFindingWords } from "./findings";

interface Details {
  firstName: string;
  lastName: string;
  email: string;
  location: string;
  language: string;
  administrator: boolean;
}

/** What the person beside the steps will have, as far as it was answered. */
interface Will {
  name: string;
  phone?: string;
  number?: PhoneNumber | undefined;
  extension?: string;
}

const noDetails: Details = { firstName: "", lastName: "", email: "", location: "", language: currentLanguage(), administrator: false };

/** Add User: four steps. The user exists after the first one, so that leaving half-way loses nothing. */
export function NewUserPage() {
  const { t } = useTranslation("users");
  const search = useSearch({ from: "/inside/account/users/new" });
  const navigate = useNavigate({ from: "/users/new" });
  const locations = useQuery(locationsQuery);
  const loaded = useQuery({ ...userQuery(search.user ?? ""), enabled: Boolean(search.user) });
  const user = search.user ? loaded.data?.data : undefined;
  const step: WizardStep = search.user ? (search.step ?? "details") : "details";
  const [will, setWill] = useState<Will>({ name: "" });
  const [device, setDevice] = useState<DeviceWithCredentials>();
  const [extension, setExtension] = useState<string>();
  const [number, setNumber] = useState<PhoneNumber | undefined | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const go = (to: WizardStep) => void navigate({ search: (before) => ({ ...before, step: to }) });

  useEffect(() => heading.current?.focus(), [step]);

  const name = user?.name || will.name || t("new.previewName");
  const phones = user?.devices.map(({ label }) => label) ?? [];
  const shown = preview({
    name,
    numbers: user?.numbers.length ? user.numbers : number && step === "reach" ? [number.number] : [],
    extension: user?.extensions[0] ?? (step === "reach" ? extension : undefined),
    phones: phones.length ? phones : step === "phone" && will.phone ? [will.phone] : [],
    seconds: 60,
  });

  let body = <Loading rows={5} />;
  if (loaded.error) body = <LoadFailed error={loaded.error} again={() => void loaded.refetch()} />;
  else if (locations.error) body = <LoadFailed error={locations.error} again={() => void locations.refetch()} />;
  else if (locations.data && step === "details" && (!search.user || user)) {
    body = (
      <DetailsStep
        key={user?.id ?? "new"}
        user={user}
        version={loaded.data?.version}
        onName={(value) => setWill((before) => ({ ...before, name: value }))}
        onDone={(id) => {
          // The browser's way back leads to the same person, not to a second one.
          void navigate({ search: { user: id, step: "details" }, replace: true, ignoreBlocker: true }).then(() => navigate({ search: { user: id, step: "phone" }, ignoreBlocker: true }));
        }}
      />
    );
  } else if (user && step === "phone") {
    body = <PhoneStep user={user} made={device} onMade={setDevice} onLabel={(phone) => setWill((before) => ({ ...before, phone }))} back={() => go("details")} next={() => go("reach")} />;
  } else if (user && step === "reach") {
    body = (
      <ReachStep user={user} number={number} onNumber={setNumber} extension={extension} onExtension={setExtension} back={() => go("phone")} next={() => go("done")} />
    );
  } else if (user && step === "done") body = <DoneStep user={user} />;

  const titles = { details: t("new.details"), phone: t("new.phone"), reach: t("new.reach", { name }), done: t("new.done", { name }) };
  return (
    <Page title={t("new.title")}>
      <Stack gap="xl">
        <Rail step={step} />
        <div className="beside-columns">
          <Box>
            <Title order={2} fz={20} mb="md" tabIndex={-1} ref={heading} className="quiet-focus">
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

function Ways({ back, next, label, loading = false }: { back?: () => void; next?: () => void; label: string; loading?: boolean }) {
  const { t } = useTranslation();
  return (
    <Group justify="space-between" mt="lg">
      {back ? (
        <Button variant="default" onClick={back}>
          {t("action.back")}
        </Button>
      ) : (
        <span />
      )}
      <Button type={next ? "button" : "submit"} onClick={next} loading={loading}>
        {label}
      </Button>
    </Group>
  );
}

function DetailsStep({ user, version, onName, onDone }: { user: User | undefined; version: string | undefined; onName: (name: string) => void; onDone: (id: string) => void }) {
  const { t } = useTranslation(["users", "app"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { data: locations = [] } = useQuery(locationsQuery);
  const [once] = useState(onceKey);
  const initial: Details = user
    ? { firstName: user.firstName, lastName: user.lastName, email: user.email ?? "", location: user.location ?? "", language: user.language, administrator: user.role === "administrator" }
    : { ...noDetails, location: locations[0]?.id ?? "" };
  const form = useForm({ initialValues: initial, onValuesChange: (values) => onName(`${values.firstName} ${values.lastName}`.trim()) });
  const refuse = useRefusal(form);
  const save = useMutation({
    mutationFn: async ({ administrator, ...values }: Details) => {
      const body = { ...values, email: values.email.trim() || null, location: values.location || null };
      if (!user) return unwrap(api.POST("/v1/users", { headers: once, body: { ...body, administrator } }));
      const path = { user: user.id };
      let saved = user;
      if (form.isDirty()) saved = await unwrap(api.PATCH("/v1/users/{user}", { params: { path }, headers: { "if-match": version }, body }));
      if (administrator !== (user.role === "administrator")) saved = await unwrap(api.PUT("/v1/users/{user}/role", { params: { path }, body: { administrator } }));
      return saved;
    },
    onSuccess: async (saved) => {
      form.resetDirty();
      await queries.invalidateQueries();
      onDone(saved.id);
    },
    onError: refuse,
  });
  const blocker = useBlocker({ shouldBlockFn: () => form.isDirty() && !save.isSuccess, withResolver: true, enableBeforeUnload: () => form.isDirty() && !save.isSuccess });
  return (
    <form
      noValidate
      onSubmit={form.onSubmit((values) => save.mutate(values))}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !user) void navigate({ to: "/users", search: {} });
      }}
    >
      <Stack gap="md" maw={560}>
        {save.error && <Notice kind="failed">{words.whole(save.error)}</Notice>}
        <Group gap="sm" align="flex-start" grow>
          <TextInput label={t("new.firstName")} autoComplete="off" autoFocus withAsterisk aria-required="true" {...form.getInputProps("firstName")} />
          <TextInput label={t("new.lastName")} autoComplete="off" {...form.getInputProps("lastName")} />
        </Group>
        <TextInput label={t("new.email")} description={t("new.emailHint")} type="email" autoComplete="off" {...form.getInputProps("email")} />
        <NativeSelect
          label={t("new.location")}
          description={t("new.locationHint")}
          data={[...locations.map(({ id, name, street, number, city }) => ({ value: id, label: [name, `${street} ${number}`.trim(), city].filter(Boolean).join(", ") })), { value: "", label: t("settings.noLocation") }]}
          {...form.getInputProps("location")}
        />
        <NativeSelect
          label={t("new.language")}
          data={languages.map((language) => ({ value: language, label: t(`app:language.${language}`) }))}
          {...form.getInputProps("language")}
        />
        <Switch label={t("new.administrator")} description={t("new.administratorHint")} {...form.getInputProps("administrator", { type: "checkbox" })} />
      </Stack>
      <Ways label={user ? t("app:action.next") : t("new.create")} loading={save.isPending} />
      <Modal opened={blocker.status === "blocked"} onClose={() => blocker.reset?.()} title={t("new.leave.title")} closeButtonProps={{ "aria-label": t("app:action.close") }}>
        <Text mb="lg">{t("new.leave.text")}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => blocker.proceed?.()}>
            {t("new.leave.go")}
          </Button>
          <Button data-autofocus onClick={() => blocker.reset?.()}>
            {t("new.leave.stay")}
          </Button>
        </Group>
      </Modal>
    </form>
  );
}

function PhoneStep({
  user,
  made,
  onMade,
  onLabel,
  back,
  next,
}: {
  user: User;
  made: DeviceWithCredentials | undefined;
  onMade: (device: DeviceWithCredentials) => void;
  onLabel: (label: string | undefined) => void;
  back: () => void;
  next: () => void;
}) {
  const { t } = useTranslation(["users", "app"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const devices = useQuery(devicesQuery(user.id, 2_000));
  const [choice, setChoice] = useState("voip");
  const form = useForm({ initialValues: { label: t("new.phoneLabelValue") } });
  const refuse = useRefusal(form);
  const [once, setOnce] = useState(onceKey);
  const label = form.values.label;
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- the caller's function is new each time
  useEffect(() => onLabel(choice === "voip" ? label : undefined), [choice, label]);
  const add = useMutation({
    mutationFn: () => unwrap(api.POST("/v1/users/{user}/devices", { params: { path: { user: user.id } }, headers: once, body: { kind: "voip", label: form.values.label } })),
    onSuccess: async (device) => {
      onMade(device);
      setOnce(onceKey());
      await queries.invalidateQueries({ queryKey: ["users"] });
    },
    onError: refuse,
  });
  const present = devices.data?.[0];
  if (made) {
    return (
      <Box maw={560}>
        <CredentialsCard device={made} user={user.id} />
        <Ways back={back} next={next} label={t("app:action.next")} />
      </Box>
    );
  }
  if (present) {
    return (
      <Box maw={560}>
        <Text>{t("new.phoneHas", { name: user.name })}</Text>
        <Text fw={600}>{present.label}</Text>
        <Waiting device={present} user={user.id} />
        <Ways back={back} next={next} label={t("app:action.next")} />
      </Box>
    );
  }
  return (
    <form noValidate onSubmit={form.onSubmit(() => (choice === "voip" ? add.mutate() : next()))}>
      <Stack gap="md" maw={560}>
        {add.error && <Notice kind="failed">{words.whole(add.error)}</Notice>}
        <Radio.Group value={choice} onChange={setChoice} aria-label={t("new.phone")}>
          <Stack gap="sm">
            <Radio.Card value="voip" className="choice">
              <Choice label={t("new.phoneVoip")} />
              <Text size="sm" c="dimmed" mt={4}>
                {t("new.phoneVoipHint")}
              </Text>
            </Radio.Card>
            <Radio.Card value="later" className="choice">
              <Choice label={t("new.phoneLater")} />
              <Text size="sm" c="dimmed" mt={4}>
                {t("new.phoneLaterHint", { name: user.name })}
              </Text>
            </Radio.Card>
          </Stack>
        </Radio.Group>
        {choice === "voip" && <TextInput label={t("new.phoneLabel")} maw={280} autoComplete="off" {...form.getInputProps("label")} />}
      </Stack>
      <Ways back={back} label={choice === "voip" ? t("new.phoneAdd") : t("app:action.next")} loading={add.isPending} />
    </form>
  );
}

function ReachStep({
  user,
  number,
  onNumber,
  extension,
  onExtension,
  back,
  next,
}: {
  user: User;
  number: PhoneNumber | undefined | null;
  onNumber: (number: PhoneNumber | undefined) => void;
  extension: string | undefined;
  onExtension: (extension: string) => void;
  back: () => void;
  next: () => void;
}) {
  const { t } = useTranslation(["users", "app", "routing"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const groups = useQuery(groupsQuery);
  const [joined, setJoined] = useState(() => user.groups.map(({ id }) => id));
  const own = user.extensions[0];
  const proposal = useQuery({ ...availabilityQuery("10"), enabled: !own && extension === undefined });
  const proposed = proposal.data && (proposal.data.free ? proposal.data.number : proposal.data.proposal);
  useEffect(() => {
    if (extension === undefined && (own ?? proposed)) onExtension(own ?? proposed ?? "");
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the caller's function is new each time
  }, [extension, own, proposed]);
  const owner = { type: "user", id: user.id } as const;
  const save = useMutation({
    mutationFn: async () => {
      // Each of these may be sent again after one of them failed: what is done already is left out.
      const now = await unwrap(api.GET("/v1/users/{user}", { params: { path: { user: user.id } } }));
      if (number && !now.numbers.includes(number.number)) {
        const movedFrom = number.owner ? { type: number.owner.type, id: number.owner.id } : undefined;
        await unwrap(api.PUT("/v1/numbers/{number}/assignment", { params: { path: { number: number.id } }, body: { owner, movedFrom } }));
      }
      if (extension && !now.extensions.includes(extension)) await unwrap(api.POST("/v1/extensions", { headers: onceKey(), body: { number: extension, owner } }));
      for (const group of groups.data ?? []) {
        const params = { params: { path: { group: group.id, user: user.id } } };
        const [is, wanted] = [now.groups.some(({ id }) => id === group.id), joined.includes(group.id)];
        // One after the other, so that the first refusal stops and is told.
        if (wanted && !is) await unwrap(api.PUT("/v1/groups/{group}/members/{user}", params));
        if (!wanted && is) await unwrap(api.DELETE("/v1/groups/{group}/members/{user}", params));
      }
    },
    onSettled: () => queries.invalidateQueries(),
    onSuccess: next,
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack gap="lg" maw={560}>
        {save.error && <Notice kind="failed">{words.fields(save.error).number ?? words.whole(save.error)}</Notice>}
        <Box>
          <Text fw={600} size="sm" mb={4}>
            {t("routing:number.label")}
          </Text>
          {user.numbers.length > 0 ? <Text>{user.numbers.join(", ")}</Text> : <NumberPicker value={number ?? undefined} onChange={onNumber} none={t("routing:number.none")} />}
        </Box>
        {own ? (
          <Text>
            <b>{t("routing:extension.label")}</b> {own}
          </Text>
        ) : (
          <ExtensionPicker value={extension ?? ""} onChange={onExtension} />
        )}
        <Checkbox.Group label={t("new.groups")} description={groups.data?.length ? t("new.groupsHint") : t("new.noGroups")} value={joined} onChange={setJoined}>
          <Stack gap="xs" mt="xs">
            {groups.data?.map((group) => (
              <Checkbox key={group.id} value={group.id} label={group.name} />
            ))}
          </Stack>
        </Checkbox.Group>
      </Stack>
      <Ways back={back} label={t("app:action.next")} loading={save.isPending} />
    </form>
  );
}

function DoneStep({ user }: { user: User }) {
  const { t, i18n } = useTranslation(["users", "app"]);
  const problem = useProblemWords();
  const words = useFindingWords();
  const { data: me } = useQuery(meQuery);
  const missing = toMend(user.findings);
  const waiting = user.devices.find(({ online }) => !online);
  const asked = useRef(false);
  const invite = useMutation({ mutationFn: () => unwrap(api.POST("/v1/users/{user}/invitation", { params: { path: { user: user.id } } })) });
  useEffect(() => {
    // Once, also where effects run twice: each invitation ends the one before.
    if (asked.current || !user.email || user.id === me?.user.id) return;
    asked.current = true;
    invite.mutate();
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- when the step opens, and never again
  }, []);
  return (
    <Stack gap="lg" maw={560}>
      {missing.length === 0 ? (
        <Notice kind="good">{t("new.doneComplete", { name: user.name })}</Notice>
      ) : (
        <Notice kind="needsYou" title={t("new.doneIncomplete", { name: user.name })}>
          <Stack gap={4} component="ul" className="plain" p={0} m={0} mt={4}>
            {missing.map((finding) => (
              <li key={finding.code}>
                <TextLink to="/users/$user" params={{ user: user.id }} search={mendAt(finding.code)} size="sm">
                  {words.what(finding, user)}
                </TextLink>
              </li>
            ))}
          </Stack>
        </Notice>
      )}
      {waiting && <Waiting device={waiting} user={user.id} />}
      <Paper withBorder p="md">
        <Text fw={600}>{t("new.invitation")}</Text>
        {!user.email && (
          <Text size="sm" c="dimmed">
            {t("new.invitationLater")}
          </Text>
        )}
        {invite.isPending && <Loading rows={1} />}
        {invite.error && <Notice kind="failed">{problem.whole(invite.error)}</Notice>}
        {invite.data && (
          <>
            <Text size="sm" c="dimmed" mb="xs">
              {t("new.invitationHint", { name: user.name, until: exact(invite.data.expiresAt, i18n.language) })}
            </Text>
            <Copyable value={invite.data.url ?? `${window.location.origin}/link#${invite.data.token}`} label={t("new.invitationCopy")} />
          </>
        )}
      </Paper>
      <Group>
        <ButtonLink to="/users/$user" params={{ user: user.id }} search={{}}>
          {t("new.open", { name: user.name })}
        </ButtonLink>
        <ButtonLink to="/users/new" search={{}} variant="default" reloadDocument>
          {t("new.another")}
        </ButtonLink>
      </Group>
    </Stack>
  );
}
