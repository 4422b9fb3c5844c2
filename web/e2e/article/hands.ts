/** The three ways in which people work with a page: each does what such a person can do, and nothing else. */
import type { Locator, Page } from "@playwright/test";

export interface Hands {
  /** Works a control: a button, a link, an entry of a menu, a switch, one choice of several. */
  press(target: Locator): Promise<void>;
  /** Puts text into a field, in place of what is in it. */
  write(target: Locator, text: string): Promise<void>;
  /** Takes an entry of a list that unfolds. */
  pick(target: Locator, entry: string): Promise<void>;
}

const ALL = "ControlOrMeta+a";

/** A mouse, or a finger. */
export class Pointer implements Hands {
  constructor(
    private readonly page: Page,
    private readonly touch: boolean,
  ) {}

  async press(target: Locator) {
    if (this.touch) await target.tap();
    else await target.click();
  }

  async write(target: Locator, text: string) {
    await this.press(target);
    await this.page.keyboard.press(ALL);
    await this.page.keyboard.type(text);
  }

  async pick(target: Locator, entry: string) {
    // What unfolds is the browser's own and no part of the page.
    await target.selectOption({ label: entry });
  }
}

/** Nothing but keys. What cannot be reached with them, or does not show that it has the focus, fails the story. */
export class Keys implements Hands {
  constructor(private readonly page: Page) {}

  async press(target: Locator) {
    const kind = await this.reach(target);
    // One of several is chosen already when the arrow keys came to it.
    if (kind.chosen) return;
    await this.page.keyboard.press(kind.switches ? "Space" : "Enter");
  }

  async write(target: Locator, text: string) {
    await this.reach(target);
    await this.page.keyboard.press(ALL);
    await this.page.keyboard.type(text);
  }

  async pick(target: Locator, entry: string) {
    await this.reach(target);
    const steps = await target.evaluate((list: HTMLSelectElement, wanted) => {
      const at = [...list.options].findIndex(({ label }) => label === wanted);
      if (at < 0) throw new Error(`the list has no entry ${wanted}: ${[...list.options].map(({ label }) => label).join(", ")}`);
      return at - list.selectedIndex;
    }, entry);
    for (let step = 0; step < Math.abs(steps); step++) await this.page.keyboard.press(steps > 0 ? "ArrowDown" : "ArrowUp");
  }

  /** Goes on to a control as somebody would who sees where it is. */
  private async reach(target: Locator): Promise<{ chosen: boolean; switches: boolean }> {
    const way: string[] = [];
    for (let presses = 0; presses < 80; presses++) {
      const now = await target.evaluate(whereTo);
      if (now.there) {
        const fault = await target.evaluate(unseen);
        if (fault) throw new Error(`${String(target)} has the focus, and ${fault}`);
        return now;
      }
      way.push(now.focused);
      await this.page.keyboard.press(now.key);
    }
    throw new Error(`${String(target)} cannot be reached by keyboard; the focus went ${way.join(" › ")}`);
  }
}

/** Runs in the page: which key leads from the focus to a control. */
function whereTo(target: Element) {
  const focused = document.activeElement ?? document.body;
  const role = target.getAttribute("role") ?? (target as HTMLInputElement).type;
  const name = focused === document.body ? "nowhere" : (focused.getAttribute("aria-label") ?? ((focused as HTMLElement).innerText || (focused as HTMLInputElement).labels?.[0]?.innerText || focused.tagName));
  // Several that belong together are one stop; the arrow keys lead on from there.
  const several = target.closest({ menuitem: "[role=menu]", radio: "[role=radiogroup]", tab: "[role=tablist]" }[role] ?? "nothing");
  const together = role === "menuitem" || (several?.contains(focused) && focused !== several);
  const onward = Boolean(focused.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_FOLLOWING);
  const [next, before] = !together ? ["Tab", "Shift+Tab"] : role === "tab" ? ["ArrowRight", "ArrowLeft"] : ["ArrowDown", "ArrowUp"];
  const key = onward ? next : before;
  const chosen = role === "radio" && (target.getAttribute("aria-checked") === "true" || (target as HTMLInputElement).checked === true);
  return { there: focused === target, focused: name.trim().slice(0, 40), key, chosen, switches: role === "switch" || role === "checkbox" || role === "radio" };
}

/** Runs in the page: why somebody would not see that a control has the focus (WCAG 2.4.7 and 2.4.11). */
function unseen(target: Element): string | undefined {
  const control = target as HTMLInputElement;
  const near = [target, target.parentElement, target.nextElementSibling, ...(control.labels ?? [])].filter((element) => element !== null);
  const outlined = near.some((element) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 1;
  });
  const paint = () =>
    near
      .map((element) => {
        const { borderColor, boxShadow, backgroundColor } = getComputedStyle(element);
        return `${borderColor} ${boxShadow} ${backgroundColor}`;
      })
      .join();
  if (!outlined) {
    // A colour that changes slowly would be the old one still.
    for (const element of near) (element as HTMLElement).style.transition = "none";
    const focused = paint();
    control.blur();
    const left = paint();
    control.focus({ preventScroll: true });
    for (const element of near) (element as HTMLElement).style.transition = "";
    if (focused === left) return "nothing shows it";
  }
  const { left, right, top, bottom } = target.getBoundingClientRect();
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  const points = [[x, y], [left + 3, top + 3], [right - 3, top + 3], [left + 3, bottom - 3], [right - 3, bottom - 3]] as const;
  const free = points.some(([across, down]) => {
    const hit = document.elementFromPoint(across, down);
    return hit !== null && near.some((element) => element.contains(hit) || hit.contains(element));
  });
  return free ? undefined : "something lies over it";
}
