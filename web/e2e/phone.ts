/** The least of a SIP phone: registers over UDP with the access data that the page showed. */
import { createHash } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";

const md5 = (text: string) => createHash("md5").update(text).digest("hex");

export interface Access {
  username: string;
  password: string;
  domain: string;
}

export async function register(server: { host: string; port: number }, { username, password, domain }: Access): Promise<{ close: () => void }> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.79.1", resolve));
  const { address, port } = socket.address();
  const callId = `${md5(String(Math.random()))}@${address}`;
  const message = (cseq: number, authorization = "") =>
    [
      `REGISTER sip:${domain} SIP/2.0`,
      `Via: SIP/2.0/UDP ${address}:${port};branch=z9hG4bK${md5(`${callId}${cseq}`)};rport`,
      "Max-Forwards: 70",
      `From: <sip:${username}@${domain}>;tag=web`,
      `To: <sip:${username}@${domain}>`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} REGISTER`,
      `Contact: <sip:${username}@${address}:${port}>`,
      "Expires: 300",
      "User-Agent: Yealink SIP-T54W 96.86",
      ...(authorization ? [`Authorization: ${authorization}`] : []),
      "Content-Length: 0",
      "",
      "",
    ].join("\r\n");

  const challenge = await exchange(socket, server, message(1));
  const value = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(md5Challenge(challenge))?.[1] ?? "";
  const uri = `sip:${domain}`;
  const [cnonce, nc] = [md5(callId), "00000001"];
  const ha1 = md5(`${username}:${value("realm")}:${password}`);
  const response = md5(`${ha1}:${value("nonce")}:${nc}:${cnonce}:auth:${md5(`REGISTER:${uri}`)}`);
  const authorization = `Digest username="${username}", realm="${value("realm")}", nonce="${value("nonce")}", uri="${uri}", algorithm=MD5, qop=auth, nc=${nc}, cnonce="${cnonce}", response="${response}"`;
  const answer = await exchange(socket, server, message(2, authorization));
  if (!answer.startsWith("SIP/2.0 200")) throw new Error(answer);
  return { close: () => socket.close() };
}

/** Of several challenges the one for MD5. */
function md5Challenge(answer: string): string {
  const offered = answer.split("\r\n").filter((line) => /^www-authenticate:/i.test(line));
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
