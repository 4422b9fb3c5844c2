import { useTranslation } from "react-i18next";

import type { User } from "../../api/types";
import type { Edit } from "../../app/search";

type Code = keyof typeof ranks;

// The worst first. Without a number there is none to show outside either, so that is said once.
const ranks = {
  accountSuspended: 0,
  blocked: 1,
  noPhone: 2,
  phoneNeverRegistered: 3,
  phoneInCircles: 3,
  phoneLeadsNowhere: 3,
  phoneWithoutLine: 3,
  noNumber: 4,
  noExtension: 5,
  callerNumberMissing: 6,
  callerNumberNotOwned: 7,
  noLocation: 8,
  locationWithoutEmergencyAddress: 9,
  phoneInNoStep: 10,
  nobodyInGroup: 11,
} as const;

export interface Finding {
  code: string;
  severity: string;
  message?: string;
  label?: string;
  name?: string;
}

/** What is to mend, each thing once, the worst first. */
export function toMend<Found extends Finding>(findings: readonly Found[]): Found[] {
  const hasNumber = !findings.some(({ code }) => code === "noNumber");
  return findings
    .filter(({ code }) => hasNumber || code !== "callerNumberMissing")
    .toSorted((one, other) => (ranks[one.code as Code] ?? 99) - (ranks[other.code as Code] ?? 99));
}

/** Where to mend it. */
export function mendAt(code: string): { tab: "routing" | "devices" | "settings"; edit?: Edit } {
  switch (code) {
    case "noPhone":
      return { tab: "devices", edit: "phone" };
    case "noNumber":
    case "callerNumberMissing":
      return { tab: "routing", edit: "number" };
    case "noExtension":
      return { tab: "routing", edit: "extension" };
    case "phoneNeverRegistered":
    case "phoneInCircles":
    case "phoneLeadsNowhere":
    case "phoneWithoutLine":
      return { tab: "devices" };
    case "noLocation":
    case "callerNumberNotOwned":
    case "locationWithoutEmergencyAddress":
      return { tab: "settings" };
    default:
      return { tab: "routing", edit: "routing" };
  }
}

export function useFindingWords() {
  const { t } = useTranslation("users");
  return {
    what(finding: Finding, user?: User): string {
      // Lists name only the kind; the phone's name is in the user's own list of phones.
      const label = finding.label ?? finding.message?.replace(/ (was never connected|rings in none of the steps)$/, "") ?? user?.devices[0]?.label ?? "";
      const name = finding.name ?? finding.message?.replace(/ has no complete address.*$/, "") ?? "";
      return t(`finding.${finding.code}` as never, { label, name, defaultValue: finding.message ?? finding.code });
    },
    mend(code: string): string {
      return t(`mend.${code}` as never, { defaultValue: "" });
    },
  };
}

export function useUserName() {
  const { t } = useTranslation("users");
  return (user: { name: string }) => user.name.trim() || t("unnamed");
}
