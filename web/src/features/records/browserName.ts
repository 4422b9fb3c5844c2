const browsers = [
  ["Edge", /Edg\//],
  ["Firefox", /Firefox\//],
  ["Chrome", /Chrome\//],
  ["Safari", /Safari\//],
] as const;

const systems = [
  ["Android", /Android/],
  ["iPhone", /iPhone/],
  ["iPad", /iPad/],
  ["Windows", /Windows/],
  ["macOS", /Macintosh/],
  ["Linux", /Linux/],
] as const;

/** `Firefox, Windows` from what a browser says of itself; what it says, shortened, when it is none of the known. */
export function browserName(userAgent: string): string {
  const named = [browsers, systems].map((known) => known.find(([, mark]) => mark.test(userAgent))?.[0]).filter(Boolean);
  return named.join(", ") || userAgent.slice(0, 60) || "?";
}
