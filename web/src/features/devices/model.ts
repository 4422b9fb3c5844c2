/** Devices as the pages read them. */
import { queryOptions } from "@tanstack/react-query";

import { ask } from "../../api/pending";
import type { Credentials, Device as Described } from "../../api/types";
import type { Money } from "../../ui/money";

export const kinds = ["voip", "mobile", "external"] as const;
export type Kind = (typeof kinds)[number];

export interface Device extends Omit<Described, "kind" | "sipId" | "number" | "included" | "fee"> {
  kind: string;
  sipId: string | null;
  number?: string | null;
  included?: boolean;
  fee?: Money | null;
}

export interface SetupCode {
  url: string;
  expiresAt: string;
}

export interface Made extends Device {
  credentials?: Credentials;
  setupCode?: SetupCode;
  cost?: { monthly: Money; thisMonth: Money } | null;
}

export interface Price {
  included: number;
  present: number;
  next: { monthly: Money; thisMonth: Money; days: number } | null;
}

/** What the next device costs; asked anew each time, since the days that are left are part of it. */
export const priceQuery = (user: string) =>
  queryOptions({ queryKey: ["users", user, "devices", "price"], staleTime: 0, queryFn: async () => (await ask<Price>("GET", `/v1/users/${user}/devices/price`)).data });

export function kindOf(device: { kind: string }): Kind {
  return kinds.find((kind) => kind === device.kind) ?? "voip";
}
