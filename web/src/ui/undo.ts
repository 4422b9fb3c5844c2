import { useSyncExternalStore } from "react";

/** The last thing that was done, shown in a bar until it is taken back, closed or replaced. */
export interface Undoable {
  words: string;
  /** The way back, where there is one. */
  run?: () => Promise<unknown>;
}

let current: Undoable | undefined;
const listeners = new Set<() => void>();

export function offerUndo(next: Undoable | undefined) {
  current = next;
  for (const listener of listeners) listener();
}

export function useUndoable(): Undoable | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}
