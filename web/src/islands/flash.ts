/** A message that can be closed; good news goes by itself. */
import { island } from "../island";

const READING_TIME = 8_000;

island("flash", (message) => {
  const close = message.querySelector<HTMLButtonElement>("[data-close]");
  if (close) {
    close.hidden = false;
    close.addEventListener("click", () => message.remove());
  }
  if (!message.classList.contains("flash-good") || message.hasAttribute("data-stay")) return;
  const timer = setTimeout(() => message.remove(), READING_TIME);
  return () => clearTimeout(timer);
});
