/** What the fields of common phones are called, as they are written there, and which value belongs into each. */

export type Value = "username" | "password" | "domain" | "server" | "transport" | "login";

export interface Guide {
  name: string;
  /** The way to the fields, as it is written on the phone. */
  path: string;
  fields: [label: string, value: Value][];
  /** Reads the setup code. */
  scans?: boolean;
}

export const guides = {
  linphone: {
    name: "Linphone",
    path: "Assistant › Use a SIP account",
    scans: true,
    fields: [
      ["Username", "username"],
      ["Password", "password"],
      ["Domain", "domain"],
      ["Transport", "transport"],
    ],
  },
  zoiper: {
    name: "Zoiper",
    path: "Settings › Accounts › Add",
    fields: [
      ["Username / Login", "login"],
      ["Password", "password"],
      ["Hostname / Domain", "domain"],
      ["Outbound proxy", "server"],
      ["Transport", "transport"],
    ],
  },
  microsip: {
    name: "MicroSIP",
    path: "Menu › Add account",
    fields: [
      ["SIP server", "domain"],
      ["SIP proxy", "server"],
      ["Username", "username"],
      ["Domain", "domain"],
      ["Login", "username"],
      ["Password", "password"],
      ["Transport", "transport"],
    ],
  },
  yealink: {
    name: "Yealink",
    path: "Account › Register",
    fields: [
      ["Register Name", "username"],
      ["User Name", "username"],
      ["Password", "password"],
      ["SIP Server 1: Server Host", "domain"],
      ["Outbound Proxy Server 1", "server"],
      ["Transport", "transport"],
    ],
  },
  snom: {
    name: "Snom",
    path: "Setup › Identity 1 › Login",
    fields: [
      ["Account", "username"],
      ["Password", "password"],
      ["Registrar", "domain"],
      ["Outbound Proxy", "server"],
      ["Authentication Username", "username"],
    ],
  },
  grandstream: {
    name: "Grandstream",
    path: "Accounts › Account 1 › General Settings",
    fields: [
      ["SIP Server", "domain"],
      ["Outbound Proxy", "server"],
      ["SIP User ID", "username"],
      ["Authenticate ID", "username"],
      ["Authenticate Password", "password"],
      ["SIP Transport", "transport"],
    ],
  },
} as const satisfies Record<string, Guide>;

export type GuideId = keyof typeof guides;
export const guideIds = Object.keys(guides) as GuideId[];

export interface Values {
  username: string;
  password: string;
  domain: string;
  server: string;
  transport: string;
}

/** The rows to fill in. A proxy is only named where it is another machine than the domain. */
export function rows(guide: Guide, values: Values): { label: string; value: string }[] {
  const known: Record<Value, string> = { ...values, transport: values.transport.toUpperCase(), login: `${values.username}@${values.domain}` };
  return guide.fields.filter(([, value]) => value !== "server" || values.server !== values.domain).map(([label, value]) => ({ label, value: known[value] }));
}
