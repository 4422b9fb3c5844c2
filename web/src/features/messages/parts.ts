/** How many parts a text takes, by the rules of crates/types/src/sms.rs: the page says beforehand what the server will. */

export const MOST_PARTS = 10;

/** The GSM alphabet, one unit each (3GPP TS 23.038); then its extension, two each. */
const basic = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
const extension = new Set("\f^{}\\[~]|€");

export interface Counted {
  parts: number;
  /** Units left in the last part. */
  left: number;
  /** A character that the short alphabet lacks, so that every part holds less. */
  special: string | undefined;
}

export function count(text: string): Counted {
  const characters = [...text];
  const special = characters.find((character) => !basic.has(character) && !extension.has(character));
  const size = (character: string) => (special ? character.length : extension.has(character) ? 2 : 1);
  const [alone, together] = special ? [70, 67] : [160, 153];
  const all = characters.reduce((sum, character) => sum + size(character), 0);
  if (all === 0) return { parts: 0, left: alone, special };
  if (all <= alone) return { parts: 1, left: alone - all, special };
  let parts = 1;
  let used = 0;
  for (const character of characters) {
    // No character is torn: what does not fit begins the next part.
    if (used + size(character) > together) {
      parts += 1;
      used = 0;
    }
    used += size(character);
  }
  return { parts, left: together - used, special };
}
