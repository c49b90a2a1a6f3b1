/** The conversation as the browser holds it: history, what is not sent yet, and the stream. Nothing is lost or sent twice. */
import { anonymousId, drop, get, getJson, newId, set } from "./keep";
import { Panel } from "./panel";
import { Stream } from "./stream";
import { refusesTracking } from "./tracking";
import type { Config, Message, Unsent, Visitor } from "./words";

interface Session {
  token: string;
  verified: boolean;
  unread: number;
  last: number;
}

interface Problem {
  code?: string;
}

const LONGEST_WAIT = 30_000;
const REFUSALS: Record<string, string> = {
  message_too_long: "too_long",
  too_many_messages: "too_many",
  too_many_conversations: "too_many_conversations",
};

export class Chat {
  private panel: Panel | null = null;
  private token: string | null;
  private readonly messages = new Map<number, Message>();
  private unsent: Unsent[];
  private more = false;
  private unread = 0;
  private sending = false;
  private failures = 0;
  private read = 0;
  /** The newest message when the session began: the stream goes on behind it, the history before it is fetched on opening. */
  private base = 0;
  private beginning: Promise<void> | null = null;
  private wantsOpen = false;
  private readonly place: string;
  private readonly stream: Stream;

  constructor(
    private readonly host: string,
    private readonly key: string,
    private readonly visitor: Visitor,
  ) {
    // Kept by workspace (the key names it): a new key goes on with the same conversation.
    this.place = `chat_${key.split("_")[1] ?? ""}`;
    this.token = get(this.place);
    this.unsent = getJson<Unsent[]>(`${this.place}_unsent`, []);
    this.stream = new Stream({
      url: () => `${host}/chat/events?after=${this.lastNumber()}`,
      headers: () => ({ Authorization: `Bearer ${this.token ?? ""}` }),
      onPiece: (piece) => this.hear(piece.event, JSON.parse(piece.data)),
      onState: (connected) => this.onConnection(connected),
      onRefused: () => this.forgetToken(),
    });
    addEventListener("online", () => void this.pump());
    document.addEventListener("visibilitychange", () => this.noteRead());
  }

  async start(): Promise<void> {
    const language = document.documentElement.lang || navigator.language;
    let config: Config;
    try {
      const answer = await fetch(`${this.host}/chat/${this.key}/config?language=${encodeURIComponent(language)}`, { credentials: "omit" });
      if (!answer.ok) return console.warn("Corridor: the chat does not know this write key.");
      config = (await answer.json()) as Config;
    } catch {
      setTimeout(() => void this.start(), 15_000);
      return;
    }
    this.panel = new Panel(config, {
      onOpen: () => void this.opened(),
      onClose: () => undefined,
      onSend: (text) => this.send(text),
      onTyping: () => void this.ask("typing", {}).catch(() => undefined),
      onAgain: (id) => this.again(id),
      onDiscard: (id) => this.keepUnsent(this.unsent.filter((one) => one.clientId !== id)),
      onEarlier: () => void this.fetchEarlier(),
    });
    this.show();
    if (this.token || this.unsent.length || this.visitor.identifierHash) await this.begin();
    if (this.wantsOpen) this.panel.open();
    void this.pump();
  }

  open(): void {
    this.wantsOpen = true;
    this.panel?.open();
  }

  close(): void {
    this.wantsOpen = false;
    this.panel?.close();
  }

  /** The page has told who the visitor is: the house may now show them more, or nothing of somebody else's. */
  async identified(): Promise<void> {
    if (!this.panel || !(this.token || this.visitor.identifierHash)) return;
    this.beginning = null;
    const before = this.token;
    await this.begin();
    if (this.token === before && !this.visitor.identifierHash) return;
    this.messages.clear();
    this.stream.restart();
    this.show();
    if (this.panel.isOpen) await this.fetchLatest();
  }

  reset(): void {
    this.close();
    this.stream.stop();
    this.messages.clear();
    this.keepUnsent([]);
    this.forgetToken();
    this.unread = 0;
    this.show();
  }

  private async opened(): Promise<void> {
    await this.begin();
    await this.fetchLatest();
    this.noteRead();
  }

  private begin(): Promise<void> {
    this.beginning ??= this.beginNow().catch(() => {
      this.beginning = null;
      this.panel?.showConnection(false);
      setTimeout(() => void this.pump(), 3000);
    });
    return this.beginning;
  }

  private async beginNow(): Promise<void> {
    const answer = await this.post("session", { writeKey: this.key, token: this.token, ...this.told() });
    if (!answer.ok) throw new Error(String(answer.status));
    const session = (await answer.json()) as Session;
    this.token = session.token;
    set(this.place, session.token);
    this.unread = session.unread;
    this.base = session.last;
    this.panel?.showConnection(true);
    this.show();
    this.stream.start();
  }

