import { Box, Checkbox, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import { api, onceKey } from "../../../api/client";
import { unwrap } from "../../../api/problem";
import { availabilityQuery, groupsQuery } from "../../../api/queries";
import type { User } from "../../../api/types";
import { useProblemWords } from "../../../i18n/problem";
import { Notice } from "../../../ui/Notice";
import { useReadable } from "../../../ui/PhoneNumber";
import { ExtensionPicker } from "../../routing/ExtensionPicker";
import { NumberPicker } from "../../routing/NumberPicker";
import type { Choices } from "./choices";
import { Ways } from "./Ways";

export function ReachStep({
  user,
  choices,
  choose,
  back,
  next,
  later,
}: {
  user: User;
  choices: Choices;
  choose: (part: Partial<Choices>) => void;
  back: () => void;
  next: () => void;
  later: () => void;
}) {
  const { t } = useTranslation(["users", "app", "routing"]);
  const words = useProblemWords();
  const queries = useQueryClient();
  const readable = useReadable();
  const groups = useQuery(groupsQuery);
  const { number, extension } = choices;
  const joined = choices.joined ?? user.groups.map(({ id }) => id);
  const own = user.extensions[0];
  const proposal = useQuery({ ...availabilityQuery("10"), enabled: !own && extension === undefined });
  const proposed = proposal.data && (proposal.data.free ? proposal.data.number : proposal.data.proposal);
  useEffect(() => {
    if (extension === undefined && (own ?? proposed)) choose({ extension: own ?? proposed ?? "" });
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the caller's function is new each time
  }, [extension, own, proposed]);
  const owner = { type: "user", id: user.id } as const;
  const from = user.numbers.length === 0 ? (number?.owner ?? undefined) : undefined;
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
          {user.numbers.length > 0 ? <Text>{user.numbers.map(readable).join(", ")}</Text> : <NumberPicker value={number ?? undefined} onChange={(value) => choose({ number: value ?? null })} none={t("routing:number.none")} />}
          {from && (
            <Box mt="xs">
              <Notice kind="needsYou">{t("new.takesNumber", { owner: from.name, name: user.name })}</Notice>
            </Box>
          )}
        </Box>
        {own ? (
          <Text>
            <b>{t("routing:extension.label")}</b> {own}
          </Text>
        ) : (
          <ExtensionPicker value={extension ?? ""} onChange={(value) => choose({ extension: value })} />
        )}
        <Checkbox.Group label={t("new.groups")} description={groups.data?.length ? t("new.groupsHint") : t("new.noGroups")} value={joined} onChange={(value) => choose({ joined: value })}>
          <Stack gap="xs" mt="xs">
            {groups.data?.map((group) => (
              <Checkbox key={group.id} value={group.id} label={group.name} />
            ))}
          </Stack>
        </Checkbox.Group>
      </Stack>
      <Ways back={back} later={later} label={t(from ? "new.takeAndNext" : "app:action.next")} loading={save.isPending} />
    </form>
  );
}
