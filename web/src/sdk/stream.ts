/** Server-sent events over fetch: a token in a header instead of the address, and going on after any break. */

export interface Piece {
  event: string;
  data: string;
  id: string;
}

interface Wishes {
  url: () => string;
  headers: () => Record<string, string>;
  onPiece: (piece: Piece) => void;
  onState: (connected: boolean) => void;
  onRefused: () => void;
}

const SILENCE_ALLOWED = 45_000;
const LONGEST_WAIT = 30_000;

export class Stream {
  private running = false;
  /** Counts the beginnings, so that a loop that was stopped never goes on beside a new one. */
  private round = 0;
  private abort = new AbortController();
  private failures = 0;
  private last = "";
  private wake: () => void = () => undefined;

  constructor(private readonly wishes: Wishes) {
    addEventListener("online", () => this.wake());
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    void this.run(++this.round);
  }

  stop(): void {
    this.running = false;
    this.abort.abort();
    this.wake();
  }

  /** Begins anew, as after the token has changed. */
  restart(): void {
    this.last = "";
    if (this.running) this.abort.abort();
    else this.start();
  }

  private async run(round: number): Promise<void> {
    while (this.running && round === this.round) {
      this.abort = new AbortController();
      try {
        await this.listen(this.abort);
      } catch {
        // Whatever broke it, it begins again below.
      }
      if (!this.running || round !== this.round) return;
      this.wishes.onState(false);
      const wait = Math.min(LONGEST_WAIT, 500 * 2 ** this.failures++) * (0.5 + Math.random() / 2);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        setTimeout(resolve, wait);
      });
    }
  }

  private async listen(abort: AbortController): Promise<void> {
    const headers: Record<string, string> = { ...this.wishes.headers(), Accept: "text/event-stream" };
    if (this.last) headers["Last-Event-ID"] = this.last;
    const answer = await fetch(this.wishes.url(), { headers, signal: abort.signal, credentials: "omit", cache: "no-store" });
    if (answer.status === 401) this.wishes.onRefused();
    if (!answer.ok || !answer.body) return;
    const reader = answer.body.getReader();
    const decoder = new TextDecoder();
    let rest = "";
    // A half-open connection says nothing for ever; the house gives a sign of life every 15 seconds.
    let watch = setTimeout(() => abort.abort(), SILENCE_ALLOWED);
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(watch);
        watch = setTimeout(() => abort.abort(), SILENCE_ALLOWED);
        if (this.failures || !rest) this.wishes.onState(true);
        this.failures = 0;
        const parts = (rest + decoder.decode(value, { stream: true })).split("\n\n");
        rest = parts.pop() ?? "";
        for (const part of parts) this.take(part);
      }
    } finally {
      clearTimeout(watch);
    }
  }

  private take(text: string): void {
    const piece: Piece = { event: "message", data: "", id: "" };
    for (const line of text.split("\n")) {
      const colon = line.indexOf(": ");
      const name = line.slice(0, colon);
      const value = line.slice(colon + 2);
      if (name === "data") piece.data += (piece.data ? "\n" : "") + value;
      else if (name === "event") piece.event = value;
      else if (name === "id") this.last = piece.id = value;
    }
    if (piece.data) this.wishes.onPiece(piece);
  }
}
