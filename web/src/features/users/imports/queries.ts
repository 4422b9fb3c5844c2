import { queryOptions } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { api } from "../../../api/client";
import { Problem, unwrap } from "../../../api/problem";
import type { Import, ImportProblem } from "../../../api/types";
import { useProblemWords } from "../../../i18n/problem";

/** One import with its rows; while it runs, how far it is. */
export const importQuery = (id: string) =>
  queryOptions({
    queryKey: ["imports", id],
    staleTime: 5_000,
    // The rows do not change while it runs and may be many.
    queryFn: async ({ signal, client }) => {
      const before = client.getQueryData<Import>(["imports", id]);
      const fresh = await unwrap(api.GET("/v1/imports/{import}", { signal, params: { path: { import: id }, query: before?.rows ? { rows: false } : {} } }));
      return { ...fresh, rows: fresh.rows ?? before?.rows ?? [] };
    },
    refetchInterval: (query) => (query.state.data?.state === "running" ? 400 : false),
  });

export const importsQuery = queryOptions({
  queryKey: ["imports"],
  queryFn: async ({ signal }) => (await unwrap(api.GET("/v1/imports", { signal, params: { query: { limit: 10 } } }))).items,
});

/** The words for what is wrong with a file, a row, a cell. */
export function useImportWords() {
  const { t } = useTranslation("imports");
  const problems = useProblemWords();
  return {
    whole(error: unknown): string {
      if (!(error instanceof Problem)) return problems.whole(error);
      const { reason, found, column } = error.facts as { reason?: string; found?: string[]; column?: string };
      if (error.code === "csv-unreadable" && reason) {
        return t(`unreadable.${reason}` as never, { found: (found ?? []).join(", "), column: t(`column.${column ?? "id"}` as never), defaultValue: error.detail });
      }
      if (error.code === "body-too-large") return t("tooLarge");
      if (error.code === "import-outdated") return t("outdated");
      return problems.whole(error);
    },
    cell({ code, subject, message }: ImportProblem): string {
      const key = code.replaceAll(".", "-");
      if (code === "email.taken" && !subject) return t("problem.email-taken_nobody");
      return t(`problem.${key}` as never, { subject: subject ?? "", defaultValue: message });
    },
  };
}
