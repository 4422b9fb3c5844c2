/** A real phone without a screen: baresip, steered over its control port, as the stories outside the browser do it. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Access } from "./phone";

// It sends audio from whatever address the kernel gives it, which is this one for everything on loopback.
const HOME = "127.0.0.1";

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, HOME, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

async function until<Found>(what: string, find: () => Promise<Found | undefined> | Found | undefined): Promise<Found> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const found = await find();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited in vain for ${what}`);
}

export class Baresip {
  private readonly events: { kind: string; peer: string }[] = [];
  private seen = 0;

  private constructor(
    private readonly folder: string,
    private readonly process: ChildProcess,
    private readonly control: Socket,
  ) {
    // Netstrings, counted in bytes: names have letters of more than one.
    let rest = Buffer.alloc(0);
    control.on("data", (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      for (let colon = rest.indexOf(":"); colon > 0; colon = rest.indexOf(":")) {
        const end = colon + 1 + Number(rest.subarray(0, colon).toString());
        if (rest.length <= end) break;
        const message = JSON.parse(rest.subarray(colon + 1, end).toString()) as { event?: boolean; type?: string; peerdisplayname?: string };
        if (message.event && message.type) this.events.push({ kind: message.type, peer: message.peerdisplayname ?? "" });
        rest = rest.subarray(end + 1);
      }
    });
    control.on("error", () => undefined);
  }

  static async start(server: { host: string; port: number }, { username, password, domain }: Access): Promise<Baresip> {
    const folder = mkdtempSync(join(tmpdir(), "ringwerk-baresip-"));
    mkdirSync(join(folder, "heard"));
    const port = await freePort();
    const config = [
      "poll_method epoll",
      `sip_listen ${HOME}:0`,
      `net_interface ${HOME}`,
      "call_local_timeout 120",
      "call_max_calls 2",
      // What it hears is what it says.
      "audio_source aubridge,echo",
      "audio_player aubridge,echo",
      "audio_alert aubridge,nobody",
      "audio_channels 1",
      "rtp_ports 10000-60000",
      `ctrl_tcp_listen ${HOME}:${port}`,
      "module_path /usr/lib/baresip/modules",
      "module g711.so",
      "module aubridge.so",
      "module_tmp uuid.so",
      "module_tmp account.so",
      "module_app menu.so",
      "module_app ctrl_tcp.so",
      "",
    ];
    writeFileSync(join(folder, "config"), config.join("\n"));
    writeFileSync(join(folder, "contacts"), "");
    writeFileSync(join(folder, "accounts"), `<sip:${username}@${domain};transport=udp>;auth_user=${username};auth_pass=${password};outbound="sip:${server.host}:${server.port};transport=udp";regint=60\n`);
    const log = openSync(join(folder, "log"), "w");
    const child = spawn("baresip", ["-s", "-f", folder], { stdio: ["ignore", log, log] });
    closeSync(log);
    const control = await until("baresip's control port", () => opened(port));
    const phone = new Baresip(folder, child, control);
    await until(`${username} to be registered`, () => (/200 OK \(\) \[/.test(phone.log()) ? true : undefined)).catch((error: Error) => {
      throw new Error(`${error.message}\n${phone.log()}`);
    });
    return phone;
  }

  dial(whom: string) {
    this.command("dial", whom);
  }

  answer() {
    this.command("accept", "");
  }

  hangUp() {
    this.command("hangup", "");
  }

  /** Waits for the next event of a kind, in the order they came. Answers the name that the display shows of the other side. */
  async event(kind: string): Promise<string> {
    return until(`${kind} (${this.events.map((event) => event.kind).join(", ")})`, () => {
      const at = this.events.findIndex((event, position) => position >= this.seen && event.kind === kind);
      if (at < 0) return undefined;
      this.seen = at + 1;
      return this.events[at]?.peer;
    });
  }

  log(): string {
    return readFileSync(join(this.folder, "log"), "utf8");
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.process.once("exit", resolve));
    this.control.destroy();
    this.process.kill("SIGTERM");
    await gone;
    rmSync(this.folder, { recursive: true, force: true });
  }

  private command(command: string, params: string) {
    const text = JSON.stringify({ command, params, token: command });
    this.control.write(`${Buffer.byteLength(text)}:${text},`);
  }
}

async function opened(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, HOME);
    socket.once("connect", () => resolve(socket));
    socket.once("error", () => resolve(undefined));
  });
}
