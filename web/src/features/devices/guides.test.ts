import { expect, test } from "vitest";

import { guideIds, guides, rows } from "./guides";

const values = { username: "1234567e0", password: "secret", domain: "phones.example", server: "phones.example", transport: "udp" };

test("every phone gets a name, a password and a domain", () => {
  for (const id of guideIds) {
    const shown = rows(guides[id], values).map(({ value }) => value);
    expect(shown).toEqual(expect.arrayContaining(["secret", "phones.example"]));
    expect(shown.some((value) => value.startsWith("1234567e0"))).toBe(true);
  }
});

test("a proxy is named only where there is one", () => {
  expect(rows(guides.yealink, values).map(({ label }) => label)).not.toContain("Outbound Proxy Server 1");
  expect(rows(guides.yealink, { ...values, server: "192.0.2.1:5062" })).toContainEqual({ label: "Outbound Proxy Server 1", value: "192.0.2.1:5062" });
});
