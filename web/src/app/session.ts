import { queryOptions } from "@tanstack/react-query";

import { api } from "../api/client";
import { Problem, unwrap } from "../api/problem";

export const meKey = ["me"] as const;

/** Who is signed in; null when nobody is. */
export const meQuery = queryOptions({
  queryKey: meKey,
  staleTime: 60_000,
  queryFn: async () => {
    try {
      return await unwrap(api.GET("/v1/me"));
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return null;
      throw error;
    }
  },
});
