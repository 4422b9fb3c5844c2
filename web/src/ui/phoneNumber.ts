/** Telephone numbers in groups, as people read them aloud: national at home, with the country elsewhere. */

const TWO = new Set(["30", "40", "69", "89"]);
// German area codes of three digits; all others have four, five where they begin with 3.
const THREE = new Set(
  (
    "201 202 203 208 209 211 212 214 221 228 231 234 241 251 261 271 281 291 331 335 340 341 345 351 355 361 365 371 375 381 385 391 395 " +
    "421 431 441 451 461 471 481 491 511 521 531 541 551 561 571 581 591 611 621 631 641 651 661 671 681 711 721 731 741 751 761 771 781 791 " +
    "811 821 831 841 851 861 871 881 906 911 921 931 941 951 961 971 981 991 800 900 700 180"
  ).split(" "),
);

function areaLength(national: string): number {
  if (/^1[567]/.test(national)) return 3;
  if (TWO.has(national.slice(0, 2))) return 2;
  if (THREE.has(national.slice(0, 3))) return 3;
  return national.startsWith("3") ? 5 : 4;
}

/** Groups of two to four digits, the long ones first; never a lonely digit. */
export function grouped(digits: string): string {
  const groups: string[] = [];
  let rest = digits;
  while (rest.length > 5) {
    const take = rest.length % 4 === 0 || rest.length > 9 ? 4 : 3;
    groups.push(rest.slice(0, take));
    rest = rest.slice(take);
  }
  if (rest) groups.push(rest);
  return groups.join(" ");
}

function countryLength(digits: string): number {
  if (/^[17]/.test(digits)) return 1;
  return /^(2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/.test(digits) ? 2 : 3;
}

/** `+493023125001` is `030 2312 5001` in Germany and `+49 30 2312 5001` for everybody else. */
export function readable(number: string, home = "DE"): string {
  // Shortened ones are grouped like whole ones, so that the two look alike.
  if (/^\+\d{1,12}xxx$/.test(number)) return withoutEnd(readable(number.replace("xxx", "000"), home));
  if (!/^\+\d{4,15}$/.test(number)) return number;
  const digits = number.slice(1);
  if (digits.startsWith("49")) {
    const national = digits.slice(2);
    const area = areaLength(national);
    const [code, rest] = [national.slice(0, area), grouped(national.slice(area))];
    return home === "DE" ? `0${code} ${rest}`.trim() : `+49 ${code} ${rest}`.trim();
  }
  const country = countryLength(digits);
  return `+${digits.slice(0, country)} ${grouped(digits.slice(country))}`;
}

/** The same number without its last three digits, as it is kept where the account keeps shortened ones. */
export function withoutEnd(written: string): string {
  let left = 3;
  return [...written]
    .toReversed()
    .map((sign) => (/\d/.test(sign) && left-- > 0 ? "x" : sign))
    .toReversed()
    .join("");
}
