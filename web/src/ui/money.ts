import type { Money } from "../api/types";

/** Amounts come in whole minor units, so that no cent is lost on the way. */
export function money({ minor, currency }: Money, language: string): string {
  const format = new Intl.NumberFormat(language, { style: "currency", currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(minor / 10 ** digits);
}
