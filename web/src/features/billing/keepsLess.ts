import type { CallListMode } from "../../api/types";

const richness = { doNotSave: 0, shortened: 1, complete: 2 };

/** Whether a change keeps no more than today; only then it counts at once. */
export function keepsLess(from: CallListMode | null, to: CallListMode): boolean {
  // Where nobody has chosen, everybody keeps everything, but nobody else sees it.
  return from === null ? to !== "complete" : richness[to] <= richness[from];
}
