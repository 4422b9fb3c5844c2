import createClient from "openapi-fetch";

import type { paths } from "./schema";

/** The typed client. The session is a cookie that scripts cannot read. */
export const api = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });

/** A key for one thing the person wants done, so that a repeated click or a retry does it once. */
export function onceKey() {
  return { "Idempotency-Key": crypto.randomUUID() };
}
