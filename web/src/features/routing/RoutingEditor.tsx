import { Box, Button, Group, Popover, Stack, Text, UnstyledButton } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { Problem } from "../../api/problem";
import type { Owner, RoutingAnswer, User } from "../../api/types";
import { useProblemWords } from "../../i18n/problem";
import { Modal } from "../../ui/Dialog";
import { Notice } from "../../ui/Notice";
import { useReadable } from "../../ui/PhoneNumber";
import { Loading } from "../../ui/States";
import { type Asked, askedBy } from "./asked";
import { carried, changes, type Draft, faults, rebased, type Rings } from "./changes";
import { Diagram, type Editing, type Handle } from "./Diagram";
import { AskExtension, AskMember, AskNumber, AskSave } from "./dialogs";
import { drawn, sameDraft, stepOf } from "./draft";
import { useExplain } from "./explain";
import type { DiagramCard, Phone } from "./flow";
import { ListForm, Seconds } from "./ListForm";
import { saveRouting, takenNow } from "./wish";
import "./words";

const AddDevice = lazy(() => import("../devices/AddDevice").then(({ AddDevice: component }) => ({ default: component })));

export interface Held {
  routing: RoutingAnswer;
  version: string;
  draft: Draft;
}

/** The routing with handles. Nothing is live until Save, which shows the difference first. */
export function RoutingEditor({ owner, held, phones, administrator, user, first, onAsked, onClose }: { owner: Owner; held: Held; phones: Phone[]; administrator: boolean; user?: User; first?: Asked; onAsked: () => void; onClose: (saved: boolean) => void }) {
  const { t } = useTranslation(["routing", "app"]);
  const words = useProblemWords();
  const explain = useExplain();
  const queries = useQueryClient();
  const [base, setBase] = useState(held);
  const [draft, setDraft] = useState(held.draft);
  const [overtaken, setOvertaken] = useState(false);
  const [asked, setAsked] = useState<Asked | "save">();
  // Asked for from outside, before or while this is shown.
  useEffect(() => {
    if (!first) return;
    setAsked(first);
    onAsked();
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the caller's function is new each time
  }, [first]);
  const close = () => setAsked(undefined);

  // What somebody else saved meanwhile, and a phone that was added here: the draft stands on it, nothing of either is lost.
  if (held !== base && (held.version !== base.version || !sameDraft(base.draft, held.draft))) {
    const moved = held.version !== base.version;
    setBase(held);
    setDraft(rebased(base.draft, draft, held.draft, phones));
    if (moved && changes(base.draft, draft).length > 0) setOvertaken(true);
  }

  const found = changes(base.draft, draft);
  const wrong = faults(draft.rings);
  const save = useMutation({
    mutationFn: () => saveRouting(owner, base.draft, draft, phones.length, base.version),
    onSuccess: async (saved) => {
      queries.setQueryData([owner.type === "group" ? "groups" : "users", owner.id, "routing"], saved);
      onClose(true);
      await queries.invalidateQueries();
    },
    onError: async (error) => {
      const taken = takenNow(error, draft);
      if (taken) setDraft(taken);
      if (error instanceof Problem && error.code === "changed") {
        setOvertaken(true);
        close();
      }
      await queries.invalidateQueries();
    },
  });
  const blocker = useBlocker({ shouldBlockFn: ({ current, next }) => found.length > 0 && !save.isSuccess && (next.pathname !== current.pathname || tabOf(next) !== tabOf(current)), enableBeforeUnload: () => found.length > 0, withResolver: true });

  const setRings = (rings: Rings) => setDraft({ ...draft, rings });
  const editing = useHandles({ base: base.draft, draft, wrong, administrator, onChange: setDraft, onAsk: setAsked });
  const refused = save.error && !(save.error instanceof Problem && save.error.code === "changed") ? Object.values(words.fields(save.error))[0] ?? words.whole(save.error) : undefined;
  const { rings } = draft;
  const resting = rings.kind === "steps" ? phones.filter(({ id }) => !rings.stages.some((stage) => stage.phones.some((phone) => phone.id === id))) : [];
  return (
    <Stack gap="lg">
      {overtaken && (
        <Notice kind="needsYou" title={t("change.conflict")}>
          {t("change.conflictText", { sentence: explain(base.routing) })}
        </Notice>
      )}
      <Diagram
        data={drawn(owner, base.draft, draft, administrator)}
        name={owner.name}
        editing={editing}
        mend={(code) => () => setAsked(askedBy(code))}
      />
      {resting.length > 0 && rings.kind === "steps" && (
        <Group gap="xs">
          <Text size="sm">{t("step.resting")}</Text>
          {resting.map((phone) => (
            <Button key={phone.id} size="compact-sm" variant="default" onClick={() => setRings({ kind: "steps", stages: carried(rings.stages, -1, phone, Math.max(0, rings.stages.length - 1)) })}>
              {t("step.letRing", { label: phone.label })}
            </Button>
          ))}
        </Group>
      )}
      <ListForm before={base.draft} draft={draft} phones={phones} wrong={wrong} administrator={administrator} onChange={setDraft} onAsk={setAsked} />
      <SaveBar count={found.length} impossible={wrong.size > 0} onSave={() => setAsked("save")} onDiscard={() => onClose(false)} />

      {asked === "number" && (
        <AskNumber
          owner={owner.id}
          draft={draft}
          onClose={close}
          onDone={(number) => {
            setDraft({ ...draft, numbers: [...draft.numbers, number] });
            close();
          }}
        />
      )}
      {asked === "extension" && (
        <AskExtension
          owner={owner.id}
          draft={draft}
          onClose={close}
          onDone={(extension) => {
            setDraft({ ...draft, extension });
            close();
          }}
        />
      )}
      {asked === "member" && rings.kind === "members" && (
        <AskMember
          present={rings.members}
          onClose={close}
          onDone={(member) => {
            setRings({ ...rings, members: [...rings.members, member] });
            close();
          }}
        />
      )}
      {asked === "phone" && user && (
        <Modal opened onClose={close} title={t("card.addPhone")} size="lg" closeButtonProps={{ "aria-label": t("app:action.close") }}>
          <Suspense fallback={<Loading rows={3} />}>
            <AddDevice
              user={user}
              onClose={close}
              onAdded={({ id, label }) => {
                // Where steps are chosen, nothing rings by itself: the new phone joins the first.
                if (rings.kind === "steps" && rings.stages.length > 0) setRings({ kind: "steps", stages: carried(rings.stages, -1, { id, label }, 0) });
              }}
            />
          </Suspense>
        </Modal>
      )}
      {asked === "save" && (
        <AskSave found={found} all={phones.length} loading={save.isPending} onSave={() => save.mutate()} onClose={close}>
          {refused && <Notice kind="failed">{refused}</Notice>}
        </AskSave>
      )}
      {blocker.status === "blocked" && (
        <Modal opened onClose={blocker.reset} title={t("leave.title")} closeButtonProps={{ "aria-label": t("app:action.close") }}>
          <Text mb="md">{t("leave.text", { count: found.length })}</Text>
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={blocker.reset} data-autofocus>
              {t("leave.stay")}
            </Button>
            <Button color="danger" onClick={blocker.proceed}>
              {t("leave.go")}
            </Button>
          </Group>
        </Modal>
      )}
    </Stack>
  );
}

