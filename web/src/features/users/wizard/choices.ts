import type { PhoneNumber } from "../../../api/types";
import type { Kind } from "../../devices/model";

/** What was chosen in the steps after the first and is not saved yet. */
export interface Choices {
  kind: Kind | "later";
  /** Undefined while it is still the proposed one. */
  label?: string;
  phoneNumber: string;
  /** Null when "no number" was chosen. */
  number?: PhoneNumber | null;
  extension?: string;
  joined?: string[];
}

export const noChoices = (): Choices => ({ kind: "voip", phoneNumber: "" });
