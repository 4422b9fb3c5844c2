/** A Ringwerk of its own for a test: a fresh data folder, ports chosen by the kernel, the built pages in front. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const dist = process.env.RINGWERK_WEB_OUT ?? join(here, "../dist");
const IP = "127.0.79.1";

export interface Company {
  account: { id: string; name: string };
  admin: { email: string; password: string };
  apiToken: string;
  sipDomain: string;
  users: { id: string; name: string; email: string; password: string; extension: string; number: string; phones: { sipId: string; password: string }[] }[];
}

export interface Running {
  url: string;
  /** Where phones register. */
  sip: { host: string; port: number };
  company: Company;
  /** The one-time secret of the first start; empty once there is an account. */
  setupToken: string;
  api: <Answer>(method: string, path: string, body?: unknown) => Promise<Answer>;
  stop: () => Promise<void>;
}

function binary(): string {
  const path = process.env.RINGWERK_BIN;
  if (!path) throw new Error("RINGWERK_BIN names the binary to test against");
  return path;
}

/** Starts a server; with `users`, one of a made-up company of that many people. */
export async function start(users?: number): Promise<Running> {
  const data = mkdtempSync(join(tmpdir(), "ringwerk-web-"));
  const company = users ? (JSON.parse(execFileSync(binary(), ["demo", "--data", data, "--users", String(users), "--json"], { encoding: "utf8" })) as Company) : undefined;
  const server = spawn(binary(), ["serve", "--data", data, "--http", `${IP}:0`, "--sip", `${IP}:0`, "--metrics", "off"], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  server.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  server.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const running = await ready(server, join(data, "running.json"), () => output);
  const front = await pages(running.http);
  const token = /\/setup#(\S+)/;
  return {
    url: front.url,
    sip: running.sip,
    company: company as Company,
    get setupToken() {
      return token.exec(output)?.[1] ?? "";
    },
    async api<Answer>(method: string, path: string, body?: unknown) {
      const headers = { authorization: `Bearer ${company?.apiToken ?? ""}`, "content-type": "application/json" };
      const answer = await fetch(`http://${running.http}${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return (answer.status === 204 ? undefined : await answer.json()) as Answer;
    },
    async stop() {
      front.server.closeAllConnections();
      front.server.close();
      const gone = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGTERM");
      await gone;
      rmSync(data, { recursive: true, force: true });
    },
  };
}

async function ready(server: ChildProcess, file: string, output: () => string) {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (server.exitCode !== null) throw new Error(`Ringwerk ended instead of starting:\n${output()}`);
    try {
      const state = JSON.parse(readFileSync(file, "utf8")) as { pid: number; http: string; sip: string[] };
      if (state.pid === server.pid && state.sip[0]) {
        const [host = IP, port = "0"] = state.sip[0].split(":");
        return { http: state.http, sip: { host, port: Number(port) } };
      }
    } catch {
      // Not written yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Ringwerk did not get ready:\n${output()}`);
}

const kinds: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** The policy that the pages have to live with: nothing inline without the nonce of this very answer, nothing from elsewhere. */
export const policy = (nonce: string) =>
  `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; ` +
  `base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** Serves the built pages and passes the API on, until the binary brings the pages itself. */
async function pages(backend: string): Promise<{ url: string; server: Server }> {
  const server = createServer((incoming, outgoing) => {
    const path = new URL(incoming.url ?? "/", "http://x").pathname;
    if (path.startsWith("/v1/")) {
      const passed = request({ host: backend.split(":")[0], port: backend.split(":")[1], path: incoming.url, method: incoming.method, headers: incoming.headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      passed.on("error", () => outgoing.destroy());
      incoming.pipe(passed);
      return;
    }
    const file = normalize(join(dist, path));
    const asset = extname(path) !== "" && file.startsWith(dist);
    try {
      const nonce = randomBytes(16).toString("base64");
      const content = readFileSync(asset ? file : join(dist, "index.html"));
      outgoing.setHeader("content-type", kinds[asset ? extname(path) : ".html"] ?? "application/octet-stream");
      outgoing.setHeader("content-security-policy", policy(nonce));
      outgoing.setHeader("x-content-type-options", "nosniff");
      outgoing.setHeader("cache-control", asset ? "public, max-age=31536000, immutable" : "no-store");
      outgoing.end(asset ? content : content.toString().replaceAll("__NONCE__", nonce));
    } catch {
      outgoing.statusCode = 404;
      outgoing.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, IP, resolve));
  return { url: `http://${IP}:${(server.address() as AddressInfo).port}`, server };
}
