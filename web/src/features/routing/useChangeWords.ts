import { useTranslation } from "react-i18next";

import { useReadable } from "../../ui/PhoneNumber";
import type { Change } from "./changes";
import { listed } from "./explain";
import type { Stage } from "./flow";
import "./words";

/** A change in words; `all` is how many phones there are, so that "all" can be said. */
export function useChangeWords(all: number): (change: Change) => string {
  const { t, i18n } = useTranslation("routing");
  const readable = useReadable();
  const order = (list: Stage[]) =>
    list
      .map(({ phones, seconds }) =>
        phones.length === all && all > 1 ? t("change.stepsAll", { seconds }) : t("change.stepsOne", { seconds, phones: listed(phones.map(({ label }) => label), i18n.language) }),
      )
      .join("; ") || t("step.all");
  return (change) => {
    switch (change.type) {
      case "numberRemoved":
        return t("change.numberRemoved", { number: readable(change.number.number) });
      case "numberAdded":
        return change.number.from
          ? t("change.numberMoved", { number: readable(change.number.number), owner: change.number.from.name })
          : t("change.numberAdded", { number: readable(change.number.number) });
      case "extensionRemoved":
        return t("change.extensionRemoved", { number: change.number });
      case "extensionAdded":
        return change.from ? t("change.extensionMoved", { number: change.number, owner: change.from.name }) : t("change.extensionAdded", { number: change.number });
      case "extensionReplaced":
        return change.from
          ? t("change.extensionReplacedMoved", { old: change.old, number: change.number, owner: change.from.name })
          : t("change.extensionReplaced", { old: change.old, number: change.number });
      case "steps":
        return t("change.steps", { from: order(change.from), to: order(change.to) });
      case "memberAdded":
        return t("change.memberAdded", { name: change.member.name });
      case "memberRemoved":
        return t("change.memberRemoved", { name: change.member.name });
      case "seconds":
        return t("change.seconds", { from: change.from, to: change.to });
    }
  };
}
