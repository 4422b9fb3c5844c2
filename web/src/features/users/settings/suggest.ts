// Without what is confused when read aloud or written by hand: l and 1, o and 0, vowels that make words.
const LETTERS = "bcdfghjkmnpqrstvwxz23456789";

/** Four groups of four, 76 bits: easy to read out, hopeless to guess. */
export function suggestPassword(): string {
  const letters: string[] = [];
  while (letters.length < 16) {
    const [byte = 255] = crypto.getRandomValues(new Uint8Array(1));
    // Bytes beyond the last full turn would make some letters likelier.
    if (byte < 256 - (256 % LETTERS.length)) letters.push(LETTERS.charAt(byte % LETTERS.length));
  }
  return letters.join("").replaceAll(/(.{4})(?=.)/g, "$1-");
}
