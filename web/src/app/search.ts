/** What stands after the ? of a page's address: only what the page knows, so that a mistyped address still opens it. */
import type { UserFilter } from "../api/queries";

type Raw = Record<string, unknown>;

function oneOf<Value extends string>(value: unknown, values: readonly Value[]): Value | undefined {
  return values.find((known) => known === value);
}

function text(value: unknown): string | undefined {
  // The router reads digits as a number.
  return (typeof value === "string" && value) || (typeof value === "number" ? String(value) : undefined) || undefined;
}

export const sorts = ["name", "-name", "-createdAt", "createdAt"] as const;
export const shows = ["incomplete", "blocked", "administrators", "deleted"] as const;
export const tabs = ["routing", "devices", "permissions", "settings"] as const;
/** What a link asks a user's page to open at once. */
export const edits = ["routing", "number", "extension", "phone"] as const;
export const steps = ["details", "phone", "reach", "done"] as const;

export type Tab = (typeof tabs)[number];
export type Edit = (typeof edits)[number];
export type WizardStep = (typeof steps)[number];

export const usersSearch = (raw: Raw): UserFilter => ({
  search: text(raw.search),
  sort: oneOf(raw.sort, sorts),
  show: oneOf(raw.show, shows),
  location: text(raw.location),
});

export const userSearch = (raw: Raw): { tab?: Tab; edit?: Edit } => ({ tab: oneOf(raw.tab, tabs), edit: oneOf(raw.edit, edits) });

export const wizardSearch = (raw: Raw): { user?: string; step?: WizardStep } => ({ user: text(raw.user), step: oneOf(raw.step, steps) });

export const billsSearch = (raw: Raw): { month?: string } => {
  const month = text(raw.month);
  return { month: month && /^\d{4}-\d{2}$/.test(month) ? month : undefined };
};

export interface CallListFilter {
  from?: string;
  to?: string;
  user?: string;
  direction?: "incoming" | "outgoing" | "internal";
  /** The settings instead of the list. */
  view?: "settings";
}

const date = (value: unknown) => {
  const day = text(value);
  return day && /^\d{4}-\d{2}-\d{2}$/.test(day) ? day : undefined;
};

export const callListSearch = (raw: Raw): CallListFilter => ({
  from: date(raw.from),
  to: date(raw.to),
  user: text(raw.user),
  direction: oneOf(raw.direction, ["incoming", "outgoing", "internal"] as const),
  view: oneOf(raw.view, ["settings"] as const),
});

export const importSearch = (raw: Raw): { import?: string } => ({ import: text(raw.import) });

export const devicesSearch = (raw: Raw): { search?: string } => ({ search: text(raw.search) });

/** Whose password it is, and where to go on. */
export const ownPasswordSearch = (raw: Raw): { user: string; to?: string } => ({ user: text(raw.user) ?? "", ...signInSearch(raw) });

/** Where to go after signing in: a path of this site, never another one, and not back to signing in. */
export const signInSearch = (raw: Raw): { to?: string } => {
  const to = text(raw.to);
  return { to: to && /^\/(?![/\\]|sign-in|own-password)/.test(to) ? to : undefined };
};
