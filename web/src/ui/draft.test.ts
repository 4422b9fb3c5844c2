import { act, renderHook } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";

import { readDraft, useDraft, writeDraft } from "./draft";

beforeEach(() => sessionStorage.clear());

test("what was typed is there again after the page was left", () => {
  const first = renderHook(() => useDraft("user", () => ({ name: "", place: "a" })));
  expect(first.result.current.found).toBe(false);
  act(() => first.result.current.setValues({ name: "Mira", place: "a" }));
  first.unmount();
  const again = renderHook(() => useDraft("user", () => ({ name: "", place: "b", later: 1 })));
  expect(again.result.current.values).toEqual({ name: "Mira", place: "a", later: 1 });
  expect(again.result.current.found).toBe(true);
});

test("opening a page alone keeps nothing, and what is dropped stays dropped", () => {
  const { result, rerender } = renderHook(() => useDraft("user", () => ({ name: "" })));
  expect(readDraft("user")).toBeUndefined();
  act(() => result.current.setValues({ name: "Mira" }));
  act(() => result.current.drop());
  act(() => result.current.setValues({ name: "late" }));
  rerender();
  expect(readDraft("user")).toBeUndefined();
});

test("what is not a draft is none", () => {
  sessionStorage.setItem("ringwerk.draft.user", "{broken");
  expect(readDraft("user")).toBeUndefined();
  writeDraft("user", "text");
  expect(readDraft("user")).toBeUndefined();
});
