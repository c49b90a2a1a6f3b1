/** What the visitor sees: the bubble and the panel. It builds every element itself; words of people are only ever text. */
import { STYLE } from "./style";
import type { Config, Message, Unsent } from "./words";

type Child = Node | string;

export interface Acts {
  onOpen: () => void;
  onClose: () => void;
  onSend: (text: string) => void;
  onTyping: () => void;
  onAgain: (clientId: string) => void;
  onDiscard: (clientId: string) => void;
  onEarlier: () => void;
}

const ADDRESS = /https?:\/\/[^\s<>"'`{}|\\^]+/gi;
const FOCUSABLE = "button:not([hidden]), textarea, a[href], [tabindex='0']";
const ICONS = {
  bubble: "M4 5h16v11H9l-5 4z",
  close: "M6 6l12 12M18 6L6 18",
  send: "M4 5l16 7-16 7 3-7z",
};

function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function icon(name: keyof typeof ICONS): SVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** The words with http and https addresses as links; a full stop behind an address is not part of it. */
function linked(text: string): Child[] {
  const parts: Child[] = [];
  let end = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const address = found[0].replace(/[.,;:!?)،؛؟»…]+$/, "");
    parts.push(text.slice(end, found.index), make("a", { href: address, target: "_blank", rel: "noopener nofollow noreferrer" }, address));
    end = found.index + address.length;
  }
  return [...parts, text.slice(end)];
}

/** Black or white, whichever can be read better on the company's colour. */
function inkOn(colour: string): string {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 ? "#ffffff" : "#1f1d1a";
}

export class Panel {
  private readonly host = make("div", { id: "corridor-chat" });
  private readonly words: Record<string, string>;
  private readonly bubble: HTMLButtonElement;
  private readonly badge: HTMLSpanElement;
  private readonly panel: HTMLElement;
  private readonly status: HTMLElement;
  private readonly log: HTMLElement;
  private readonly list: HTMLOListElement;
  private readonly earlier: HTMLButtonElement;
  private readonly typing: HTMLElement;
  private readonly ended: HTMLElement;
  private readonly field: HTMLTextAreaElement;
  private typingTimer = 0;
  private toldTyping = 0;
  private opener: Element | null = null;

