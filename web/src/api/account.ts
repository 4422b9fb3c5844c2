/** What administrators read of the account: mails, costs, the itemized call list. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import type { CallListFilter } from "../app/search";
import { startOfDay } from "../ui/timeZone";
import { api } from "./client";
import { unwrap, unwrapTagged } from "./problem";

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
  queryFn: ({ signal }) => unwrapTagged(api.GET("/v1/call-list/settings", { signal })),
});

/** Whole days of the account, as moments. */
export function asked({ from, to, user, direction }: CallListFilter, timeZone?: string) {
  return { from: from && startOfDay(from, timeZone).toISOString(), to: to && startOfDay(to, timeZone, 1).toISOString(), user, direction };
}

export const accountQuery = queryOptions({
  queryKey: ["account"],
  queryFn: ({ signal }) => unwrapTagged(api.GET("/v1/account", { signal })),
});

export const callListQuery = (filter: CallListFilter, timeZone?: string) =>
  infiniteQueryOptions({
    queryKey: ["callList", asked(filter, timeZone)],
    // Each view is noted in the audit log, so a list that was just seen is not asked for again behind the person's back.
    staleTime: 60_000,
    refetchOnWindowFocus: false,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => unwrap(api.GET("/v1/call-list", { signal, params: { query: { limit: 50, cursor: pageParam, ...asked(filter, timeZone) } } })),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });

export const callListMessagesQuery = (filter: CallListFilter) =>
  infiniteQueryOptions({
    queryKey: ["callList", "messages", asked(filter)],
    staleTime: 60_000,
    refetchOnWindowFocus: false,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => unwrap(api.GET("/v1/call-list/messages", { signal, params: { query: { limit: 50, cursor: pageParam, ...asked(filter) } } })),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
