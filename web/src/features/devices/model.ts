/** Devices as the pages read them. */
import { queryOptions } from "@tanstack/react-query";

import { api } from "../../api/client";
import { unwrap } from "../../api/problem";

export const kinds = ["voip", "mobile", "external"] as const;
export type Kind = (typeof kinds)[number];

/** What the next device costs; asked anew each time, since the days that are left are part of it. */
export const priceQuery = (user: string) =>
  queryOptions({
    queryKey: ["users", user, "devices", "price"],
    staleTime: 0,
    queryFn: ({ signal }) => unwrap(api.GET("/v1/users/{user}/devices/price", { signal, params: { path: { user } } })),
  });

export function kindOf(device: { kind: string }): Kind {
  return kinds.find((kind) => kind === device.kind) ?? "voip";
}
