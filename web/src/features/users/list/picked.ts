import { useState } from "react";

import type { User } from "../../../api/types";

/** Which rows are ticked. Another search or filter starts afresh: what one does not see, one does not change. */
export function usePicked(shown: User[], filter: string) {
  const [state, setState] = useState<{ filter: string; ids: ReadonlySet<string> }>({ filter, ids: new Set() });
  const ids = state.filter === filter ? state.ids : new Set<string>();
  const set = (next: Iterable<string>) => setState({ filter, ids: new Set(next) });
  const users = shown.filter(({ id }) => ids.has(id));
  return {
    users,
    has: (id: string) => ids.has(id),
    all: users.length > 0 && users.length === shown.length,
    some: users.length > 0 && users.length < shown.length,
    toggle(id: string) {
      const next = new Set(ids);
      if (!next.delete(id)) next.add(id);
      set(next);
    },
    toggleAll: () => set(users.length === shown.length ? [] : shown.map(({ id }) => id)),
    clear: () => set([]),
  };
}

export type Picked = ReturnType<typeof usePicked>;
