import "./words";

import { Anchor, Stack, Text } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { ImportMode } from "../../../api/types";
import { api } from "../../../api/client";
import { unwrap } from "../../../api/problem";
import { TextLink } from "../../../ui/links";
import { Notice } from "../../../ui/Notice";
import { Page } from "../../../ui/Page";
import { LoadFailed, Loading } from "../../../ui/States";
import { ChooseFile } from "./ChooseFile";
import { Earlier } from "./Earlier";
import { Preview } from "./Preview";
import { importQuery, useImportWords } from "./queries";

/** Users from a CSV file: choose, look at what would happen, carry it out, undo it. */
export function ImportPage() {
  const { t } = useTranslation(["imports", "users", "app"]);
  const search = useSearch({ from: "/inside/account/users/import" });
  const navigate = useNavigate({ from: "/users/import" });
  const queries = useQueryClient();
  const words = useImportWords();
  const [mode, setMode] = useState<ImportMode>("skip");
  const [file, setFile] = useState<File>();
  const loaded = useQuery({ ...importQuery(search.import ?? ""), enabled: Boolean(search.import) });
  const hand = useMutation({
    mutationFn: ({ file: body, mode: how }: { file: File; mode: ImportMode }) =>
      unwrap(api.POST("/v1/imports", { params: { query: { mode: how } }, body: body as never, bodySerializer: (bytes: unknown) => bytes as BodyInit, headers: { "content-type": "text/csv" } })),
    onSuccess: async (made) => {
      queries.setQueryData(importQuery(made.id).queryKey, { ...made, rows: made.rows ?? [] });
      await navigate({ search: { import: made.id } });
    },
  });
  const read = (chosen: File, how = mode) => {
    setFile(chosen);
    setMode(how);
    hand.mutate({ file: chosen, mode: how });
  };
  const afresh = () => {
    setFile(undefined);
    hand.reset();
    void navigate({ search: {} });
  };
  const shown = search.import ? loaded.data : undefined;
  return (
    <Page title={t("title")}>
      <Stack gap="lg">
        <TextLink to="/users" search={{}} size="sm" display="inline-flex" className="back">
          <IconArrowLeft size={16} aria-hidden="true" />
          {t("app:navigation.back", { page: t("users:title") })}
        </TextLink>
        {hand.error && <Notice kind="failed">{words.whole(hand.error)}</Notice>}
        {!search.import && (
          <>
            <Text maw={720}>{t("intro")}</Text>
            <ChooseFile mode={mode} onMode={setMode} onFile={read} reading={hand.isPending ? file?.name : undefined} />
            <Earlier />
          </>
        )}
        {search.import && (
          <>
            {loaded.isPending && <Loading rows={8} />}
            {loaded.error && !shown && <LoadFailed error={loaded.error} again={() => void loaded.refetch()} />}
            {shown && (
              <Preview
                made={shown}
                fileName={file?.name}
                onMode={file && shown.state === "preview" ? (how) => read(file, how) : undefined}
                changing={hand.isPending}
                again={
                  <Anchor component="button" type="button" size="sm" onClick={afresh}>
                    {t("again")}
                  </Anchor>
                }
              />
            )}
          </>
        )}
      </Stack>
    </Page>
  );
}
