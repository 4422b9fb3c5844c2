/** Operations that the description of the API does not have yet. */
import { Problem } from "./problem";

export async function ask<Answer>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<{ data: Answer; version: string }> {
  let response: Response;
  try {
    response = await fetch(path, { method, credentials: "same-origin", headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers }, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Problem(0, "unreachable", "");
  }
  const json = response.status === 204 ? undefined : ((await response.json().catch(() => ({}))) as Record<string, unknown>);
  if (response.ok) return { data: json as Answer, version: response.headers.get("etag") ?? "" };
  const { type = "", title = "", detail, errors, ...facts } = (json ?? {}) as { type?: string; title?: string; detail?: string; errors?: [] };
  throw new Problem(response.status, String(type).split(":").at(-1) ?? "", detail ?? title, errors, facts);
}
