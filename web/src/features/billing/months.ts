/** `2026-11`, newest first, from the month the account was opened in to this one; at most three years. */
export function monthsSince(opened: string, now = new Date()): string[] {
  const first = opened ? new Date(opened) : now;
  const months: string[] = [];
  for (let ago = 0; ago < 36; ago++) {
    const month = new Date(now.getFullYear(), now.getMonth() - ago, 1);
    if (months.length > 0 && month < new Date(first.getFullYear(), first.getMonth(), 1)) break;
    months.push(`${month.getFullYear()}-${String(month.getMonth() + 1).padStart(2, "0")}`);
  }
  return months;
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
export function firstOfNextMonth(now = new Date()): string {
  const next = new Date(now.getFullYear(), now.getMonth() + 1, 1);
  return `${next.getFullYear()}-${String(next.getMonth() + 1).padStart(2, "0")}-01`;
}
