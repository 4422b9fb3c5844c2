import { Button, Group, Radio, ScrollArea, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, onceKey } from "../../api/client";
import { unwrap } from "../../api/problem";
import { useProblemWords } from "../../i18n/problem";
import { Modal } from "../../ui/Dialog";
import { Notice } from "../../ui/Notice";
import { oneStop } from "../../ui/oneStop";
import { useReadable } from "../../ui/PhoneNumber";
import { LoadFailed, Loading } from "../../ui/States";
import { offerUndo } from "../../ui/undo";
import { Choice, searchedDigits } from "../routing/NumberPicker";

/** One of the operator's numbers comes into the account. */
export function OrderNumber({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(["telephony", "app"]);
  const words = useProblemWords();
  const readable = useReadable();
  const queries = useQueryClient();
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(searchedDigits(typed), 200);
  const [chosen, setChosen] = useState<{ id: string; number: string }>();
  const [once] = useState(onceKey);
  const pool = useQuery({
    queryKey: ["numbers", "pool", search],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => (await unwrap(api.GET("/v1/numbers/pool", { signal, params: { query: { limit: 50, search: search || undefined } } }))).items,
  });
  const order = useMutation({
    mutationFn: (id: string) => unwrap(api.POST("/v1/numbers/orders", { headers: once, body: { id } })),
    onSuccess: async (number) => {
      onClose();
      offerUndo({ words: t("numbers.ordered", { number: readable(number.number) }), run: () => unwrap(api.DELETE("/v1/numbers/{number}", { params: { path: { number: number.id } } })) });
      await queries.invalidateQueries();
    },
    onError: () => queries.invalidateQueries({ queryKey: ["numbers", "pool"] }),
  });
  const found = pool.data ?? [];
  const stop = oneStop(found.map(({ id }) => id), chosen?.id ?? "");
  return (
    <Modal opened onClose={onClose} title={t("numbers.orderTitle")} closeButtonProps={{ "aria-label": t("app:action.close") }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (chosen) order.mutate(chosen.id);
        }}
      >
        <Stack>
          {order.error && <Notice kind="failed">{words.whole(order.error)}</Notice>}
          {pool.error && <LoadFailed error={pool.error} again={() => void pool.refetch()} />}
          {pool.isPending && <Loading rows={4} />}
          {pool.isSuccess && found.length === 0 && !search && <Text>{t("numbers.poolEmpty")}</Text>}
          {(found.length > 0 || search) && (
            <>
              <TextInput type="search" inputMode="tel" leftSection={<IconSearch size={16} />} placeholder={t("numbers.search")} aria-label={t("numbers.search")} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} data-autofocus />
              <Radio.Group aria-label={t("numbers.orderTitle")} value={chosen?.id ?? ""} onChange={(id) => setChosen(found.find((number) => number.id === id))}>
                <ScrollArea.Autosize mah={300} type="auto" viewportProps={{ tabIndex: -1 }}>
                  <Stack gap={4} p={2}>
                    {found.map(({ id, number }) => (
                      <Radio.Card key={id} value={id} tabIndex={stop(id)} className="choice">
                        <Choice label={readable(number)} />
                      </Radio.Card>
                    ))}
                  </Stack>
                </ScrollArea.Autosize>
              </Radio.Group>
              {found.length === 0 && <Text c="dimmed">{t("numbers.noneFit")}</Text>}
            </>
          )}
          <Text size="sm" c="dimmed">
            {t("numbers.orderHint")}
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("app:action.cancel")}
            </Button>
            <Button type="submit" disabled={!chosen} loading={order.isPending}>
              {chosen ? t("numbers.orderOne", { number: readable(chosen.number) }) : t("numbers.order")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
