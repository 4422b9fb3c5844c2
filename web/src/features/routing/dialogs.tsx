/** The questions that the editor asks: which number, which extension, who, and whether the whole is right. */
import { Button, Group, List, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

import { availabilityQuery } from "../../api/queries";
import type { Owner, PhoneNumber } from "../../api/types";
import { Modal } from "../../ui/Dialog";
import { Notice } from "../../ui/Notice";
import { useReadable } from "../../ui/PhoneNumber";
import { OwnerPicker } from "../telephony/OwnerPicker";
import { type Change, type Draft, type Extension, type Member, takenFrom, type TakenNumber } from "./changes";
import { ExtensionPicker } from "./ExtensionPicker";
import { listed } from "./explain";
import { NumberPicker } from "./NumberPicker";
import { useChangeWords } from "./useChangeWords";
import "./words";

function Asking({ title, action, ready, onDo, onClose, children }: { title: string; action: string; ready: boolean; onDo: () => void; onClose: () => void; children: ReactNode }) {
  const { t } = useTranslation("app");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // The editor itself is no form; a dialog in it must not send what is around it.
    event.stopPropagation();
    if (ready) onDo();
  };
  return (
    <Modal opened onClose={onClose} title={title} size="md" closeButtonProps={{ "aria-label": t("action.close") }}>
      <form noValidate onSubmit={submit}>
        <Stack gap="md">
          {children}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {t("action.cancel")}
            </Button>
            <Button type="submit" disabled={!ready}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

export function AskNumber({ owner, draft, onDone, onClose }: { owner: string; draft: Draft; onDone: (number: TakenNumber) => void; onClose: () => void }) {
  const { t } = useTranslation("routing");
  const [picked, setPicked] = useState<PhoneNumber>();
  // One that was taken away a moment ago is this owner's still; it is no taking.
  const from = picked?.owner && picked.owner.id !== owner ? picked.owner : undefined;
  return (
    <Asking
      title={t("number.add")}
      action={from ? t("number.take") : t("number.add")}
      ready={Boolean(picked)}
      onDo={() => picked && onDone({ id: picked.id, number: picked.number, from })}
      onClose={onClose}
    >
      <NumberPicker value={picked} onChange={setPicked} hidden={draft.numbers.map(({ id }) => id)} />
      {from && <Notice kind="needsYou">{t("number.moveText", { owner: from.name })}</Notice>}
    </Asking>
  );
}

export function AskExtension({ owner, draft, onDone, onClose }: { owner: string; draft: Draft; onDone: (extension: Extension) => void; onClose: () => void }) {
  const { t } = useTranslation("routing");
  const [value, setValue] = useState(draft.extension?.number ?? "");
  const fits = /^\d{1,6}$/.test(value);
  const { data } = useQuery({ ...availabilityQuery(value), enabled: fits });
  const from = data?.owner && data.owner.id !== owner ? data.owner : undefined;
  const possible = fits && Boolean(data && (data.free || data.owner));
  return (
    <Asking
      title={draft.extension ? t("extension.changeTitle") : t("extension.add")}
      action={from ? t("extension.take") : t(draft.extension ? "extension.change" : "extension.add")}
      ready={possible}
      onDo={() => onDone({ number: value, from })}
      onClose={onClose}
    >
      <ExtensionPicker value={value} onChange={setValue} onTake={(free) => onDone({ number: free })} own={data?.owner?.id === owner ? value : undefined} autoFocus />
      {from && <Notice kind="needsYou">{t("extension.moveText", { owner: from.name })}</Notice>}
    </Asking>
  );
}

export function AskMember({ present, onDone, onClose }: { present: Member[]; onDone: (member: Member) => void; onClose: () => void }) {
  const { t } = useTranslation("routing");
  const [picked, setPicked] = useState<Owner>();
  return (
    <Asking title={t("member.add")} action={t("member.add")} ready={Boolean(picked)} onDo={() => picked && onDone({ id: picked.id, name: picked.name })} onClose={onClose}>
      <OwnerPicker label={t("member.search")} usersOnly value={picked} onChange={setPicked} hidden={present.map(({ id }) => id)} />
    </Asking>
  );
}

/** The difference, before it is made; whoever loses something is named. */
export function AskSave({ found, all, loading, children, onSave, onClose }: { found: Change[]; all: number; loading: boolean; children?: ReactNode; onSave: () => void; onClose: () => void }) {
  const { t, i18n } = useTranslation(["routing", "app"]);
  const readable = useReadable();
  const say = useChangeWords(all);
  const losers = takenFrom(found);
  const lost = (owner: Owner) => {
    const things = found.flatMap((change) => {
      if (change.type === "numberAdded" && change.number.from?.id === owner.id) return readable(change.number.number);
      if ((change.type === "extensionAdded" || change.type === "extensionReplaced") && change.from?.id === owner.id) return t("sentence.extension", { extension: change.number });
      return [];
    });
    return t("save.loses", { owner: owner.name, what: listed(things, i18n.language) });
  };
  return (
    <Modal opened onClose={onClose} title={t("save.title")} size="md" closeButtonProps={{ "aria-label": t("app:action.close") }}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {t("save.text")}
        </Text>
        <List spacing={6} withPadding>
          {found.map((change) => (
            <List.Item key={say(change)} className="anywhere">
              {say(change)}
            </List.Item>
          ))}
        </List>
        {losers.length > 0 && (
          <Notice kind="needsYou" title={t("save.taking")}>
            {losers.map((owner) => (
              <Text key={owner.id} size="sm" component="span" display="block">
                {lost(owner)}
              </Text>
            ))}
          </Notice>
        )}
        {children}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {t("save.back")}
          </Button>
          <Button loading={loading} onClick={onSave} data-autofocus>
            {losers.length > 0 ? t("save.take") : t("save.count", { count: found.length })}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