  private told(): Record<string, unknown> {
    return {
      anonymousId: refusesTracking() ? undefined : anonymousId(),
      userId: this.visitor.userId,
      identifierHash: this.visitor.identifierHash,
      traits: this.visitor.traits,
      language: document.documentElement.lang.slice(0, 2) || navigator.language.slice(0, 2),
      page: location.href.split(/[?#]/)[0],
    };
  }

  private post(door: string, body: unknown): Promise<Response> {
    const headers: Record<string, string> = { "Content-Type": "text/plain" };
    if (this.token && door !== "session") headers["Authorization"] = `Bearer ${this.token}`;
    return fetch(`${this.host}/chat/${door}`, { method: "POST", headers, body: JSON.stringify(body), credentials: "omit" });
  }

  private async ask(door: string, body: unknown): Promise<Response> {
    await this.begin();
    return this.post(door, body);
  }

  private hear(event: string, data: unknown): void {
    if (event === "typing") this.panel?.showTyping();
    else if (event === "state") this.panel?.showEnded((data as { closed: boolean }).closed);
    else if (event === "message") this.take([data as Message], true);
  }

  private take(found: Message[], live: boolean): void {
    for (const message of found) {
      if (live && message.from === "them" && !this.messages.has(message.number) && !this.isRead()) this.unread++;
      this.messages.set(message.number, message);
      if (message.clientId) this.unsent = this.unsent.filter((one) => one.clientId !== message.clientId);
    }
    this.keepUnsent(this.unsent);
    this.noteRead();
  }

  private send(text: string): void {
    this.keepUnsent([...this.unsent, { clientId: newId(), text, at: new Date().toISOString(), problem: "" }]);
    void this.pump();
  }

  private again(clientId: string): void {
    this.keepUnsent(this.unsent.map((one) => (one.clientId === clientId ? { ...one, problem: "" } : one)));
    void this.pump();
  }

  /** Sends what waits, one after the other, until all of it has arrived; the same id makes a second arrival harmless. */
  private async pump(): Promise<void> {
    if (this.sending || !this.panel) return;
    this.sending = true;
    try {
      for (let next = this.nextUnsent(); next; next = this.nextUnsent()) {
        const answer = await this.ask("messages", { clientId: next.clientId, text: next.text, ...this.told() });
        if (answer.ok) this.take([(await answer.json()) as Message], false);
        else await this.refused(next, answer);
        this.failures = 0;
      }
    } catch {
      this.panel.showConnection(false);
      const wait = Math.min(LONGEST_WAIT, 1000 * 2 ** this.failures++) * (0.5 + Math.random() / 2);
      setTimeout(() => void this.pump(), wait);
    }
    this.sending = false;
  }

  private nextUnsent(): Unsent | undefined {
    return this.unsent.find((one) => !one.problem);
  }

  private async refused(unsent: Unsent, answer: Response): Promise<void> {
    if (answer.status >= 500 || answer.status === 408) throw new Error(String(answer.status));
    if (answer.status === 401) {
      this.forgetToken();
      throw new Error("401");
    }
    const problem = (await answer.json().catch(() => ({}))) as Problem;
    const why = REFUSALS[problem.code ?? ""] ?? "failed";
    this.keepUnsent(this.unsent.map((one) => (one.clientId === unsent.clientId ? { ...one, problem: why } : one)));
  }

  private async fetchLatest(): Promise<void> {
    await this.fetchMessages("");
  }

  private async fetchEarlier(): Promise<void> {
    await this.fetchMessages(`?before=${Math.min(...this.messages.keys())}`);
  }

  private async fetchMessages(query: string): Promise<void> {
    if (!this.token) return;
    try {
      const headers = { Authorization: `Bearer ${this.token}` };
      const answer = await fetch(`${this.host}/chat/messages${query}`, { headers, credentials: "omit", cache: "no-store" });
      if (!answer.ok) return;
      const page = (await answer.json()) as { items: Message[]; more: boolean; closed: boolean };
      this.more = page.more;
      this.panel?.showEnded(page.closed);
      this.take(page.items, false);
    } catch {
      // The stream brings what is missing once there is a connection.
    }
  }

  private onConnection(connected: boolean): void {
    this.panel?.showConnection(connected);
    if (connected) void this.pump();
  }

  private forgetToken(): void {
    this.token = null;
    this.beginning = null;
    drop(this.place);
  }

  private keepUnsent(unsent: Unsent[]): void {
    this.unsent = unsent;
    if (unsent.length) set(`${this.place}_unsent`, JSON.stringify(unsent));
    else drop(`${this.place}_unsent`);
    this.show();
  }

  private isRead(): boolean {
    return !!this.panel?.isOpen && document.visibilityState === "visible";
  }

  private noteRead(): void {
    if (!this.isRead()) return;
    this.unread = 0;
    this.panel?.showUnread(0);
    const last = Math.max(0, ...[...this.messages.values()].filter((one) => one.from === "them").map((one) => one.number));
    if (last <= this.read) return;
    this.read = last;
    void this.ask("read", { number: last }).catch(() => (this.read = 0));
  }

  private lastNumber(): number {
    return Math.max(this.base, ...this.messages.keys());
  }

  private show(): void {
    const known = [...this.messages.values()].sort((one, other) => one.number - other.number);
    this.panel?.show(known, this.unsent, this.more);
    this.panel?.showUnread(this.unread);
  }
}
