/** htmx with server-sent events; every request of its own carries the page's CSRF token. */
import "htmx.org";
import "htmx.org/dist/ext/hx-sse.js";
import { csrf } from "./island";

interface RequestEvent {
  ctx: { request: { headers: Record<string, string> } };
}

document.addEventListener("htmx:config:request", (event) => {
  (event as CustomEvent<RequestEvent>).detail.ctx.request.headers["X-CSRF-Token"] = csrf();
});
