import { useTranslation } from "react-i18next";

import { useReadable } from "../../ui/PhoneNumber";
import { listed } from "./explain";
import { answered, phoneOf, type Trial, type TrialEvent, type TrialStep } from "./trial";
import "./words";

/** What happens on a trial and why, in the reader's language. */
export function useTrialWords() {
  const { t, i18n } = useTranslation("routing");
  const readable = useReadable();
  const language = i18n.language;

  const called = (trial: Trial): string => {
    const { called: who } = trial.flow;
    if (who?.extension) return t("sentence.extension", { extension: who.extension });
    if (who?.number) return readable(who.number);
    return who?.emergency ?? who?.dialled ?? "";
  };
  const caller = (trial: Trial): string => {
    const { caller: who } = trial.flow;
    // Without a name the exchange shows the number, as it is dialled.
    if (who?.displayName && !/^[\d+]+$/.test(who.displayName)) return who.displayName;
    return who?.number ? readable(who.number) : who?.displayName || t("trial.withheld");
  };
  const phone = (trial: Trial, device: string | undefined): string => {
    const ring = phoneOf(trial.flow, device ?? "");
    if (!ring) return t("trial.aPhone");
    return ring.userName ? t("trial.phoneOf", { label: ring.label, name: ring.userName }) : ring.label;
  };
  const failure = ({ failure: why }: TrialEvent): string => t(`trial.failure.${why?.type ?? "error"}` as never, { status: why?.status ?? "" });

  const because = (trial: Trial, { node }: TrialStep): string => {
    const { called: who, start } = trial.flow;
    if (node !== start || !who?.ownerName) return "";
    return `${t("trial.belongs", { what: upper(called(trial)), owner: who.ownerName })} `;
  };

  const step = (trial: Trial, entry: TrialStep): string => {
    const { what } = entry;
    switch (what.type) {
      case "called": {
        const devices = what.devices ?? [];
        if (devices.length === 0) return t("trial.ringOn", { seconds: what.seconds });
        const phones = listed(devices.map(({ device }) => phone(trial, device)), language);
        return because(trial, entry) + t("trial.called", { count: devices.length, phones, seconds: what.seconds });
      }
      case "ringing":
        return t("trial.ringing", { phone: phone(trial, what.device) });
      case "failed":
        return t("trial.failed", { phone: phone(trial, what.device), why: failure(what) });
      case "timeOver":
        return t("trial.timeOver");
      case "answered":
        return t("trial.answered", { phone: phone(trial, what.device) });
      case "calledOutside":
        return t(what.destination?.type === "emergency" ? "trial.emergency" : "trial.outside", { number: readable(String(what.destination?.number ?? "")), shown: what.callerNumber ? readable(what.callerNumber) : t("trial.noNumber") });
      case "outsideRinging":
        return t("trial.outsideRinging");
      case "outsideFailed":
        return what.failure?.type === "offline" ? t("trial.noLine") : t("trial.outsideFailed", { why: failure(what) });
      case "outsideAnswered":
        return t("trial.outsideAnswered");
      case "callerGone":
        return t("trial.callerGone");
      case "rejected":
        return t("trial.rejected", { reason: t(`reason.${what.reason}` as never, { defaultValue: what.reason ?? "" }) });
      case "ended":
        return t("trial.ended");
      default:
        return entry.why;
    }
  };

  const sentence = (trial: Trial, when: string): string => {
    const taken = answered(trial);
    const what = called(trial);
    const owner = trial.flow.called?.ownerName;
    const start = t("trial.start", { caller: caller(trial), called: owner ? t("trial.calledOf", { what, owner }) : what, when });
    if (taken) return `${start} ${t("trial.result.answered", { who: taken.user ?? "", phone: taken.label, seconds: taken.seconds })}`;
    const last = trial.steps.at(-1);
    const { type, reason } = trial.outcome;
    if (type === "rejected") return `${start} ${t("trial.result.rejected", { reason: t(`reason.${reason}` as never, { defaultValue: reason ?? "" }) })}`;
    return `${start} ${t(`trial.result.${type}` as never, { seconds: Math.round((last?.afterMs ?? 0) / 1000), defaultValue: trial.summary })}`;
  };

  return { step, sentence, failure };
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
