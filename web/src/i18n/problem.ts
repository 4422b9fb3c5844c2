import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";

import { Problem } from "../api/problem";

function sentence(t: TFunction<"problems">, problem: Problem): string {
  if (problem.code === "unreachable") return t("unreachable");
  const key = `problem.${problem.code}`;
  const minutes = Math.ceil((problem.retryAfterSeconds ?? 60) / 60);
  const owner = (problem.facts.owner as { name?: string } | undefined)?.name ?? "";
  return t(key as never, { minutes, owner, defaultValue: problem.status >= 500 ? t("unexpected") : problem.detail || t("unexpected") });
}

/** The words for a failed request: one for the whole, and one for each field by its JSON pointer. */
export function useProblemWords() {
  const { t } = useTranslation("problems");
  return {
    whole(error: unknown): string {
      return error instanceof Problem ? sentence(t, error) : t("unexpected");
    },
    fields(error: unknown): Record<string, string> {
      if (!(error instanceof Problem)) return {};
      return Object.fromEntries(
        error.fields.map(({ pointer, code, message }) => [
          pointer.slice(1).replaceAll("/", "."),
          t(`field.${code.replaceAll(".", "-")}` as never, { defaultValue: message }),
        ]),
      );
    },
  };
}
