import { monthThere } from "../../ui/timeZone";

/** `2026-11`, newest first, from the month the account was opened in to this one; at most three years. Months are those of the account's time zone. */
export function monthsSince(opened: string, timeZone?: string, now = new Date()): string[] {
  const [year, month] = monthThere(now, timeZone);
  const [firstYear, firstMonth] = monthThere(opened ? new Date(opened) : now, timeZone);
  const ago = Math.min(Math.max((year - firstYear) * 12 + month - firstMonth, 0), 35);
  return Array.from({ length: ago + 1 }, (_, back) => new Date(Date.UTC(year, month - back, 1)).toISOString().slice(0, 7));
}

/** `November 2026`. */
export function monthName(month: string, language: string): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return new Intl.DateTimeFormat(language, { month: "long", year: "numeric" }).format(new Date(year, number - 1, 1));
}

/** A day without its time, whether it comes as `2026-11-24` or as a moment. */
export function day(date: string, language: string, timeZone?: string): string {
  const plain = /^\d{4}-\d{2}-\d{2}$/.test(date);
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: plain ? "UTC" : timeZone }).format(new Date(date));
}

/** The first of the next month where the account is at home. */
export function firstOfNextMonth(timeZone?: string, now = new Date()): string {
  const [year, month] = monthThere(now, timeZone);
  return new Date(Date.UTC(year, month + 1, 1)).toISOString().slice(0, 10);
}
