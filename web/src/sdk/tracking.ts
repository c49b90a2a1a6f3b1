/** Page, track, identify and group in Segment's shape. Events wait in localStorage until the house has them. */
import { anonymousId, drop, forgetVisitor, get, getJson, newId, set } from "./keep";

type Properties = Record<string, unknown>;

interface Waiting {
  messageId: string;
  [name: string]: unknown;
}

const MOST_WAITING = 500;
const MOST_AT_ONCE = 100;
const LARGEST_EVENT = 32_000;
const LARGEST_BATCH = 400_000;
/** Browsers send at most 64 kB while a page goes away. */
const LARGEST_GOODBYE = 60_000;
const LONGEST_WAIT = 60_000;

/** Whether the visitor has asked by their browser not to be tracked. */
export function refusesTracking(): boolean {
  const told = navigator as Navigator & { globalPrivacyControl?: boolean; doNotTrack?: string | null };
  return told.globalPrivacyControl === true || told.doNotTrack === "1";
}

function campaign(): Properties | undefined {
  const found: Properties = {};
  new URLSearchParams(location.search).forEach((value, name) => {
    if (name.startsWith("utm_")) found[name === "utm_campaign" ? "name" : name.slice(4)] = value;
  });
  return Object.keys(found).length ? found : undefined;
}

function pageNow(): Properties {
  return {
    path: location.pathname,
    referrer: document.referrer,
    search: location.search,
    title: document.title,
    url: location.href.split("#")[0],
  };
}

export class Tracking {
  private sending = false;
  private failures = 0;
  private timer = 0;

  constructor(
    private readonly host: string,
    private readonly key: string,
    private readonly version: string,
  ) {
    addEventListener("online", () => void this.flush());
    // "pagehide" is not told when a phone puts the browser away; this is.
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.goodbye();
    });
    if (this.waiting().length) this.soon(500);
  }

  page(...given: unknown[]): void {
    const words = given.filter((one): one is string => typeof one === "string");
    const properties = (given.find((one) => one && typeof one === "object") ?? {}) as Properties;
    const name = words.length > 1 ? words[1] : words[0];
    const category = words.length > 1 ? words[0] : undefined;
    this.add("page", { name, category, properties: { ...pageNow(), ...properties } });
  }

  track(event: string, properties: Properties = {}): void {
    this.add("track", { event, properties });
  }

  identify(userId: string | undefined, traits: Properties): void {
    this.add("identify", { userId: userId ?? get("user_id") ?? undefined, traits });
  }

  group(groupId: string, traits: Properties = {}): void {
    this.add("group", { groupId, traits });
  }

  reset(): void {
    drop("queue");
    forgetVisitor();
  }

  private add(type: string, fields: Properties): void {
    if (refusesTracking()) return;
    const event: Waiting = {
      type,
      messageId: newId(),
      anonymousId: anonymousId(),
      userId: get("user_id") ?? undefined,
      timestamp: new Date().toISOString(),
      channel: "web",
      context: {
        page: pageNow(),
        userAgent: navigator.userAgent,
        locale: navigator.language,
        timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        campaign: campaign(),
        library: { name: "corridor.js", version: this.version },
      },
      ...fields,
    };
    if (JSON.stringify(event).length > LARGEST_EVENT) {
      console.warn(`Corridor: this ${type} is over ${LARGEST_EVENT} characters and was not sent.`);
      return;
    }
    this.keep([...this.waiting(), event].slice(-MOST_WAITING));
    this.soon(300);
  }

  private waiting(): Waiting[] {
    return getJson<Waiting[]>("queue", []);
  }

  private keep(events: Waiting[]): void {
    if (events.length) set("queue", JSON.stringify(events));
    else drop("queue");
  }

  private soon(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.flush(), milliseconds);
  }

  private batch(largest: number): Waiting[] {
    let size = 0;
    return this.waiting()
      .slice(0, MOST_AT_ONCE)
      .filter((event) => (size += JSON.stringify(event).length + 1) < largest);
  }

  private post(batch: Waiting[], keepalive: boolean): Promise<Response> {
    // Plain text spares the browser a pre-flight; the key stands in the body.
    return fetch(`${this.host}/v1/batch`, {
      method: "POST",
      headers: { "Content-Type": "text/plain" },
      body: JSON.stringify({ writeKey: this.key, batch, sentAt: new Date().toISOString() }),
      credentials: "omit",
      keepalive,
    });
  }

  private async flush(): Promise<void> {
    const batch = this.batch(LARGEST_BATCH);
    if (this.sending || !batch.length) return;
    this.sending = true;
    let wait = 0;
    try {
      const answer = await this.post(batch, false);
      const later = answer.status === 408 || answer.status === 429 || answer.status >= 500;
      if (later) wait = Number(answer.headers.get("Retry-After") ?? 0) * 1000 || this.nextWait();
      else this.done(batch, answer);
    } catch {
      wait = this.nextWait();
    }
    this.sending = false;
    if (this.waiting().length) this.soon(wait || 50);
  }

  private done(batch: Waiting[], answer: Response): void {
    if (!answer.ok) console.warn(`Corridor: ${batch.length} events were refused (${answer.status}). Check the write key.`);
    this.failures = 0;
    const gone = new Set(batch.map((event) => event.messageId));
    this.keep(this.waiting().filter((event) => !gone.has(event.messageId)));
  }

  private nextWait(): number {
    return Math.min(LONGEST_WAIT, 1000 * 2 ** this.failures++) * (0.5 + Math.random() / 2);
  }

  /** A last try while the page goes; what it sends stays kept too, and the house knows a message it has seen. */
  private goodbye(): void {
    const batch = this.batch(LARGEST_GOODBYE);
    if (batch.length && !this.sending) void this.post(batch, true).then((answer) => this.done(batch, answer), () => undefined);
  }
}
