/** A conversation at the desk: sends without leaving the page, keeps what is written, and shows who else writes or looks. */
import { csrf, island } from "../island";

const TYPING_TOLD_EVERY = 3_000;
const TYPING_SHOWN_FOR = 6_000;
const HERE_TOLD_EVERY = 30_000;
const LOOKING_SHOWN_FOR = 70_000;

interface Live {
  data: string;
}

interface Who {
  person: string;
  name: string;
}

function headers(): Record<string, string> {
  return { "X-CSRF-Token": csrf(), "Content-Type": "application/x-www-form-urlencoded" };
}

island("conversation", (place) => {
  const id = place.dataset["id"] ?? "";
  const live = document.querySelector<HTMLElement>(place.dataset["live"] ?? "#live");
  const form = place.querySelector<HTMLFormElement>("form[data-composer]");
  const field = form?.querySelector("textarea") ?? null;
  const typing = place.querySelector<HTMLElement>("[data-typing]");
  const collision = place.querySelector<HTMLElement>("[data-collision]");
  const draft = `corridor-draft-${id}`;
  const timers = new Map<HTMLElement, number>();
  const stops: (() => void)[] = [];
  let toldTyping = 0;
  let newest = "";

  function on<T extends EventTarget>(target: T | null, name: string, act: (event: Event) => void): void {
    target?.addEventListener(name, act);
    stops.push(() => target?.removeEventListener(name, act));
  }

  function log(): HTMLElement | null {
    return place.querySelector<HTMLElement>("[data-messages]");
  }

  function toEnd(): void {
    const list = log();
    if (list) list.scrollTop = list.scrollHeight;
  }

  /** Follows the conversation down when a message came in, unless somebody reads further up. */
  function follow(): void {
    const list = log();
    const last = list?.querySelector<HTMLElement>(".message:last-child")?.id ?? "";
    if (!list || last === newest) return;
    newest = last;
    const seen = form?.elements.namedItem("seen");
    if (seen instanceof HTMLInputElement && document.visibilityState === "visible") seen.value = list.dataset["seen"] ?? seen.value;
    if (typing) typing.textContent = "";
    toEnd();
  }

  function show(element: HTMLElement | null, text: string, milliseconds: number): void {
    if (!element) return;
    element.textContent = text;
    element.hidden = false;
    clearTimeout(timers.get(element));
    timers.set(
      element,
      window.setTimeout(() => {
        element.textContent = "";
        element.hidden = element === collision;
      }, milliseconds),
    );
  }

  function tellPresence(what: "here" | "typing"): void {
    if (!form || document.visibilityState !== "visible") return;
    void fetch(`/conversations/${id}/presence`, { method: "POST", headers: headers(), body: `what=${what}` }).catch(() => undefined);
  }

  function isNote(): boolean {
    return form ? new FormData(form).get("kind") === "note" : false;
  }

  function newClientId(): void {
    const known = form?.elements.namedItem("client_id");
    if (known instanceof HTMLInputElement) known.value = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  }

  async function send(): Promise<void> {
    if (!form || !field || !field.value.trim()) return;
    const said = new FormData(form);
    const body = {
      text: field.value,
      kind: said.get("kind"),
      channel: isNote() ? "" : said.get("channel"),
      client_id: said.get("client_id"),
      seen: Number(said.get("seen")),
      anyway: said.get("anyway") === "1",
    };
    field.readOnly = true;
    try {
      const answer = await fetch(`/api/v1/conversations/${id}/messages`, {
        method: "POST",
        headers: { ...headers(), "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      // What the house refuses is told by the page itself, with the words kept in the field.
      if (!answer.ok && answer.status < 500) return form.submit();
      if (!answer.ok) throw new Error(String(answer.status));
      field.value = "";
      sessionStorage.removeItem(draft);
      newClientId();
      if (collision) collision.hidden = true;
      live?.dispatchEvent(new CustomEvent("news"));
    } catch {
      show(typing, place.dataset["failed"] ?? "", 60_000);
    } finally {
      field.readOnly = false;
      field.focus();
    }
  }

  function told(event: Event): Who {
    return JSON.parse((event as CustomEvent<Live>).detail.data) as Who;
  }

  on(form, "submit", (event) => {
    event.preventDefault();
    void send();
  });
  on(field, "keydown", (event) => {
    const key = event as KeyboardEvent;
    if (key.key !== "Enter" || !(key.ctrlKey || key.metaKey)) return;
    key.preventDefault();
    void send();
  });
  on(field, "input", () => {
    if (!field) return;
    sessionStorage.setItem(draft, field.value);
    if (isNote() || Date.now() - toldTyping < TYPING_TOLD_EVERY) return;
    toldTyping = Date.now();
    tellPresence("typing");
  });
  on(form, "change", (event) => {
    if (!(event.target instanceof HTMLInputElement) || event.target.name !== "kind") return;
    form?.classList.toggle("is-note", isNote());
    field?.focus();
  });
  // A key that chooses what is chosen already changes nothing, so the field is focused on the click as well.
  on(form, "click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("label[data-key]")) return;
    // At once, so that the first letter typed after the key is not lost; and again after a mouse has put the focus on the choice.
    queueMicrotask(() => field?.focus());
    setTimeout(() => field?.focus());
  });
  on(place, "change", (event) => {
    if (event.target instanceof HTMLSelectElement && event.target.matches("[data-submit]")) event.target.form?.requestSubmit();
  });
  on(live, "typing", (event) => {
    const who = told(event);
    if (who.person) show(collision, (place.dataset["writing"] ?? "").replace("{name}", who.name), TYPING_SHOWN_FOR);
    else show(typing, place.dataset["customerWriting"] ?? "", TYPING_SHOWN_FOR);
  });
  on(live, "presence", (event) => {
    if (collision?.hidden === false) return;
    show(collision, (place.dataset["looking"] ?? "").replace("{name}", told(event).name), LOOKING_SHOWN_FOR);
  });
  const observer = new MutationObserver(follow);
  observer.observe(place, { childList: true, subtree: true });
  const beat = setInterval(() => tellPresence("here"), HERE_TOLD_EVERY);
  if (field && !field.value) field.value = sessionStorage.getItem(draft) ?? "";
  tellPresence("here");
  follow();
  return () => {
    observer.disconnect();
    clearInterval(beat);
    for (const stop of stops) stop();
  };
});
