import { act, renderHook } from "@testing-library/react";
import { expect, test } from "vitest";

import type { User } from "../../../api/types";
import { usePicked } from "./picked";

const users = ["a", "b", "c"].map((id) => ({ id }) as User);

test("one, all, none", () => {
  const { result } = renderHook(() => usePicked(users, ""));
  act(() => result.current.toggle("b"));
  expect([result.current.some, result.current.all, result.current.users.length]).toEqual([true, false, 1]);
  act(() => result.current.toggleAll());
  expect(result.current.all).toBe(true);
  act(() => result.current.toggle("b"));
  expect(result.current.users.map(({ id }) => id)).toEqual(["a", "c"]);
  act(() => result.current.clear());
  expect(result.current.users).toEqual([]);
});

test("what is no longer shown is no longer chosen", () => {
  const { result, rerender } = renderHook(({ shown, filter }) => usePicked(shown, filter), { initialProps: { shown: users, filter: "" } });
  act(() => result.current.toggleAll());
  rerender({ shown: users.slice(0, 1), filter: "" });
  expect(result.current.users.map(({ id }) => id)).toEqual(["a"]);
  rerender({ shown: users, filter: "Weber" });
  expect(result.current.users).toEqual([]);
});
