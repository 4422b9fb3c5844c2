/** One's own text messages. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api } from "./client";
import { unlessLive } from "./live";
import { unwrap } from "./problem";

export const messagesQuery = infiniteQueryOptions({
  queryKey: ["messages"],
  initialPageParam: undefined as string | undefined,
  refetchInterval: unlessLive(5_000),
  queryFn: ({ pageParam, signal }) => unwrap(api.GET("/v1/messages", { signal, params: { query: { limit: 50, cursor: pageParam } } })),
  getNextPageParam: (page) => page.nextCursor ?? undefined,
});

export const messageTermsQuery = queryOptions({
  queryKey: ["messageTerms"],
  queryFn: ({ signal }) => unwrap(api.GET("/v1/messages/terms", { signal })),
});