  constructor(
    private readonly config: Config,
    private readonly acts: Acts,
  ) {
    const say = (this.words = config.words);
    this.host.dir = config.direction;
    this.host.lang = config.language;
    this.host.style.setProperty("--c", config.colour);
    this.host.style.setProperty("--i", inkOn(config.colour));
    this.badge = make("span", { class: "badge", hidden: "" });
    this.bubble = make("button", { type: "button", class: "bubble", "aria-label": this.say("open"), "aria-expanded": "false" });
    this.bubble.append(icon("bubble"), this.badge);
    const close = make("button", { type: "button", class: "icon", "aria-label": this.say("close") });
    close.append(icon("close"));
    this.status = make("p", { class: "status", role: "status", hidden: "" });
    this.list = make("ol");
    this.earlier = make("button", { type: "button", class: "earlier", hidden: "" }, this.say("earlier"));
    this.typing = make("p", { class: "typing", role: "status", hidden: "" }, this.say("typing"));
    this.ended = make("p", { class: "typing", hidden: "" }, this.say("ended"));
    this.log = make(
      "div",
      { class: "log", role: "log", "aria-label": this.say("log"), tabindex: "0" },
      make("p", { class: "greeting", dir: "auto" }, say["greeting"] ?? ""),
      this.earlier,
      this.list,
      this.typing,
      this.ended,
    );
    this.field = make("textarea", { rows: "1", dir: "auto", "aria-label": this.say("label"), placeholder: this.say("placeholder") });
    this.field.maxLength = config.longest;
    const send = make("button", { type: "submit", class: "send", "aria-label": this.say("send") });
    send.append(icon("send"));
    const form = make("form", {}, this.field, send);
    const title = make("h2", { id: "title", dir: "auto" }, config.name);
    this.panel = make(
      "section",
      { class: "panel", role: "dialog", "aria-modal": "true", "aria-labelledby": "title", hidden: "" },
      make("div", { class: "head" }, title, close),
      this.status,
      this.log,
      form,
    );
    this.bubble.addEventListener("click", () => this.open());
    close.addEventListener("click", () => this.close());
    this.earlier.addEventListener("click", () => this.acts.onEarlier());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.submit();
    });
    this.field.addEventListener("input", () => this.onInput());
    this.panel.addEventListener("keydown", (event) => this.onKey(event));
    this.mount();
  }

  get isOpen(): boolean {
    return !this.panel.hidden;
  }

  open(): void {
    if (this.isOpen) return;
    this.opener = document.activeElement;
    this.panel.hidden = false;
    this.bubble.setAttribute("aria-expanded", "true");
    this.field.focus();
    this.toEnd();
    this.acts.onOpen();
  }

  close(): void {
    if (!this.isOpen) return;
    this.panel.hidden = true;
    this.bubble.setAttribute("aria-expanded", "false");
    if (this.opener instanceof HTMLElement && this.opener !== this.host && this.opener !== document.body) this.opener.focus();
    else this.bubble.focus();
    this.acts.onClose();
  }

  showUnread(count: number): void {
    const number = count.toLocaleString(this.locale());
    this.badge.hidden = count === 0;
    this.badge.textContent = number;
    this.bubble.setAttribute("aria-label", count ? `${this.say("open")}. ${this.say("unread")} ${number}` : this.say("open"));
  }

  showConnection(connected: boolean): void {
    this.status.hidden = connected;
    this.status.textContent = connected ? "" : this.say("offline");
  }

  showTyping(): void {
    this.typing.hidden = false;
    clearTimeout(this.typingTimer);
    this.typingTimer = window.setTimeout(() => (this.typing.hidden = true), 6000);
    this.toEnd();
  }

  showEnded(ended: boolean): void {
    this.ended.hidden = !ended;
  }

  show(messages: Message[], unsent: Unsent[], more: boolean): void {
    const atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
    const height = this.log.scrollHeight;
    const focused = (this.host.shadowRoot?.activeElement as HTMLElement | null)?.dataset["of"];
    const rows = [...messages.map((one) => this.row(one)), ...unsent.map((one) => this.unsentRow(one))];
    this.patch(rows);
    this.earlier.hidden = !more;
    if (messages[messages.length - 1]?.from === "them") this.typing.hidden = true;
    if (focused) this.list.querySelector<HTMLElement>(`[data-of="${CSS.escape(focused)}"]`)?.focus();
    if (atEnd) this.toEnd();
    else if (this.log.scrollTop < 40) this.log.scrollTop += this.log.scrollHeight - height;
  }

  /** Replaces only the rows that differ, so that a screen reader reads what is new and nothing twice. */
  private patch(rows: HTMLLIElement[]): void {
    const known = new Map([...this.list.children].map((row) => [(row as HTMLElement).dataset["id"], row]));
    rows.forEach((row, at) => {
      const before = known.get(row.dataset["id"]);
      known.delete(row.dataset["id"]);
      const same = before?.getAttribute("data-is") === row.getAttribute("data-is");
      if (before && !same) before.replaceWith(row);
      const placed = before && same ? before : row;
      if (this.list.children[at] !== placed) this.list.insertBefore(placed, this.list.children[at] ?? null);
    });
    known.forEach((row) => row.remove());
  }

  private row(message: Message): HTMLLIElement {
    const mine = message.from === "me";
    const state = mine ? this.say(message.read ? "read" : "sent") : message.name;
    const id = message.clientId ?? String(message.number);
    return this.item(mine, id, message.text, [
      make("bdi", {}, state),
      " · ",
      make("time", { datetime: message.at }, this.time(message.at)),
    ]);
  }

  private unsentRow(unsent: Unsent): HTMLLIElement {
    if (!unsent.problem) return this.item(true, unsent.clientId, unsent.text, [this.say("sending")]);
    const again = make("button", { type: "button", "data-of": unsent.clientId }, this.say("again"));
    const discard = make("button", { type: "button" }, this.say("discard"));
    again.addEventListener("click", () => this.acts.onAgain(unsent.clientId));
    discard.addEventListener("click", () => this.acts.onDiscard(unsent.clientId));
    return this.item(true, unsent.clientId, unsent.text, [this.say(unsent.problem), again, discard]);
  }

  private item(mine: boolean, id: string, text: string, below: Child[]): HTMLLIElement {
    const who = make("span", { class: "unseen" }, `${this.say(mine ? "you" : "house")}: `);
    const foot = make("small", {}, ...below);
    const is = `${mine ? 1 : 0}${foot.textContent ?? ""}`;
    return make("li", { class: mine ? "me" : "them", "data-id": id, "data-is": is }, who, make("p", { dir: "auto" }, ...linked(text)), foot);
  }

  private submit(): void {
    const text = this.field.value.trim();
    if (!text) return;
    this.field.value = "";
    this.toldTyping = 0;
    this.onInput();
    this.acts.onSend(text);
    this.toEnd();
    this.field.focus();
  }

  private onInput(): void {
    this.field.style.blockSize = "auto";
    this.field.style.blockSize = `${Math.min(140, this.field.scrollHeight + 2)}px`;
    if (!this.field.value || Date.now() - this.toldTyping < 3000) return;
    this.toldTyping = Date.now();
    this.acts.onTyping();
  }

  private onKey(event: KeyboardEvent): void {
    // The page's own keys must not act on what is typed here.
    event.stopPropagation();
    if (event.key === "Escape") return this.close();
    if (event.key !== "Tab") return;
    const all = [...this.panel.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((one) => one.offsetParent !== null);
    const active = this.host.shadowRoot?.activeElement;
    const edge = event.shiftKey ? all[0] : all[all.length - 1];
    if (active !== edge) return;
    event.preventDefault();
    (event.shiftKey ? all[all.length - 1] : all[0])?.focus();
  }

  private toEnd(): void {
    this.log.scrollTop = this.log.scrollHeight;
  }

  private say(name: string): string {
    return this.words[name] ?? "";
  }

  private locale(): string {
    return this.config.language === "fa" ? "fa-IR-u-nu-arabext-ca-persian" : this.config.language;
  }

  private time(at: string): string {
    const moment = new Date(at);
    const today = moment.toDateString() === new Date().toDateString();
    const wanted: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
    if (!today) Object.assign(wanted, { day: "numeric", month: "short" });
    return new Intl.DateTimeFormat(this.locale(), wanted).format(moment);
  }

  private mount(): void {
    const root = this.host.attachShadow({ mode: "open" });
    // A sheet made by script needs no leave from the page's content security policy; older browsers get an element.
    if ("adoptedStyleSheets" in root && "replaceSync" in CSSStyleSheet.prototype) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet];
    } else root.append(make("style", {}, STYLE));
    root.append(this.bubble, this.panel);
    document.body.append(this.host);
  }
}
