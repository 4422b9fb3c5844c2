/** A Ringwerk of its own for a test: a fresh data folder, ports chosen by the kernel, the pages that the binary brings. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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
  /** Mails that left for want of a mail server: files in this folder. */
  mailFolder: string;
  /** Whether these digits are anywhere in the data folder. */
  keeps: (digits: string) => boolean;
  /** Runs a command of the binary on the same data folder and answers what it printed. */
  command: (...words: string[]) => string;
  /** Ends the server and starts it again where it was; at a moment, it believes that it is that moment. */
  restart: (at?: Date) => Promise<void>;
  stop: () => Promise<void>;
}

function binary(): string {
  const path = process.env.RINGWERK_BIN;
  if (!path) throw new Error("RINGWERK_BIN names the binary to test against");
  return path;
}

/** Starts a server; with `users`, one of a made-up company of that many people; with `sections`, configured by that TOML. */
export async function start(users?: number, sections = ""): Promise<Running> {
  const data = mkdtempSync(join(tmpdir(), "ringwerk-web-"));
  // Beside the data: the made-up company wants an empty folder.
  const config = `${data}.toml`;
  writeFileSync(config, sections);
  const company = users ? (JSON.parse(execFileSync(binary(), ["demo", "--config", config, "--data", data, "--users", String(users), "--json"], { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 })) as Company) : undefined;
  let output = "";
  const serve = async (http: string, sip: string, at?: Date) => {
    const env = { ...process.env, ...(at && otherDate(at)) };
    const child = spawn(binary(), ["serve", "--config", config, "--data", data, "--http", http, "--sip", sip, "--metrics", "off"], { stdio: ["ignore", "pipe", "pipe"], env });
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    return { child, ...(await ready(child, join(data, "running.json"), () => output)) };
  };
  const end = async (child: ChildProcess) => {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await gone;
  };
  let server = await serve(`${IP}:0`, `${IP}:0`);
  const { http } = server;
  const token = /\/setup#(\S+)/;
  return {
    url: `http://${http}`,
    get sip() {
      return server.sip;
    },
    company: company as Company,
    get setupToken() {
      return token.exec(output)?.[1] ?? "";
    },
    async api<Answer>(method: string, path: string, body?: unknown) {
      const headers = { authorization: `Bearer ${company?.apiToken ?? ""}`, "content-type": "application/json" };
      const answer = await fetch(`http://${http}${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return (answer.status === 204 ? undefined : await answer.json()) as Answer;
    },
    mailFolder: join(data, "mail"),
    keeps: (digits) =>
      readdirSync(data, { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .some(({ name }) => readFileSync(join(data, name)).includes(digits)),
    command: (...words) => execFileSync(binary(), [...words, "--data", data], { encoding: "utf8" }),
    async restart(at) {
      await end(server.child);
      // Phones find it by another port then: the one it had may lie among those for audio.
      server = await serve(http, `${IP}:0`, at);
    },
    async stop() {
      await end(server.child);
      rmSync(data, { recursive: true, force: true });
      rmSync(config, { force: true });
    },
  };
}

/** Lets a program believe that it is another day. Only the calendar is another: how fast time passes is not. */
function otherDate(at: Date) {
  const library = "/usr/$LIB/faketime/libfaketimeMT.so.1";
  if (!existsSync("/usr/bin/faketime")) throw new Error("faketime is missing; scripts/test-setup.sh installs it");
  return { LD_PRELOAD: library, FAKETIME: `+${Math.ceil((at.getTime() - Date.now()) / 1000)}s`, FAKETIME_DONT_FAKE_MONOTONIC: "1" };
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
