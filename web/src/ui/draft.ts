import { useEffect, useRef, useState } from "react";

/** Where what somebody is typing waits out a reload, the browser's back and a restart of the server. Never for passwords. */
const PREFIX = "ringwerk.draft.";

export function readDraft<Values>(name: string): Partial<Values> | undefined {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(PREFIX + name) ?? "null");
    return typeof kept === "object" && kept !== null ? (kept as Partial<Values>) : undefined;
  } catch {
    // Not ours, or no storage at all: then there is no draft.
    return undefined;
  }
}

export function writeDraft(name: string, values: unknown) {
  try {
    sessionStorage.setItem(PREFIX + name, JSON.stringify(values));
  } catch {
    // A full or forbidden storage costs the draft, not the page.
  }
}

export function dropDraft(name: string) {
  try {
    sessionStorage.removeItem(PREFIX + name);
  } catch {
    // As above.
  }
}

/** A value that is kept as it changes; `drop` forgets it and keeps it forgotten. */
export function useDraft<Values extends object>(name: string, initial: () => Values) {
  const [found] = useState(() => readDraft<Values>(name));
  const [values, setValues] = useState<Values>(() => ({ ...initial(), ...found }));
  const dropped = useRef(false);
  const first = useRef(true);
  useEffect(() => {
    if (first.current) first.current = false;
    else if (!dropped.current) writeDraft(name, values);
  }, [name, values]);
  return {
    values,
    setValues,
    /** Whether it was there already when the page opened. */
    found: found !== undefined,
    drop: () => {
      dropped.current = true;
      dropDraft(name);
    },
  };
}
