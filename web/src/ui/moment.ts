/** Times as people say them: relative until a day old, then dated. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export function said(moment: string, language: string, now = Date.now()): string {
  const at = new Date(moment);
  const ago = now - at.getTime();
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  if (ago < MINUTE) return language === "de" ? "gerade eben" : "just now";
  if (ago < HOUR) return relative.format(-Math.floor(ago / MINUTE), "minute");
  if (ago < 24 * HOUR) return relative.format(-Math.floor(ago / HOUR), "hour");
  return exact(moment, language);
}

/** In the time zone of whoever looks, or in another one. */
export function exact(moment: string, language: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", timeZone }).format(new Date(moment));
}

/** `3:07` or `1:02:09`. */
export function lasted(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
