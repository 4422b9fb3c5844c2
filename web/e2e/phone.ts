/** The least of a SIP phone: registers over UDP with the access data that the page showed. */
import { createHash } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";

const md5 = (text: string) => createHash("md5").update(text).digest("hex");

export interface Access {
  username: string;
  password: string;
  domain: string;
}

/** What a phone says of itself, as it likes. */
export interface Says {
  /** The name before its address. */
  name?: string;
  userAgent?: string;
}

const UNSAFE = /[\r\n\0]/;

/** Headers end at a line break: what holds one cannot be said in them. */
export const sayable = (text: string) => !UNSAFE.test(text);

const quotedName = (name: string | undefined) => (name === undefined ? "" : `"${name.replaceAll(/["\\]/g, String.raw`\$&`)}" `);

async function open(): Promise<Socket> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.79.1", resolve));
  return socket;
}

export async function register(server: { host: string; port: number }, { username, password, domain }: Access, says: Says = {}): Promise<{ close: () => void }> {
  const socket = await open();
  const { address, port } = socket.address();
  const callId = `${md5(String(Math.random()))}@${address}`;
  const message = (cseq: number, authorization = "") =>
    [
      `REGISTER sip:${domain} SIP/2.0`,
      `Via: SIP/2.0/UDP ${address}:${port};branch=z9hG4bK${md5(`${callId}${cseq}`)};rport`,
      "Max-Forwards: 70",
      `From: ${quotedName(says.name)}<sip:${username}@${domain}>;tag=web`,
      `To: <sip:${username}@${domain}>`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} REGISTER`,
      `Contact: <sip:${username}@${address}:${port}>`,
      "Expires: 300",
      `User-Agent: ${says.userAgent ?? "Yealink SIP-T54W 96.86"}`,
      ...(authorization ? [`Authorization: ${authorization}`] : []),
      "Content-Length: 0",
      "",
      "",
    ].join("\r\n");

  const challenge = await exchange(socket, server, message(1));
  const authorization = digest(challenge, "REGISTER", `sip:${domain}`, { username, password, domain });
  const answer = await exchange(socket, server, message(2, authorization));
  if (!answer.startsWith("SIP/2.0 200")) throw new Error(answer);
  return { close: () => socket.close() };
}

/** Calls somebody who cannot answer, hears why, and takes note of it; resolves to the status. */
export async function callInVain(server: { host: string; port: number }, { username, password, domain }: Access, called: string, says: Says = {}): Promise<number> {
  const socket = await open();
  const { address, port } = socket.address();
  const callId = `${md5(String(Math.random()))}@${address}`;
  const uri = `sip:${called}@${domain}`;
  const message = (method: string, cseq: number, to: string, more: string[] = []) =>
    [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${address}:${port};branch=z9hG4bK${md5(`${callId}${cseq}`)};rport`,
      "Max-Forwards: 70",
      `From: ${quotedName(says.name)}<sip:${username}@${domain}>;tag=web`,
      `To: ${to}`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <sip:${username}@${address}:${port}>`,
      `User-Agent: ${says.userAgent ?? "Yealink SIP-T54W 96.86"}`,
      ...more,
    ].join("\r\n");
  const offer = ["v=0", `o=- 1 1 IN IP4 ${address}`, "s=-", `c=IN IP4 ${address}`, "t=0 0", `m=audio ${port} RTP/AVP 8`, ""].join("\r\n");
  const body = ["Content-Type: application/sdp", `Content-Length: ${offer.length}`, "", offer];
  const done = ["Content-Length: 0", "", ""];
  const to = (answer: string) => /^to: *(.*)$/im.exec(answer)?.[1]?.trim() ?? `<${uri}>`;
  const challenge = await exchange(socket, server, message("INVITE", 1, `<${uri}>`, body));
  socket.send(message("ACK", 1, to(challenge), done), server.port, server.host);
  const authorization = `Proxy-Authorization: ${digest(challenge, "INVITE", uri, { username, password, domain })}`;
  const answer = await exchange(socket, server, message("INVITE", 2, `<${uri}>`, [authorization, ...body]));
  await new Promise<void>((resolve) => socket.send(message("ACK", 2, to(answer), done), server.port, server.host, () => resolve()));
  socket.close();
  return Number(/^SIP\/2\.0 (\d+)/.exec(answer)?.[1]);
}

/** The answer to a challenge (RFC 8760 with MD5). */
function digest(answer: string, method: string, uri: string, { username, password }: Access): string {
  const challenge = md5Challenge(answer);
  const value = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? "";
  const [cnonce, nc] = [md5(String(Math.random())), "00000001"];
  const ha1 = md5(`${username}:${value("realm")}:${password}`);
  const response = md5(`${ha1}:${value("nonce")}:${nc}:${cnonce}:auth:${md5(`${method}:${uri}`)}`);
  return `Digest username="${username}", realm="${value("realm")}", nonce="${value("nonce")}", uri="${uri}", algorithm=MD5, qop=auth, nc=${nc}, cnonce="${cnonce}", response="${response}"`;
}

/** Of several challenges the one for MD5. */
function md5Challenge(answer: string): string {
  const offered = answer.split("\r\n").filter((line) => /^(www|proxy)-authenticate:/i.test(line));
  return offered.find((line) => !/SHA-256/i.test(line)) ?? offered[0] ?? "";
}

/** Sends until the final answer is there, as UDP asks for. */
async function exchange(socket: Socket, server: { host: string; port: number }, message: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let left = 10;
    const send = () => {
      if (left-- === 0) finish(() => reject(new Error("no answer from the registrar")));
      else socket.send(message, server.port, server.host);
    };
    const timer = setInterval(send, 500);
    const finish = (end: () => void) => {
      clearInterval(timer);
      socket.off("message", heard);
      end();
    };
    const heard = (bytes: Buffer) => {
      const text = bytes.toString();
      if (!text.startsWith("SIP/2.0 1")) finish(() => resolve(text));
    };
    socket.on("message", heard);
    send();
  });
}
