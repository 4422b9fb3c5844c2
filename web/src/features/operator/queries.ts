import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api } from "../../api/client";
import { Problem, unwrap } from "../../api/problem";

const PAGE = 50;

export const operatorKey = ["operator", "me"] as const;

/** Who is signed in as operator; null when nobody is. Nothing to do with the session inside a company. */
export const operatorQuery = queryOptions({
  queryKey: operatorKey,
  staleTime: 60_000,
  queryFn: async () => {
    try {
      return await unwrap(api.GET("/v1/operator/me"));
    } catch (error) {
      // 403: the browser is signed in to a company, which counts for nothing here.
      if (error instanceof Problem && (error.status === 401 || error.status === 403)) return null;
      throw error;
    }
  },
});

export const accountsQuery = infiniteQueryOptions({
  queryKey: ["operator", "accounts"],
  refetchInterval: 15_000,
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam, signal }) => unwrap(api.GET("/v1/operator/accounts", { signal, params: { query: { limit: PAGE, cursor: pageParam } } })),
  getNextPageParam: (page) => page.nextCursor ?? undefined,
});

export const poolQuery = (free: boolean | undefined) =>
  infiniteQueryOptions({
    queryKey: ["operator", "numbers", free],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => unwrap(api.GET("/v1/operator/numbers", { signal, params: { query: { limit: PAGE, cursor: pageParam, free } } })),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
