import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { applyPresence, listen, unlessLive, withPresence } from "./live";

class Source extends EventTarget {
  static made: Source[] = [];
  readyState = 0;
  constructor(readonly url: string) {
    super();
    Source.made.push(this);
  }
  close() {
    this.readyState = 2;
  }
  say(type: string, data: unknown = {}) {
    this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify(data) }));
  }
}

const open = (url: string) => new Source(url) as unknown as EventSource;
let queries: QueryClient;
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", { CLOSED: 2 });
  Source.made = [];
  queries = new QueryClient();
  stop = listen(queries, open);
});
afterEach(() => {
  stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const source = () => Source.made.at(-1) as Source;

test("while the server tells, nothing is asked for; when it stops, everything is asked for again", () => {
  const asked = vi.spyOn(queries, "invalidateQueries");
  expect(unlessLive(5_000)()).toBe(5_000);
  source().say("open");
  expect(unlessLive(5_000)()).toBe(false);
  expect(asked).not.toHaveBeenCalled();
  source().say("error");
  expect(unlessLive(5_000)()).toBe(5_000);
  expect(asked).toHaveBeenCalledTimes(1);
});

test("after a refusal it waits longer each time, and a connection makes it impatient again", () => {
  const refuse = () => {
    source().close();
    source().say("error");
  };
  refuse();
  vi.advanceTimersByTime(999);
  expect(Source.made).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(Source.made).toHaveLength(2);
  refuse();
  vi.advanceTimersByTime(1_999);
  expect(Source.made).toHaveLength(2);
  vi.advanceTimersByTime(1);
  expect(Source.made).toHaveLength(3);
  source().say("open");
  refuse();
  vi.advanceTimersByTime(1_000);
  expect(Source.made).toHaveLength(4);
});

test("a crowd of changes asks once, and only for what they touch", () => {
  queries.setQueryData(["users", "usr_1"], {});
  queries.setQueryData(["audit"], {});
  source().say("open");
  for (let each = 0; each < 20; each++) source().say("changed", { what: "numbers", id: `num_${each}` });
  const asked = vi.spyOn(queries, "invalidateQueries");
  vi.advanceTimersByTime(300);
  expect(asked).toHaveBeenCalledTimes(1);
  expect(queries.getQueryState(["users", "usr_1"])?.isInvalidated).toBe(true);
  expect(queries.getQueryState(["audit"])?.isInvalidated).toBe(false);
});

test("presence is written into every list that shows the user", () => {
  const list = { pages: [{ items: [{ id: "usr_1", presence: "unreachable" }, { id: "usr_2", presence: "online" }] }], pageParams: [] };
  expect(withPresence(list, "usr_1", "online")).toEqual({ pages: [{ items: [{ id: "usr_1", presence: "online" }, { id: "usr_2", presence: "online" }] }], pageParams: [] });
  expect(withPresence(list, "usr_2", "online")).toBe(list);
  expect(withPresence({ data: { id: "usr_1", presence: "online" }, version: "1" }, "usr_1", "inCall")).toEqual({ data: { id: "usr_1", presence: "inCall" }, version: "1" });
  expect(withPresence([{ id: "usr_1" }], "usr_1", "inCall")).toEqual([{ id: "usr_1" }]);
  expect(withPresence(undefined, "usr_1", "inCall")).toBeUndefined();
});

test("a presence makes nothing current that is out of date", async () => {
  const key = ["users", "list"];
  queries.setQueryData(key, { pages: [{ items: [{ id: "usr_1", presence: "unreachable" }] }] });
  await queries.invalidateQueries({ queryKey: key, refetchType: "none" });
  applyPresence(queries, { user: "usr_2", presence: "online" } as never);
  applyPresence(queries, { user: "usr_1", presence: "online" } as never);
  expect(queries.getQueryState(key)?.isInvalidated).toBe(true);
  expect(queries.getQueryData(key)).toMatchObject({ pages: [{ items: [{ presence: "online" }] }] });
});
