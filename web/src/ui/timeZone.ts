/** Time zones by name, and days as they begin in one. */

export const zones = Intl.supportedValuesOf("timeZone");

/** Every zone for a list to choose from, with `present` among them also where the browser does not know it. */
export const zonesWith = (present: string) => (zones.includes(present) ? zones : [present, ...zones]);

/** `Europe/Berlin (UTC+1)`: the offset helps whoever does not know the city. */
export function zoneName(zone: string, language: string): string {
  try {
    const parts = new Intl.DateTimeFormat(language, { timeZone: zone, timeZoneName: "shortOffset" }).formatToParts();
    return `${zone.replaceAll("_", " ")} (${parts.find(({ type }) => type === "timeZoneName")?.value ?? ""})`;
  } catch {
    return zone;
  }
}

/** What the calendar and the clock on the wall show there, as if it were UTC. */
function wall(at: number, zone: string | undefined): number {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).formatToParts(at);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
}

/** Year and month (from 0) there. */
export function monthThere(at: Date, zone?: string): [year: number, month: number] {
  const there = new Date(wall(at.getTime(), zone));
  return [there.getUTCFullYear(), there.getUTCMonth()];
}

/** When `2026-11-24` begins there, `later` days on. */
export function startOfDay(day: string, zone?: string, later = 0): Date {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const midnight = Date.UTC(year, month - 1, date + later);
  // The offset of the guess may be the one on the other side of a change of the clocks: the second look has the right one.
  const first = midnight - (wall(midnight, zone) - midnight);
  return new Date(first - (wall(first, zone) - midnight));
}
