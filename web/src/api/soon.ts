import createClient from "openapi-fetch";

type Op<Data, Body = never, Path = never, Query = never> = ([Path] extends [never] ? { parameters: { query?: Query; header?: never; path?: never; cookie?: never } } : { parameters: { query?: Query; header?: never; path: Path; cookie?: never } }) &
  ([Body] extends [never] ? { requestBody?: never } : { requestBody: { content: { "application/json": Body } } }) & {
  responses: { 200: { headers: Record<string, unknown>; content: { "application/json": Data } } };
}

interface At<Methods> {
  get: Methods extends { get: infer M } ? M : never;
  put: Methods extends { put: infer M } ? M : never;
  post: Methods extends { post: infer M } ? M : never;
  delete: Methods extends { delete: infer M } ? M : never;
}

export type CallListMode = "complete" | "shortened" | "doNotSave";

export interface CallListSettings {
  mode: CallListMode | null;
  since: string | null;
  pending: { mode: CallListMode; from: string } | null;
  declaration: { name: string; at: string } | null;
  olderRecords: number;
}

interface Party {
  name: string | null;
  number: string | null;
  extension: string | null;
}

export interface CallListEntry {
  id: string;
  started: string;
  direction: "incoming" | "outgoing" | "internal";
  durationMs: number;
  outcome: string;
  caller: Party;
  called: Party;
  dialled: string;
}

interface SoonPaths {
  "/v1/call-list": At<{ get: Op<{ items: CallListEntry[]; nextCursor?: string | null }, never, never, Record<string, string | number | undefined>> }>;
  "/v1/call-list/settings": At<{ get: Op<CallListSettings>; put: Op<CallListSettings, { mode: CallListMode; existing?: "keep" | "shorten" | "erase"; declaration?: { employeesInformed: boolean; worksCouncil?: "involved" | "notRequired" } }> }>;
}

export const soon = createClient<SoonPaths>({ baseUrl: "/", credentials: "same-origin" });
