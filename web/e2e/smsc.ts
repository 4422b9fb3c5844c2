/** An SMSC that keeps what it is given, as the stories of the binary have it (tests/scenarios/smsc.mjs). */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const IP = "127.0.79.2";

export interface Part {
  to: string;
  from: string;
  text: string;
  /** Reference, how many, which one; null for a message of one part. */
  place: [number, number, number] | null;
}

export interface Smsc {
  /** What a configuration says of it. */
  section: string;
  /** The messages that came, each put together from its parts, in the order of their first parts. */
  messages: () => { to: string; from: string; text: string }[];
  /** What receipts say from now on; `none` for no receipts. */
  fate: (fate: string) => void;
  stop: () => void;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, IP, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

export async function startSmsc(): Promise<Smsc> {
  const folder = mkdtempSync(join(tmpdir(), "ringwerk-smsc-"));
  const port = await freePort();
  const password = join(folder, "password");
  writeFileSync(password, "Zikade77\n", { mode: 0o600 });
  const script = fileURLToPath(new URL("../../tests/scenarios/smsc.mjs", import.meta.url));
  const child = spawn(process.execPath, [script, IP, String(port), folder, "ringwerk", "Zikade77"], { stdio: "inherit" });
  while (!existsSync(join(folder, "ready"))) {
    if (child.exitCode !== null) throw new Error("the SMSC ended instead of starting");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const parts = () =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .toSorted()
      .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Part);
  return {
    section: `[sms]\nserver = "smpp://${IP}:${port}"\nsystem_id = "ringwerk"\npassword_file = "${password}"\nsender = "Ringwerk"\nper_minute = 2000\nper_day = 2000\n`,
    messages() {
      const whole = new Map<string, Part[]>();
      for (const [at, part] of parts().entries()) {
        const key = part.place ? `${part.to} ${part.place[0]}` : `alone ${at}`;
        whole.set(key, [...(whole.get(key) ?? []), part]);
      }
      return [...whole.values()].map((own) => {
        const sorted = own.toSorted((one, other) => (one.place?.[2] ?? 0) - (other.place?.[2] ?? 0));
        return { to: own[0]?.to ?? "", from: own[0]?.from ?? "", text: sorted.map(({ text }) => text).join("") };
      });
    },
    fate: (fate) => writeFileSync(join(folder, "fate"), fate),
    stop() {
      child.kill("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
