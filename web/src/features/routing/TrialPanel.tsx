import { Autocomplete, Box, Button, CloseButton, Group, NativeSelect, Paper, SegmentedControl, Slider, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useReducedMotion } from "@mantine/hooks";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { api } from "../../api/client";
import { unwrap } from "../../api/problem";
import type { Owner, RoutingAnswer } from "../../api/types";
import { useProblemWords } from "../../i18n/problem";
import { Notice } from "../../ui/Notice";
import { useReadable } from "../../ui/PhoneNumber";
import { CallerPicker } from "./CallerPicker";
import { Diagram, type Light } from "./Diagram";
import { diagramOf, dialled, type DiagramCard, type Flow } from "./flow";
import { always, type Behaviour, behaviours, clock, lights, type Question, type Trial, tryOut } from "./trial";
import { useTrialWords } from "./useTrialWords";
import "./words";

/** "What happens when…": somebody calls, at some time, and the phones do this or that. */
export function TrialPanel({ owner, routing, onClose }: { owner: Owner; routing: RoutingAnswer; onClose: () => void }) {
  const { t } = useTranslation(["routing", "app"]);
  const words = useProblemWords();
  const readable = useReadable();
  const { numbers, extensions } = dialled(routing);
  // Extensions are for calls inside; from outside nobody can dial them.
  const inside = extensions.map(({ number }) => number);
  const choices = [...numbers.map(({ number }) => readable(number)), ...inside];
  const [from, setFrom] = useState<"colleague" | "outside">(numbers.length > 0 || inside.length === 0 ? "outside" : "colleague");
  const [device, setDevice] = useState("");
  const [number, setNumber] = useState("");
  const [called, setCalled] = useState(choices[0] ?? "");
  const [day, setDay] = useState(today);
  const [minutes, setMinutes] = useState(() => Math.floor((new Date().getHours() * 60 + new Date().getMinutes()) / 15) * 15);
  const [does, setDoes] = useState<ReadonlyMap<string, Behaviour>>(new Map());
  const [fault, setFault] = useState<"caller" | "called">();
  const phones = [...new Map((routing.flow as Flow).nodes.flatMap(({ stage }) => stage?.devices ?? []).map((ring) => [ring.device, ring])).values()];
  const at = new Date(`${day || today()}T${timeOf(minutes)}:00`);

  const trial = useMutation({
    mutationFn: (question: Question) =>
      tryOut(question, does, async (body) => (await unwrap(api.POST("/v1/routing/trials", { body: body as never }))) as unknown as Trial),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (from === "colleague" && !device) return setFault("caller");
    if (!called.trim()) return setFault("called");
    setFault(undefined);
    trial.mutate({ caller: from === "colleague" ? { type: "device", device } : { type: "outside", number: international(number) }, dialled: called.replaceAll(/[^\d+*#]/g, ""), at: at.toISOString() });
  };
  const refused = trial.error && words.fields(trial.error);
  return (
    <Paper withBorder p="md" component="section" aria-label={t("trial.title")}>
      <Group justify="space-between" wrap="nowrap" mb="sm" align="flex-start">
        <div>
          <Text fw={600} component="h3" fz="md">
            {t("trial.title")}
          </Text>
          <Text size="sm" c="dimmed">
            {t("trial.intro")}
          </Text>
        </div>
        <CloseButton size="lg" aria-label={t("app:action.close")} onClick={onClose} />
      </Group>
      <form noValidate onSubmit={submit}>
        <div className="trial-form">
          <Stack gap="xs">
            <Text size="sm" fw={600} id="trial-caller">
              {t("trial.caller")}
            </Text>
            <SegmentedControl
              aria-labelledby="trial-caller"
              value={from}
              onChange={(value) => setFrom(value as typeof from)}
              data={[
                { value: "outside", label: t("trial.fromOutside") },
                { value: "colleague", label: t("trial.fromColleague") },
              ]}
            />
            {from === "outside" ? (
              <TextInput
                label={t("trial.number")}
                description={t("trial.numberHint")}
                inputMode="tel"
                autoComplete="off"
                value={number}
                error={refused?.["caller"] ?? refused?.["caller.number"]}
                onChange={(event) => setNumber(event.currentTarget.value)}
              />
            ) : (
              <CallerPicker value={device} onChange={setDevice} error={fault === "caller" ? t("trial.chooseCaller") : undefined} />
            )}
          </Stack>
          <Stack gap="xs">
            <Autocomplete
              label={t("trial.called")}
              description={t("trial.calledHint")}
              data={choices}
              value={called}
              onChange={setCalled}
              error={fault === "called" ? t("trial.whatIsCalled") : refused?.["dialled"]}
              // The list is for choosing another; what stands there must not hide it.
              filter={({ options }) => options}
            />
            <Group gap="sm" align="flex-end" wrap="nowrap">
              <TextInput label={t("trial.day")} type="date" value={day} onChange={(event) => setDay(event.currentTarget.value)} w={160} />
              <Text fw={600} pb={8} className="keep">
                {timeOf(minutes)}
              </Text>
            </Group>
            <Box px={4} pb={18}>
              <Slider
                thumbLabel={t("trial.time")}
                min={0}
                max={24 * 60 - 15}
                step={15}
                value={minutes}
                onChange={setMinutes}
                label={timeOf}
                marks={[0, 6, 12, 18].map((hour) => ({ value: hour * 60, label: `${hour}:00` }))}
              />
            </Box>
          </Stack>
          {phones.length > 0 && (
            <Stack gap="xs">
              <Text size="sm" fw={600}>
                {t("trial.phones")}
              </Text>
              {phones.slice(0, 12).map(({ device: id, label, userName }) => (
                <NativeSelect
                  key={id}
                  label={owner.type === "group" && userName ? t("trial.phoneOf", { label, name: userName }) : label}
                  data={behaviours.map((value) => ({ value, label: t(`trial.does.${value}`) }))}
                  value={does.get(id) ?? "noAnswer"}
                  onChange={(event) => setDoes(new Map(does).set(id, event.currentTarget.value as Behaviour))}
                />
              ))}
            </Stack>
          )}
        </div>
        <Button type="submit" mt="md" loading={trial.isPending}>
          {t("trial.run")}
        </Button>
      </form>
      {trial.error && Object.keys(refused ?? {}).length === 0 && (
        <Box mt="md">
          <Notice kind="failed">{words.whole(trial.error)}</Notice>
        </Box>
      )}
      {trial.data && <Result key={trial.submittedAt} trial={trial.data} at={at} />}
    </Paper>
  );
}

/** The path lights up step by step, each with its reason; the whole as a sentence. */
function Result({ trial, at }: { trial: Trial; at: Date }) {
  const { t, i18n } = useTranslation("routing");
  const words = useTrialWords();
  const still = useReducedMotion();
  const last = trial.steps.length;
  const [reached, setReached] = useState(0);
  const [playing, setPlaying] = useState(true);
  // Without motion the whole path is there at once.
  const upTo = playing && still ? last : reached;
  useEffect(() => {
    if (!playing || still || reached >= last) return;
    const next = setTimeout(() => setReached(reached + 1), reached === 0 ? 150 : 700);
    return () => clearTimeout(next);
  }, [playing, still, reached, last]);
  const lit = lights(trial, upTo);
  const when = new Intl.DateTimeFormat(i18n.language === "en" ? "en-GB" : i18n.language, { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" }).format(at);
  const light = (card: DiagramCard): Light | undefined => {
    if (always(card)) return { state: "passed" };
    const state = lit.get(card.id) ?? (card.kind === "ending" && lit.has("ending") ? "passed" : undefined);
    if (!state) return undefined;
    const failed = trial.steps.slice(0, upTo).findLast(({ what, node }) => what.type === "failed" && card.id === `step${node}:${what.device}`);
    return { state, words: card.kind === "ending" ? undefined : failed ? words.failure(failed.what) : t(`trial.light.${state}`) };
  };
  return (
    <Stack mt="lg" gap="md">
      <Text role="status" className="trial-sentence">
        {words.sentence(trial, when)}
      </Text>
      <Diagram data={diagramOf(trial)} name={trial.flow.called?.ownerName ?? trial.flow.called?.dialled ?? ""} light={light} />
      <ol className="plain tight trial-steps" aria-label={t("trial.steps")}>
        {trial.steps.map((step, position) => (
          <li key={position}>
            <UnstyledButton
              className="trial-step"
              data-lit={position < upTo || undefined}
              aria-pressed={position + 1 === upTo}
              onClick={() => {
                setPlaying(false);
                setReached(position + 1);
              }}
            >
              <span className="trial-clock">{clock(step.afterMs)}</span>
              <span>{words.step(trial, step)}</span>
            </UnstyledButton>
          </li>
        ))}
      </ol>
    </Stack>
  );
}

function today(): string {
  const now = new Date();
  return `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-${String(now.getDate()).padStart(2, "0")}`;
}

function timeOf(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/** As the exchange reads a caller's number; nothing is a withheld one. */
function international(number: string): string | undefined {
  const digits = number.replaceAll(/[^\d+]/g, "");
  if (!digits) return undefined;
  if (digits.startsWith("+")) return digits;
  if (digits.startsWith("00")) return `+${digits.slice(2)}`;
  return digits.startsWith("0") ? `+49${digits.slice(1)}` : `+${digits}`;
}
