/**
 * Corridor for web pages: what visitors do, and a chat with the house. One script, nothing else to load.
 *
 *     <script async src="https://your-corridor/sdk/corridor.js" data-write-key="wk_…"></script>
 *
 * or `corridor.load("wk_…", { host })`. Calls made before the script has loaded wait in an array:
 * `window.corridor = window.corridor || []; corridor.push(["track", "Product Viewed", { sku: "B-12" }])`.
 */
import { Chat } from "./chat";
import { anonymousId, drop, get, getJson, set } from "./keep";
import { refusesTracking, Tracking } from "./tracking";
import type { Visitor } from "./words";

const VERSION = "0.1.0";

type Properties = Record<string, unknown>;

interface Options {
  host?: string;
  /** Whether the chat bubble is shown; it is unless this says no. */
  chat?: boolean;
  /** Whether this view of the page is sent at once; it is unless this says no. */
  page?: boolean;
}

interface Proof {
  /** hex HMAC-SHA256 of the user id under the widget secret, made by the page's own server. */
  identifierHash?: string;
}

const script = document.currentScript as HTMLScriptElement | null;

class Corridor {
  readonly version = VERSION;
  private tracking: Tracking | null = null;
  private conversation: Chat | null = null;
  private early: unknown[][] = [];
  private readonly visitor: Visitor = { traits: getJson<Properties>("traits", {}) };

  /** Begins with a write key. A second call changes nothing. */
  load(writeKey: string, options: Options = {}): void {
    if (this.tracking) return;
    const host = (options.host ?? (script ? new URL(script.src).origin : location.origin)).replace(/\/+$/, "");
    const user = get("user_id");
    if (user) this.visitor.userId = user;
    this.tracking = new Tracking(host, writeKey, VERSION);
    if (options.chat !== false) {
      const chat = (this.conversation = new Chat(host, writeKey, this.visitor));
      if (document.body) void chat.start();
      else document.addEventListener("DOMContentLoaded", () => void chat.start());
    }
    if (options.page !== false) this.tracking.page();
    for (const call of this.early.splice(0)) this.push(call);
  }

  page(...given: unknown[]): void {
    if (this.tracking) this.tracking.page(...given);
    else this.early.push(["page", ...given]);
  }

  track(event: string, properties?: Properties): void {
    if (this.tracking) this.tracking.track(event, properties);
    else this.early.push(["track", event, properties]);
  }

  /** Tells who the visitor is. The chat believes a user id only with its `identifierHash`. */
  identify(userId?: string | Properties | null, traits: Properties = {}, proof: Proof = {}): void {
    if (!this.tracking) return void this.early.push(["identify", userId, traits, proof]);
    const told = userId && typeof userId === "object" ? userId : traits;
    const id = typeof userId === "string" && userId ? userId : undefined;
    if (id && get("user_id") && get("user_id") !== id) this.reset();
    Object.assign(this.visitor.traits, told);
    if (id) this.visitor.userId = id;
    if (proof.identifierHash) this.visitor.identifierHash = proof.identifierHash;
    if (!refusesTracking()) {
      if (id) set("user_id", id);
      set("traits", JSON.stringify(this.visitor.traits));
    }
    this.tracking.identify(id, told);
    void this.conversation?.identified();
  }

  group(groupId: string, traits?: Properties): void {
    if (this.tracking) this.tracking.group(groupId, traits);
    else this.early.push(["group", groupId, traits]);
  }

  /** Forgets the visitor in this browser: call it when somebody signs out. */
  reset(): void {
    this.conversation?.reset();
    this.tracking?.reset();
    delete this.visitor.userId;
    delete this.visitor.identifierHash;
    this.visitor.traits = {};
    drop("traits");
  }

  openChat(): void {
    if (this.conversation) this.conversation.open();
    else this.early.push(["openChat"]);
  }

  closeChat(): void {
    this.conversation?.close();
  }

  /** The one anonymous id of this browser; empty where its owner refuses tracking. */
  anonymousId(): string {
    return refusesTracking() ? "" : anonymousId();
  }

  /** Makes a call that was written down as [name, ...arguments]. */
  push(call: unknown[]): void {
    const [name, ...given] = call;
    const method = this[name as keyof Corridor] as unknown;
    if (typeof method === "function") (method as (...given: unknown[]) => void).apply(this, given);
  }
}

declare global {
  interface Window {
    corridor?: Corridor | unknown[][];
  }
}

const waiting = Array.isArray(window.corridor) ? window.corridor : [];
if (!(window.corridor instanceof Corridor) && (!window.corridor || Array.isArray(window.corridor))) {
  const corridor = (window.corridor = new Corridor());
  const told = script?.dataset;
  for (const call of waiting.filter((one) => one[0] === "load")) corridor.push(call);
  if (told?.["writeKey"]) {
    const options: Options = { chat: told["chat"] !== "off", page: told["page"] !== "off" };
    if (told["host"]) options.host = told["host"];
    corridor.load(told["writeKey"], options);
  }
  for (const call of waiting.filter((one) => one[0] !== "load")) corridor.push(call);
}
