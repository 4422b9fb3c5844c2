/** What the pages read, each under one key, so that a change refreshes every page that shows it. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api } from "./client";
import { unlessLive } from "./live";
import { unwrap, unwrapTagged } from "./problem";
import type { Owner } from "./types";

const PAGE = 50;
/** The most rows the server gives at once. */
const MANY = 200;

export interface UserFilter {
  search?: string;
  sort?: "name" | "-name" | "createdAt" | "-createdAt";
  show?: "incomplete" | "blocked" | "administrators" | "deleted";
  location?: string;
}

export const usersQuery = ({ search, sort, show, location }: UserFilter) =>
  infiniteQueryOptions({
    queryKey: ["users", { search, sort, show, location }],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/v1/users", {
          signal,
          params: {
            query: {
              limit: PAGE,
              cursor: pageParam,
              search: search || undefined,
              sort,
              location,
              incomplete: show === "incomplete" ? true : undefined,
              blocked: show === "blocked" ? true : undefined,
              role: show === "administrators" ? "administrator" : undefined,
              deleted: show === "deleted" ? true : undefined,
            },
          },
        }),
      ),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    // Presence moves by itself; a long list that somebody scrolls through is left alone.
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 1) <= 2 ? unlessLive(10_000)() : false),
  });

/** How many users cannot make or receive calls yet, counted up to the most that one answer holds. */
export const incompleteQuery = queryOptions({
  queryKey: ["users", "incomplete"],
  refetchInterval: unlessLive(30_000),
  queryFn: async ({ signal }) => {
    const page = await unwrap(api.GET("/v1/users", { signal, params: { query: { incomplete: true, limit: MANY } } }));
    return { count: page.items.length, more: Boolean(page.nextCursor) };
  },
});

export const userQuery = (user: string) =>
  queryOptions({
    queryKey: ["users", user],
    refetchInterval: unlessLive(5_000),
    queryFn: ({ signal }) => unwrapTagged(api.GET("/v1/users/{user}", { signal, params: { path: { user } } })),
  });

export const devicesQuery = (user: string, interval = 5_000) =>
  queryOptions({
    queryKey: ["users", user, "devices"],
    refetchInterval: unlessLive(interval),
    queryFn: async ({ signal }) => (await unwrap(api.GET("/v1/users/{user}/devices", { signal, params: { path: { user } } }))).items,
  });

/** The devices of the account. */
export const allDevicesQuery = (search?: string) =>
  infiniteQueryOptions({
    queryKey: ["devices", search ?? ""],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => unwrap(api.GET("/v1/devices", { signal, params: { query: { limit: PAGE, cursor: pageParam, search } } })),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: unlessLive(15_000),
  });

export const routingQuery = (user: string) =>
  queryOptions({
    queryKey: ["users", user, "routing"],
    queryFn: ({ signal }) => unwrapTagged(api.GET("/v1/users/{user}/routing", { signal, params: { path: { user } } })),
  });

export const groupRoutingQuery = (group: string) =>
  queryOptions({
    queryKey: ["groups", group, "routing"],
    queryFn: ({ signal }) => unwrapTagged(api.GET("/v1/groups/{group}/routing", { signal, params: { path: { group } } })),
  });

/** What rang for a user or a group before. */
export const versionsQuery = ({ type, id }: Pick<Owner, "type" | "id">) =>
  infiniteQueryOptions({
    queryKey: [type === "group" ? "groups" : "users", id, "versions"],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: 20, cursor: pageParam };
      return type === "group"
        ? unwrap(api.GET("/v1/groups/{group}/routing/versions", { signal, params: { path: { group: id }, query } }))
        : unwrap(api.GET("/v1/users/{user}/routing/versions", { signal, params: { path: { user: id }, query } }));
    },
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });

/** Every page of a list that is short by nature. */
async function every<Item>(page: (cursor: string | undefined) => Promise<{ items: Item[]; nextCursor?: string | null }>): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const next = await page(cursor);
    items.push(...next.items);
    cursor = next.nextCursor ?? undefined;
  } while (cursor && items.length < 5_000);
  return items;
}

export const locationsQuery = queryOptions({
  queryKey: ["locations"],
  queryFn: ({ signal }) => every((cursor) => unwrap(api.GET("/v1/locations", { signal, params: { query: { limit: MANY, cursor } } }))),
});

export const groupsQuery = queryOptions({
  queryKey: ["groups"],
  queryFn: ({ signal }) => every((cursor) => unwrap(api.GET("/v1/groups", { signal, params: { query: { limit: MANY, cursor } } }))),
});

export const numbersQuery = (filter: { search?: string; unassigned?: boolean }) =>
  infiniteQueryOptions({
    queryKey: ["numbers", filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/v1/numbers", {
          signal,
          params: { query: { limit: PAGE, cursor: pageParam, search: filter.search || undefined, unassigned: filter.unassigned || undefined } },
        }),
      ),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });

/** For pickers: the first numbers that fit, free ones asked for by themselves so that they are always there. */
export const numberChoicesQuery = (search: string) =>
  queryOptions({
    queryKey: ["numbers", "choices", search],
    queryFn: async ({ signal }) => {
      const ask = (unassigned: boolean | undefined) =>
        unwrap(api.GET("/v1/numbers", { signal, params: { query: { limit: PAGE, search: search || undefined, unassigned } } }));
      const [free, any] = await Promise.all([ask(true), ask(undefined)]);
      return [...free.items, ...any.items.filter((number) => number.owner)];
    },
  });

export const extensionsQuery = queryOptions({
  queryKey: ["extensions"],
  queryFn: ({ signal }) => every((cursor) => unwrap(api.GET("/v1/extensions", { signal, params: { query: { limit: MANY, cursor } } }))),
});

export const availabilityQuery = (number: string) =>
  queryOptions({
    queryKey: ["extensions", "availability", number],
    queryFn: ({ signal }) => unwrap(api.GET("/v1/extensions/{number}/availability", { signal, params: { path: { number } } })),
  });

export const callsQuery = (filter: { search?: string; direction?: "incoming" | "outgoing" }) =>
  infiniteQueryOptions({
    queryKey: ["calls", filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/v1/calls", {
          signal,
          params: { query: { limit: PAGE, cursor: pageParam, search: filter.search || undefined, direction: filter.direction } },
        }),
      ),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });

export const auditQuery = infiniteQueryOptions({
  queryKey: ["audit"],
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam, signal }) => unwrap(api.GET("/v1/audit", { signal, params: { query: { limit: PAGE, cursor: pageParam } } })),
  getNextPageParam: (page) => page.nextCursor ?? undefined,
});

export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: async ({ signal }) => (await unwrap(api.GET("/v1/sessions", { signal }))).items,
});
