/** One picture of a page: light and dark, wide and narrow on one sheet, as small as a file of it can be. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Page } from "@playwright/test";

export const folder = process.env.RINGWERK_PICTURES ?? join(import.meta.dirname, "../../../docs/pictures");
export const sizes = { wide: { width: 1280, height: 860 }, narrow: { width: 390, height: 844 } };

/** What is on each sheet, in the order of the index. */
export const sheets: [name: string, line: string][] = [];

const GAP = 24;
/** How much smaller the sheet is than the screens on it. */
const SCALE = 0.75;
const QUALITY = 0.6;

interface Shot {
  picture: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The narrow screens are in German, so that both languages are seen. */
async function speak(page: Page, language: "en" | "de") {
  await page.evaluate((newValue) => {
    localStorage.setItem("ringwerk.language", newValue);
    window.dispatchEvent(new StorageEvent("storage", { key: "ringwerk.language", newValue }));
  }, language);
  await page.waitForFunction((wanted) => document.documentElement.lang === wanted, language);
}

async function shoot(page: Page, busy: boolean): Promise<string> {
  await page.evaluate(() => document.fonts.ready);
  if (!busy) await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
  return (await page.screenshot({ animations: "disabled", caret: "hide" })).toString("base64");
}

/** Draws the shots side by side and hands back the file. */
export async function compose(page: Page, shots: Shot[], width: number, height: number, scale = SCALE): Promise<Buffer> {
  const canvas = await page.context().newPage();
  try {
    await canvas.goto("about:blank");
    const url = await canvas.evaluate(
      async ([all, w, h, by, quality]) => {
        const drawing = document.createElement("canvas");
        [drawing.width, drawing.height] = [Math.round(w * by), Math.round(h * by)];
        const pen = drawing.getContext("2d");
        if (!pen) throw new Error("no canvas");
        pen.imageSmoothingQuality = "high";
        pen.fillStyle = "#c2ccda";
        pen.fillRect(0, 0, drawing.width, drawing.height);
        for (const shot of all) {
          const image = new Image();
          image.src = `data:image/png;base64,${shot.picture}`;
          await image.decode();
          pen.drawImage(image, shot.x * by, shot.y * by, shot.width * by, shot.height * by);
        }
        return drawing.toDataURL("image/webp", quality);
      },
      [shots, width, height, scale, QUALITY] as const,
    );
    return Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
  } finally {
    await canvas.close();
  }
}

export function keep(name: string, file: Buffer) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.webp`), file);
}

/**
 * Takes the four pictures of what the page shows now. `prepare` runs before each, for what a change of size closes or scrolls away;
 * `busy` for a page that is shown while it loads; `hero` also keeps the wide light one at full size.
 */
export async function sheet(page: Page, name: string, line: string, { prepare, busy = false, hero = false, german = true }: { prepare?: () => Promise<unknown>; busy?: boolean; hero?: boolean; german?: boolean } = {}) {
  sheets.push([name, line]);
  const { wide, narrow } = sizes;
  const taken: Shot[] = [];
  for (const [column, size] of [wide, narrow].entries()) {
    await page.setViewportSize(size);
    if (column === 1 && german) await speak(page, "de");
    for (const [row, colorScheme] of (["light", "dark"] as const).entries()) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await prepare?.();
      const picture = await shoot(page, busy);
      if (process.env.RINGWERK_SHOTS) writeFileSync(join(process.env.RINGWERK_SHOTS, `${name}-${column ? "narrow" : "wide"}-${colorScheme}.png`), Buffer.from(picture, "base64"));
      if (hero && column === 0 && row === 0) keep(`${name}-wide`, await compose(page, [{ picture, x: 0, y: 0, ...wide }], wide.width, wide.height, 1));
      taken.push({ picture, x: GAP + column * (wide.width + GAP), y: GAP + row * (wide.height + GAP), ...size });
    }
  }
  if (german) await speak(page, "en");
  await page.setViewportSize(wide);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  keep(name, await compose(page, taken, wide.width + narrow.width + 3 * GAP, 2 * wide.height + 3 * GAP));
}
