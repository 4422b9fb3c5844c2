/** What is going on this moment, pushed by the server: one connection for the whole application. */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";

import type { LiveDevice, PathEvent, Presence, PresenceEvent } from "./types";

const none: LiveDevice[] = [];
const calls = new Map<string, LiveDevice[]>();
const listeners = new Set<() => void>();
let connected = false;

function tell() {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The phones that ring or talk on a call to this user or group. */
export function useLive(owner: string): LiveDevice[] {
  return useSyncExternalStore(subscribe, () => calls.get(owner) ?? none);
}

export function useConnected(): boolean {
  return useSyncExternalStore(subscribe, () => connected);
}

/** How often to ask by oneself: not at all while the server tells. */
export function unlessLive(interval: number): () => number | false {
  return () => (connected ? false : interval);
}

interface Page {
  items: { id: string; presence?: Presence }[];
}

/** Writes a user's presence into every list and page that shows it. */
export function applyPresence(queries: QueryClient, { user, presence }: PresenceEvent) {
  for (const query of queries.getQueryCache().findAll({ queryKey: ["users"] })) {
    const { data, dataUpdatedAt, isInvalidated } = query.state;
    const shown = withPresence(data, user, presence);
    if (shown === data) continue;
    // What is out of date in other ways stays so, and is asked for again when it is shown.
    queries.setQueryData(query.queryKey, shown, { updatedAt: dataUpdatedAt });
    if (isInvalidated) query.invalidate();
  }
  void queries.invalidateQueries({ queryKey: ["users", user, "devices"] });
  void queries.invalidateQueries({ queryKey: ["devices"] });
}

export function withPresence(shown: unknown, user: string, presence: Presence): unknown {
  if (typeof shown !== "object" || shown === null) return shown;
  if ("pages" in shown) {
    const list = shown as { pages: Page[] };
    if (!list.pages.some(({ items }) => items.some((item) => item.id === user && item.presence !== presence))) return shown;
    return { ...list, pages: list.pages.map((page) => ({ ...page, items: page.items.map((item) => (item.id === user ? { ...item, presence } : item)) })) };
  }
  if ("data" in shown) {
    const one = shown as { data: { id?: string; presence?: Presence } };
    return one.data?.id === user && "presence" in one.data ? { ...one, data: { ...one.data, presence } } : shown;
  }
  return shown;
}

// What a change of one thing touches: the first parts of the keys in queries.ts, by the names that the API's paths have.
const touched: Record<string, string[]> = {
  users: ["users", "groups", "numbers", "extensions", "devices", "locations", "me"],
  devices: ["users", "groups", "devices", "bills"],
  numbers: ["numbers", "users", "groups"],
  extensions: ["extensions", "users", "groups"],
  groups: ["groups", "users", "numbers", "extensions"],
  locations: ["locations", "users"],
  routing: ["users", "groups", "numbers", "extensions"],
  calls: ["calls"],
  messages: ["messages"],
  identity: ["sessions", "me"],
};

/** Asks again for what a change touches; everything where it is not known. */
export function refresh(queries: QueryClient, what: ReadonlySet<string>) {
  const keys = [...what].some((kind) => !touched[kind]) ? undefined : new Set([...what].flatMap((kind) => touched[kind] ?? []));
  void queries.invalidateQueries(keys && { predicate: ({ queryKey }) => keys.has(String(queryKey[0])) });
}

/** Waits are doubled up to this, so that many pages do not storm a server that just came back. */
const LONGEST_WAIT = 30_000;
/** Changes come in crowds: an import, a company that opens in the morning. */
const GATHER = 250;

export function listen(queries: QueryClient, open: (url: string) => EventSource = (url) => new EventSource(url)): () => void {
  let source: EventSource | undefined;
  let wait = 1_000;
  let again: ReturnType<typeof setTimeout> | undefined;
  let gathering: ReturnType<typeof setTimeout> | undefined;
  const changed = new Set<string>();
  let before = false;

  const parsed = (event: Event) => JSON.parse((event as MessageEvent<string>).data) as never;
  const gather = (what: string) => {
    changed.add(what);
    gathering ??= setTimeout(() => {
      gathering = undefined;
      refresh(queries, changed);
      changed.clear();
    }, GATHER);
  };
  const lost = () => {
    if (!connected) return;
    connected = false;
    calls.clear();
    tell();
  };
  const connect = () => {
    clearTimeout(again);
    source?.close();
    source = open("/v1/events");
    source.addEventListener("open", () => {
      wait = 1_000;
      connected = true;
      tell();
      // What happened while nobody listened.
      if (before) void queries.invalidateQueries();
      before = true;
    });
    source.addEventListener("presence", (event) => applyPresence(queries, parsed(event)));
    source.addEventListener("changed", (event) => gather((parsed(event) as { what: string }).what));
    source.addEventListener("live", (event) => {
      const { owner, devices } = parsed(event) as PathEvent;
      if (devices.length > 0) calls.set(owner.id, devices);
      else calls.delete(owner.id);
      tell();
    });
    // Something was missed that cannot be told any more.
    source.addEventListener("reset", () => void queries.invalidateQueries());
    source.addEventListener("error", () => {
      // Pages take up asking by themselves.
      if (connected) void queries.invalidateQueries();
      lost();
      // The browser connects again by itself after a lost connection, but not after a refusal.
      if (source?.readyState === EventSource.CLOSED) {
        clearTimeout(again);
        again = setTimeout(connect, wait);
        wait = Math.min(wait * 2, LONGEST_WAIT);
      }
    });
  };
  // A browser has few connections to one host: a page that nobody sees gives its own back.
  const seen = () => {
    if (document.hidden) {
      source?.close();
      clearTimeout(again);
      lost();
    } else {
      connect();
    }
  };
  document.addEventListener("visibilitychange", seen);
  if (!document.hidden) connect();
  return () => {
    document.removeEventListener("visibilitychange", seen);
    clearTimeout(again);
    clearTimeout(gathering);
    source?.close();
    connected = false;
    calls.clear();
    tell();
  };
}

/** Listens as long as somebody is signed in. */
export function useListening(who: string | undefined) {
  const queries = useQueryClient();
  useEffect(() => (who ? listen(queries) : undefined), [queries, who]);
}
