/** What the browser keeps between pages: in localStorage, with memory behind it where a browser refuses. */

const memory = new Map<string, string>();
const PREFIX = "corridor_";
const YEAR = 31_536_000;

export function get(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name) ?? memory.get(name) ?? null;
  } catch {
    return memory.get(name) ?? null;
  }
}

export function set(name: string, value: string): void {
  memory.set(name, value);
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // Full or forbidden: memory holds it as long as the page lives.
  }
}

export function drop(name: string): void {
  memory.delete(name);
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // Nothing was kept there.
  }
}

export function getJson<T>(name: string, otherwise: T): T {
  try {
    return (JSON.parse(get(name) ?? "null") as T | null) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function newId(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Pages without https have no randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

function cookie(name: string): string | null {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : null;
}

/** Sets a cookie for the broadest domain the browser allows, so that shop.example.com and www.example.com know one visitor. */
function setCookie(name: string, value: string): void {
  const secure = location.protocol === "https:" ? "; secure" : "";
  const parts = location.hostname.split(".");
  for (let count = 2; count <= parts.length + 1; count++) {
    const domain = count <= parts.length ? `; domain=${parts.slice(-count).join(".")}` : "";
    document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${YEAR}; samesite=lax${domain}${secure}`;
    if (cookie(name) === value) return;
  }
}

/** The one anonymous id of this browser, in a cookie and in localStorage: each mends the other. */
export function anonymousId(): string {
  const name = `${PREFIX}anonymous_id`;
  const known = cookie(name) ?? get("anonymous_id");
  const id = known && /^[\w-]{8,100}$/.test(known) ? known : newId();
  if (get("anonymous_id") !== id) set("anonymous_id", id);
  if (cookie(name) !== id) setCookie(name, id);
  return id;
}

export function forgetVisitor(): void {
  for (const name of ["anonymous_id", "user_id", "traits"]) drop(name);
  setCookie(`${PREFIX}anonymous_id`, newId());
}
