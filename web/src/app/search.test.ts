import { expect, test } from "vitest";

import { signInSearch, userSearch, usersSearch } from "./search";

test.each(["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", 5, "/sign-in", "/sign-in?to=%2Fusers"])("%s is no place to go after signing in", (to) => {
  expect(signInSearch({ to }).to).toBeUndefined();
});

test("a page of this site is", () => expect(signInSearch({ to: "/users?show=blocked" }).to).toBe("/users?show=blocked"));

test("an unknown filter is forgotten, digits stay a search", () => {
  expect(usersSearch({ show: "everything", search: 110, sort: "-name" })).toEqual({ search: "110", sort: "-name", show: undefined, location: undefined });
  expect(userSearch({ tab: "x" }).tab).toBeUndefined();
});
