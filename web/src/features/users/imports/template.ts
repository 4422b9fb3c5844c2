/** One line of a file for spreadsheets; `;` separates where the comma is the decimal sign. */
export function csvLine(cells: string[], separator: string): string {
  return cells.map((cell) => (/["\r\n;,]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(separator);
}

/** A file with headings and an example, to be filled in. The mark in front tells spreadsheets that it is UTF-8. */
export function template(headings: string[], example: string[], language: string): string {
  const separator = language === "de" ? ";" : ",";
  return `\uFEFF${csvLine(headings, separator)}\r\n${csvLine(example, separator)}\r\n`;
}

/** Hands a text to the person as a file. */
export function saveAs(name: string, text: string) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
