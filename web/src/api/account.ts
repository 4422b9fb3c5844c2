/** What administrators read of the account: mails, costs, the itemized call list. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import type { CallListFilter } from "../app/search";
import { api } from "./client";
import { unwrap } from "./problem";

export const mailQuery = queryOptions({
  queryKey: ["mail"],
  staleTime: 30_000,
  refetchInterval: 60_000,
  queryFn: ({ signal }) => unwrap(api.GET("/v1/mail", { signal })),
});

export const billQuery = (month: string) =>
  queryOptions({
    queryKey: ["bills", month],
    queryFn: ({ signal }) => unwrap(api.GET("/v1/bills/{month}", { signal, params: { path: { month } } })),
  });

export const callListSettingsQuery = queryOptions({
  queryKey: ["callList", "settings"],
  queryFn: ({ signal }) => unwrap(api.GET("/v1/call-list/settings", { signal })),
});

/** Whole days of the person who looks, as moments. */
export function asked({ from, to, user, direction }: CallListFilter) {
  const start = (day: string, later = 0) => {
    const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
    return new Date(year, month - 1, date + later).toISOString();
  };
  return { from: from && start(from), to: to && start(to, 1), user, direction };
}

export const callListQuery = (filter: CallListFilter) =>
  infiniteQueryOptions({
    queryKey: ["callList", asked(filter)],
    // Each view is noted in the audit log, so a list that was just seen is not asked for again behind the person's back.
    staleTime: 60_000,
    refetchOnWindowFocus: false,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => unwrap(api.GET("/v1/call-list", { signal, params: { query: { limit: 50, cursor: pageParam, ...asked(filter) } } })),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
