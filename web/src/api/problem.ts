/** What the server answers when it refuses (RFC 9457), and what happens when it does not answer. */

export interface FieldProblem {
  pointer: string;
  code: string;
  message: string;
}

export class Problem extends Error {
  constructor(
    readonly status: number,
    /** The last part of the problem's type, for example `email-taken`; `unreachable` when there was no answer. */
    readonly code: string,
    readonly detail: string,
    readonly fields: FieldProblem[] = [],
    readonly facts: Record<string, unknown> = {},
    readonly retryAfterSeconds?: number,
  ) {
    super(detail);
  }
}

interface Body {
  type?: string;
  title?: string;
  detail?: string;
  errors?: FieldProblem[];
  [fact: string]: unknown;
}

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** Takes the data out of an answer, or throws the problem. */
export async function unwrap<Data>(answer: Promise<Answer<Data>>): Promise<Data> {
  return (await unwrapTagged(answer)).data;
}

/** The same with the version of what was read, so that a change can say what it was based on. */
export async function unwrapTagged<Data>(answer: Promise<Answer<Data>>): Promise<{ data: Data; version: string }> {
  let settled;
  try {
    settled = await answer;
  } catch {
    throw new Problem(0, "unreachable", "");
  }
  const { data, error, response } = settled;
  if (response.ok) return { data: data as Data, version: response.headers.get("etag") ?? "" };
  const { type = "", title = "", detail, errors, ...facts } = (typeof error === "object" && error ? error : {}) as Body;
  const retryAfter = Number(response.headers.get("retry-after"));
  throw new Problem(response.status, type.split(":").at(-1) ?? "", detail ?? title, errors, facts, retryAfter || undefined);
}