/** Which part of the page stands in its address: as long as it is this one, nothing is left. */
const tabOf = ({ search }: { search: unknown }) => (search as { tab?: string }).tab ?? "routing";

function SaveBar({ count, impossible, onSave, onDiscard }: { count: number; impossible: boolean; onSave: () => void; onDiscard: () => void }) {
  const { t } = useTranslation(["routing", "app"]);
  return (
    <Box className={count ? "save-bar save-bar-changed" : "save-bar"} component="section" aria-label={t("change.title")}>
      <Text fw={600} role="status">
        {count ? t("change.count", { count }) : t("change.none")}
      </Text>
      <Group gap="sm" wrap="nowrap">
        <Button disabled={count === 0 || impossible} onClick={onSave}>
          {t("app:action.save")}
        </Button>
        <Button variant="default" onClick={onDiscard}>
          {count ? t("app:action.discard") : t("app:action.close")}
        </Button>
      </Group>
    </Box>
  );
}

function useHandles({
  base,
  draft,
  wrong,
  administrator,
  onChange,
  onAsk,
}: {
  base: Draft;
  draft: Draft;
  wrong: Map<number, "empty" | "range">;
  administrator: boolean;
  onChange: (draft: Draft) => void;
  onAsk: (what: Asked) => void;
}): Editing {
  const { t } = useTranslation("routing");
  const readable = useReadable();
  const { rings } = draft;
  const setRings = (next: Rings) => onChange({ ...draft, rings: next });

  const numberHandles = (card: DiagramCard): Handle[] => {
    const shown = readable(card.label);
    if (card.mark === "removed") {
      const held = base.numbers.find(({ id }) => id === card.reference);
      return [{ kind: "undo", label: t("number.restore", { number: shown }), run: () => held && onChange({ ...draft, numbers: [...draft.numbers, held] }) }];
    }
    return [{ kind: "remove", label: t("number.remove", { number: shown }), run: () => onChange({ ...draft, numbers: draft.numbers.filter(({ id }) => id !== card.reference) }) }];
  };
  const extensionHandles = (card: DiagramCard): Handle[] => {
    if (card.mark === "removed") return [{ kind: "undo", label: t("extension.restore", { number: card.label }), run: () => onChange({ ...draft, extension: base.extension }) }];
    return [
      { kind: "change", label: t("extension.changeThis", { number: card.label }), run: () => onAsk("extension") },
      { kind: "remove", label: t("extension.remove", { number: card.label }), run: () => onChange({ ...draft, extension: undefined }) },
    ];
  };
  const phoneHandles = (card: DiagramCard): Handle[] => {
    if (rings.kind !== "steps") return [];
    const { stages } = rings;
    const step = stepOf(card);
    const phone = { id: card.reference ?? "", label: card.label };
    const alone = stages[step]?.phones.length === 1;
    const to = (position: number) => () => setRings({ kind: "steps", stages: carried(stages, step, phone, position) });
    const handles: Handle[] = [];
    const ringsIn = (position: number) => stages[position]?.phones.some(({ id }) => id === phone.id);
    if (!(alone && step === 0) && !ringsIn(step - 1)) handles.push({ kind: "earlier", label: t("phone.earlier", { label: card.label }), run: to(step - 1) });
    if (!(alone && step === stages.length - 1) && !ringsIn(step + 1)) handles.push({ kind: "later", label: t("phone.later", { label: card.label }), run: to(step + 1) });
    const without = stages.map((stage, at) => (at === step ? { ...stage, phones: stage.phones.filter(({ id }) => id !== phone.id) } : stage)).filter(({ phones }) => phones.length > 0);
    if (without.length > 0) handles.push({ kind: "remove", label: t("phone.remove", { label: card.label, step: step + 1 }), run: () => setRings({ kind: "steps", stages: without }) });
    return handles;
  };
  const memberHandles = (card: DiagramCard): Handle[] => {
    if (rings.kind !== "members") return [];
    const member = { id: card.reference ?? "", name: card.label };
    if (card.mark === "removed") return [{ kind: "undo", label: t("member.restore", { name: member.name }), run: () => setRings({ ...rings, members: [...rings.members, member] }) }];
    return [{ kind: "remove", label: t("member.remove", { name: member.name }), run: () => setRings({ ...rings, members: rings.members.filter(({ id }) => id !== member.id) }) }];
  };

  return {
    handles: (card) => {
      if (card.kind === "number" && administrator) return numberHandles(card);
      if (card.kind === "extension" && administrator) return extensionHandles(card);
      if (card.kind === "device") return phoneHandles(card);
      return card.id.startsWith("member:") ? memberHandles(card) : [];
    },
    time: (column, label): ReactNode => {
      const step = column - 3;
      if (rings.kind === "members") {
        if (column !== 3 || rings.members.length === 0) return undefined;
        return <Time label={label} word={t("member.seconds")} value={rings.seconds} wrong={wrong.has(0)} changed={base.rings.kind === "members" && base.rings.seconds !== rings.seconds} onChange={(seconds) => setRings({ ...rings, seconds })} />;
      }
      const stage = rings.stages[step];
      if (!stage) return undefined;
      const was = base.rings.kind === "steps" ? base.rings.stages[step]?.seconds : undefined;
      return (
        <Time
          label={label}
          word={t("step.timeLabel", { step: step + 1 })}
          value={stage.seconds}
          wrong={wrong.get(step) === "range"}
          changed={was !== stage.seconds}
          onChange={(seconds) => setRings({ kind: "steps", stages: rings.stages.map((each, at) => (at === step ? { ...each, seconds } : each)) })}
        />
      );
    },
    drag: (card) => card.kind === "device",
    drop: (card, column) => {
      if (rings.kind === "steps") setRings({ kind: "steps", stages: carried(rings.stages, stepOf(card), { id: card.reference ?? "", label: card.label }, column - 2) });
    },
  };
}

/** The ring time on the arrow, changed in place. */
function Time({ label, word, value, wrong, changed, onChange }: { label: string; word: string; value: number; wrong: boolean; changed: boolean; onChange: (seconds: number) => void }) {
  const { t } = useTranslation("routing");
  return (
    <Popover trapFocus returnFocus shadow="md" position="top">
      <Popover.Target>
        <UnstyledButton className={`diagram-time${changed ? " diagram-time-changed" : ""}${wrong ? " diagram-time-wrong" : ""}`} aria-label={`${word}: ${label}`}>
          {label}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <Seconds label={word} value={value} wrong={wrong} words={t("step.ringsFor")} onChange={onChange} />
      </Popover.Dropdown>
    </Popover>
  );
}
