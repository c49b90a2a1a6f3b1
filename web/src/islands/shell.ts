/** The keyboard and the menus of the shell. Everything here also works with a mouse and without this script. */

const TYPING = "input, textarea, select, [contenteditable]:not([contenteditable='false'])";

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches(TYPING);
}

function dialog(id: string): HTMLDialogElement | null {
  return document.querySelector<HTMLDialogElement>(`dialog#${id}`);
}

function openDialog(): HTMLDialogElement | null {
  return document.querySelector<HTMLDialogElement>("dialog[open]");
}

function toggle(id: string): void {
  const found = dialog(id);
  if (found?.open) found.close();
  else {
    openDialog()?.close();
    found?.showModal();
  }
}

/* Lists: j and k walk what has `data-keys`, Enter opens the first link of what is chosen. */

function rows(): HTMLElement[] {
  const scope: ParentNode = openDialog() ?? document;
  return [...scope.querySelectorAll<HTMLElement>("table[data-keys] > tbody > tr, ul[data-keys] > li, ol[data-keys] > li")].filter(
    (row) => row.offsetParent !== null,
  );
}

function walk(step: number): void {
  const all = rows();
  const at = all.findIndex((row) => row.classList.contains("is-chosen"));
  choose(all, Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + step)));
}

function choose(all: HTMLElement[], at: number): void {
  for (const row of all) row.classList.remove("is-chosen");
  const row = all[at];
  if (!row) return;
  row.classList.add("is-chosen");
  row.scrollIntoView({ block: "nearest" });
  link(row)?.focus({ preventScroll: true });
}

function link(row: HTMLElement): HTMLElement | null {
  return row.matches("a") ? row : row.querySelector<HTMLElement>("a[href]");
}

/* Keys of the page: anything with `data-key="r"` is pressed by r (a field is focused). */

function press(key: string): boolean {
  const scope: ParentNode = openDialog() ?? document;
  const found = [...scope.querySelectorAll<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)].find(
    // What stands in a list's row answers only for the row that is chosen.
    (element) => element.offsetParent && (!element.closest("[data-keys]") || element.closest(".is-chosen")),
  );
  if (!found) return false;
  if (found.matches(TYPING)) found.focus();
  else found.click();
  return true;
}

const KEYS: Record<string, () => void> = {
  "/": () => document.querySelector<HTMLInputElement>("[data-global-search]")?.focus(),
  "?": () => toggle("help"),
  j: () => walk(1),
  k: () => walk(-1),
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    toggle("palette");
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") return leave(event);
  if (isTyping(event.target)) return;
  const act = KEYS[event.key];
  if (act) {
    event.preventDefault();
    act();
  } else if (event.key.length === 1 && press(event.key.toLowerCase())) {
    event.preventDefault();
  }
});

function leave(event: KeyboardEvent): void {
  const menu = document.querySelector<HTMLDetailsElement>("details.menu[open], details.drawer[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector<HTMLElement>("summary")?.focus();
  } else if (isTyping(event.target)) {
    // A search field would only empty itself at the first Escape.
    const open = openDialog();
    if (open) {
      event.preventDefault();
      open.close();
    } else (event.target as HTMLElement).blur();
  }
}

document.addEventListener("click", (event) => {
  const target = event.target as Element;
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open], details.drawer[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
  const opener = target.closest<HTMLElement>("[data-open]");
  if (opener?.dataset["open"]) dialog(opener.dataset["open"])?.showModal();
  if (target instanceof HTMLDialogElement && target.open) target.close();
});

/* The palette: words narrow the pages, arrows walk pages and hits, Enter goes there. */

const palette = dialog("palette");
const words = palette?.querySelector<HTMLInputElement>("input");

function choices(): HTMLElement[] {
  return [...(palette?.querySelectorAll<HTMLElement>("a[href]") ?? [])].filter((item) => item.offsetParent !== null);
}

words?.addEventListener("input", () => {
  const sought = words.value.trim().toLocaleLowerCase();
  for (const item of palette?.querySelectorAll<HTMLLIElement>(".palette-pages li") ?? []) {
    item.hidden = sought !== "" && !(item.textContent ?? "").toLocaleLowerCase().includes(sought);
  }
});

palette?.addEventListener("keydown", (event) => {
  const all = choices();
  const at = all.findIndex((item) => item.classList.contains("is-chosen"));
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const next = all[(at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length];
    for (const item of all) item.classList.toggle("is-chosen", item === next);
    next?.scrollIntoView({ block: "nearest" });
  } else if (event.key === "Enter" && all[at]) {
    event.preventDefault();
    all[at].click();
  }
});
