/** What arrived in a mailbox: the mails that the server put into its folder, read as a mail program would. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "@playwright/test";

import type { Running } from "./ringwerk";

export interface Mail {
  to: string;
  subject: string;
  text: string;
  /** Every address in the text that leads to the pages. */
  links: string[];
}

/** Waits for the next mail to somebody whose text fits, newest first. */
export async function mailTo(ringwerk: Running, to: string, fits: RegExp = /./): Promise<Mail> {
  let found: Mail | undefined;
  await expect
    .poll(() => {
      found = mails(ringwerk).find((mail) => mail.to.includes(to) && (fits.test(mail.text) || fits.test(mail.subject)));
      return found !== undefined;
    }, `a mail to ${to}`)
    .toBe(true);
  if (!found) throw new Error("no mail");
  return found;
}

export function mails({ mailFolder }: Running): Mail[] {
  if (!existsSync(mailFolder)) return [];
  const names = readdirSync(mailFolder).filter((name) => name.endsWith(".eml"));
  return names
    .toSorted()
    .toReversed()
    .map((name) => read(readFileSync(join(mailFolder, name), "utf8")));
}

/** The path and secret of a link, to be opened where the test's server is. */
export function pathOf(link: string | undefined): string {
  const url = new URL(link ?? "");
  return `${url.pathname}${url.hash}`;
}

function read(source: string): Mail {
  const { headers, body } = part(source);
  const text = plain(headers, body) ?? "";
  return { to: headers.get("to") ?? "", subject: words(headers.get("subject") ?? ""), text, links: text.match(/https?:\/\/[^\s<>")]+/g) ?? [] };
}

function part(source: string) {
  const end = /\r?\n\r?\n/.exec(source);
  const head = source.slice(0, end?.index ?? source.length).replaceAll(/\r?\n[ \t]+/g, " ");
  const headers = new Map(head.split(/\r?\n/).map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]));
  return { headers, body: end ? source.slice(end.index + end[0].length) : "" };
}

/** The text for reading, found in whatever it is wrapped in. */
function plain(headers: Map<string, string>, body: string): string | undefined {
  const type = headers.get("content-type") ?? "text/plain";
  const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1];
  if (boundary) {
    for (const piece of body.split(`--${boundary}`).slice(1)) {
      const inner = part(piece.replace(/^\r?\n/, ""));
      const found = plain(inner.headers, inner.body);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!type.toLowerCase().startsWith("text/plain")) return undefined;
  const encoding = headers.get("content-transfer-encoding")?.toLowerCase();
  if (encoding === "base64") return Buffer.from(body, "base64").toString("utf8");
  return encoding === "quoted-printable" ? quoted(body.replaceAll(/=\r?\n/g, "")) : body;
}

function quoted(text: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const hex = /^=([\dA-Fa-f]{2})/.exec(text.slice(at, at + 3))?.[1];
    if (hex) {
      bytes.push(Number.parseInt(hex, 16));
      at += 2;
    } else bytes.push(...Buffer.from(text.charAt(at), "utf8"));
  }
  return Buffer.from(bytes).toString("utf8");
}

/** `=?utf-8?b?…?=` in headers. */
function words(header: string): string {
  return header.replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=\s*/gi, (_, kind: string, value: string) =>
    kind.toLowerCase() === "b" ? Buffer.from(value, "base64").toString("utf8") : quoted(value.replaceAll("_", " ")),
  );
}
