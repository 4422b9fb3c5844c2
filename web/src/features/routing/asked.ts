/** What the editor can be asked to add. */
export type Asked = "number" | "extension" | "phone" | "member";

/** What a dashed card asks for. */
export function askedBy(code: string): Asked {
  if (code === "noPhone") return "phone";
  if (code === "noNumber") return "number";
  return code === "noExtension" ? "extension" : "member";
}
