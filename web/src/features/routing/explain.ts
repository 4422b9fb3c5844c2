import { useTranslation } from "react-i18next";

import type { RoutingAnswer } from "../../api/types";
import { currentLanguage } from "../../i18n";
import { useReadable } from "../../ui/PhoneNumber";
import { dialled, hearsBusy, refusal, stages } from "./flow";
import "./words";

export function listed(items: string[], language: string): string {
  return new Intl.ListFormat(language, { type: "conjunction" }).format(items);
}

/** What happens on a call, in one or two sentences of the reader's language. */
export function useExplain() {
  const { t } = useTranslation("routing");
  const readable = useReadable();
  return (routing: RoutingAnswer): string => {
    const language = currentLanguage();
    const { numbers, extensions } = dialled(routing);
    const what = [...numbers.map(({ number }) => readable(number)), ...extensions.map(({ number }) => t("sentence.extension", { extension: number }))];
    if (what.length === 0) return t("sentence.nowhere", { name: routing.owner.name });
    const to = t("sentence.to", { what: listed(what, language) });
    const [first, ...others] = stages(routing);
    const reason = refusal(routing);
    if (!first && reason && reason !== "noPhone") return t("sentence.refused", { to, reason: t(`reason.${reason}` as never) });
    if (!first) return t("sentence.nothing", { to });
    const words = (key: "sentence.ring" | "sentence.then", stage: typeof first) =>
      t(key, { to, count: stage.phones.length, seconds: stage.seconds, phones: listed(stage.phones.map(({ label }) => label), language) });
    const busy = routing.owner.type === "user" && hearsBusy(routing) ? [t("sentence.busy")] : [];
    return [words("sentence.ring", first), ...others.map((stage) => words("sentence.then", stage)), t("sentence.end"), ...busy].join(" ");
  };
}
