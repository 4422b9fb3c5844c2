/** Somebody who reads the article and does what it says: with a mouse, by keyboard alone, or on a telephone's screen. */
import { expect, type Locator, type Page } from "@playwright/test";

import { readable } from "../../src/ui/phoneNumber";
import type { Access } from "../phone";
import { type Hands, Keys, Pointer } from "./hands";
import { type Key, type Language, type Said, said, text } from "./words";

export type Kind = "mouse" | "keyboard" | "touch";
type Words = Key | Said;
type Role = Parameters<Page["getByRole"]>[0];

const CONTROLS: Role[] = ["button", "link", "tab", "menuitem"];
// Their names go on with what they mean.
const SWITCHES: Role[] = ["switch", "checkbox"];
const FIELDS: Role[] = ["textbox", "searchbox", "spinbutton"];

export class Reader {
  private readonly hands: Hands;

  constructor(
    readonly page: Page,
    readonly kind: Kind,
    readonly language: Language,
    private readonly url: string,
  ) {
    this.hands = kind === "keyboard" ? new Keys(page) : new Pointer(page, kind === "touch");
  }

  /** A text of the page with values in it. */
  say(key: Key, values: Record<string, string | number> = {}): Said {
    return said(text(this.language, key, values));
  }

  /** A telephone number as the pages write it. */
  number(e164: string): string {
    return readable(e164, "DE");
  }

  /** Types an address of the page, or follows a link from a mail. */
  async open(path = "/") {
    await this.page.goto(`${this.url}${path}`);
  }

  /** Looks at something else. */
  async leave() {
    await this.page.goto("about:blank");
  }

  /** Goes to a page by the menu, which hides behind a button where there is little room. */
  async go(key: Key) {
    const menu = this.page.getByRole("navigation", { name: text(this.language, "app:navigation.label"), exact: true });
    const link = menu.getByRole("link", { name: text(this.language, key), exact: true });
    if (this.kind === "touch") await this.press("app:navigation.open");
    await this.hands.press(link);
    await expect(link).toHaveAttribute("aria-current", "page");
    await this.settled();
  }

  /** Account Management, Telephony, Users, and there a user. */
  async visit(name: string) {
    await this.go("app:navigation.users");
    await this.write("users:search", name);
    await this.press(said(name));
    await this.arrives(said(name));
  }

  /** Works whatever control has this name. */
  async press(words: Words) {
    await this.hands.press(await this.control(words));
  }

  /** Opens a menu and takes an entry. */
  async menu(of: Words, entry: Words) {
    await this.press(of);
    await this.press(entry);
  }

  /** Chooses one of several; what it says begins with these words. */
  async choose(words: Words) {
    await this.hands.press(await this.foremost((within) => any(within, ["radio"], this.begins(words))));
  }

  /** Switches something on or off, or checks it. */
  async toggle(words: Words) {
    await this.hands.press(await this.foremost((within) => any(within, SWITCHES, this.begins(words))));
  }

  async write(field: Words, value: string) {
    await this.hands.write(await this.foremost((within) => any(within, FIELDS, this.words(field))), value);
  }

  async pick(field: Words, entry: Words) {
    await this.hands.pick(await this.foremost((within) => within.getByRole("combobox", { name: this.words(field), exact: true })), this.words(entry));
  }

  /** Reads this on the page. */
  async sees(words: Words) {
    await expect(this.page.getByText(this.words(words)).filter({ visible: true }).first()).toBeVisible();
    await this.fits();
  }

  async seesNot(words: Words) {
    await expect(this.page.getByText(this.words(words)).filter({ visible: true })).toHaveCount(0);
  }

  /** What is in a field. */
  async value(field: Words): Promise<string> {
    return (await this.foremost((within) => any(within, FIELDS, this.words(field)))).inputValue();
  }

  /** Whether a switch is on. */
  switched(words: Words): Promise<boolean> {
    return this.page.getByRole("switch", { name: this.begins(words) }).isChecked();
  }

  /** Copies the access data of a telephone from the page, as one types them into the telephone. */
  async access(): Promise<Access> {
    await this.sees("devices:credentials.once");
    const value = async (key: Key) => (await this.page.locator(".fact").filter({ has: this.page.locator(`dt:text-is("${text(this.language, key)}")`) }).locator("dd").innerText()).trim();
    return { username: await value("devices:credentials.username"), password: await value("devices:credentials.password"), domain: await value("devices:credentials.domain") };
  }

  /** Is on this page now. */
  async arrives(title: Words) {
    await expect(this.page.getByRole("heading", { level: 1, name: this.words(title), exact: true })).toBeVisible();
    await this.settled();
  }

  /** Nothing is on its way any more. */
  async settled() {
    await expect(this.page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(this.page.locator("[aria-busy=true]")).toHaveCount(0);
    await this.fits();
  }

  /** Nothing sticks out of the screen, and no words are cut off. */
  async fits() {
    await expect.poll(() => this.page.evaluate(cramped)).toEqual([]);
  }

  private words(words: Words): string {
    return typeof words === "string" ? text(this.language, words) : words.said;
  }

  private begins(words: Words): RegExp {
    return new RegExp(`^${this.words(words).replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&")}`);
  }

  private control(words: Words): Promise<Locator> {
    return this.foremost((within) => any(within, CONTROLS, this.words(words)));
  }

  /** Where a dialog is open, what is in it; otherwise the first on the page. */
  private async foremost(find: (within: Page | Locator) => Locator): Promise<Locator> {
    const everywhere = find(this.page).filter({ visible: true });
    await expect(everywhere.first()).toBeVisible();
    const inDialog = find(this.page.getByRole("dialog")).filter({ visible: true });
    return (await inDialog.count()) > 0 ? inDialog.last() : everywhere.first();
  }
}

function any(within: Page | Locator, roles: Role[], name: string | RegExp): Locator {
  const [first, ...others] = roles.map((role) => within.getByRole(role, { name, exact: true }));
  if (!first) throw new Error("no role");
  return others.reduce((found, other) => found.or(other), first);
}

/** Runs in the page: what there is too little room for. */
function cramped(): string[] {
  const found: string[] = [];
  const over = document.documentElement.scrollWidth - window.innerWidth;
  if (over > 0) found.push(`the page is ${over} px too wide`);
  for (const element of document.querySelectorAll<HTMLElement>(".mantine-Button-label, .mantine-Badge-label, .mantine-Tabs-tabLabel, .mantine-NavLink-label, .mantine-Menu-itemLabel")) {
    if (element.checkVisibility() && element.scrollWidth > element.clientWidth + 1) found.push(`cut off: ${element.innerText}`);
  }
  return found;
}
