/** How an island finds its elements: those with `data-island="name"`, now and whenever htmx brings new ones. */

type Stop = () => void;
type Start<E extends HTMLElement> = (element: E) => Stop | void;

export function island<E extends HTMLElement = HTMLElement>(name: string, start: Start<E>): void {
  const running = new Map<E, Stop | void>();

  function look(): void {
    for (const [element, stop] of running) {
      if (element.isConnected) continue;
      stop?.();
      running.delete(element);
    }
    for (const element of document.querySelectorAll<E>(`[data-island~="${name}"]`)) {
      if (!running.has(element)) running.set(element, start(element));
    }
  }

  look();
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}

/** The language in which an element stands, as Intl wants it: Persian brings its digits and the Jalali calendar. */
export function locale(element: Element = document.documentElement): string {
  return element.closest<HTMLElement>("[lang]")?.lang === "fa" ? "fa-IR-u-nu-arabext-ca-persian" : "en-GB";
}

/** The value of a design token where an element stands, such as `--accent`. */
export function token(element: Element, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

/** Runs `act` now and again whenever the theme changes. */
export function onTheme(act: () => void): Stop {
  const media = matchMedia("(prefers-color-scheme: dark)");
  const observer = new MutationObserver(act);
  media.addEventListener("change", act);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => {
    media.removeEventListener("change", act);
    observer.disconnect();
  };
}

/** The token that a form of this page would carry, for requests of an island's own. */
export function csrf(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf"]')?.content ?? "";
}
