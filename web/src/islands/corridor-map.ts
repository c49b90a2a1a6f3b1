/** The corridor's map: lights up what belongs together, zooms and pans, walks by the arrow keys, and saves itself as a picture. */
import { island, token } from "../island";

type View = { x: number; y: number; width: number; height: number };

const CLOSEST = 0.2;
const STYLED = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "opacity", "font", "font-size", "font-weight", "font-family", "text-anchor", "paint-order", "stroke-linejoin", "direction"];

island("corridor-map", (figure) => {
  const svg = figure.querySelector<SVGSVGElement>("svg.corridor-svg");
  const tools = figure.querySelector<HTMLElement>(".chart-tools");
  if (!svg || !tools) return;
  tools.hidden = false;

  const whole: View = { x: 0, y: 0, width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height };
  let view: View = { ...whole };
  const stops = [...svg.querySelectorAll<SVGAElement>("a.stop")];
  const bands = [...svg.querySelectorAll<SVGAElement>("a.band")];
  const waits = [...svg.querySelectorAll<SVGTextElement>(".waits text")];
  const stopping = new AbortController();
  const { signal } = stopping;

  function show(next: View): void {
    const width = Math.min(whole.width, Math.max(whole.width * CLOSEST, next.width));
    const height = (width / whole.width) * whole.height;
    view = {
      width,
      height,
      x: Math.min(whole.width - width, Math.max(0, next.x)),
      y: Math.min(whole.height - height, Math.max(0, next.y)),
    };
    svg!.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
    svg!.classList.toggle("is-zoomed", width < whole.width - 1);
  }

  /** Zooms by a factor and keeps the point (as a share of the picture) where it is. */
  function zoom(factor: number, across = 0.5, down = 0.5): void {
    const width = Math.min(whole.width, Math.max(whole.width * CLOSEST, view.width / factor));
    const height = (width / whole.width) * whole.height;
    show({ width, height, x: view.x + across * (view.width - width), y: view.y + down * (view.height - height) });
  }

  function light(chosen: Element[]): void {
    svg!.classList.toggle("is-choosing", chosen.length > 0);
    for (const one of [...stops, ...bands, ...waits]) one.classList.toggle("is-lit", chosen.includes(one));
  }

  function about(stop: SVGAElement): Element[] {
    const key = stop.dataset["key"];
    const joined = bands.filter((band) => band.dataset["from"] === key || band.dataset["to"] === key);
    const keys = new Set(joined.flatMap((band) => [band.dataset["from"], band.dataset["to"]]));
    return [...joined, ...stops.filter((one) => one === stop || keys.has(one.dataset["key"])), ...ofMoves(joined)];
  }

  function ofMoves(moves: SVGAElement[]): Element[] {
    const pairs = new Set(moves.map((move) => `${move.dataset["from"]} ${move.dataset["to"]}`));
    return waits.filter((wait) => pairs.has(`${wait.dataset["from"]} ${wait.dataset["to"]}`));
  }

  function ends(band: SVGAElement): Element[] {
    const keys = [band.dataset["from"], band.dataset["to"]];
    return [band, ...stops.filter((stop) => keys.includes(stop.dataset["key"])), ...ofMoves([band])];
  }

  for (const stop of stops) {
    for (const name of ["pointerenter", "focus"]) stop.addEventListener(name, () => light(about(stop)), { signal });
    for (const name of ["pointerleave", "blur"]) stop.addEventListener(name, () => light([]), { signal });
  }
  for (const band of bands) {
    for (const name of ["pointerenter", "focus"]) band.addEventListener(name, () => light(ends(band)), { signal });
    for (const name of ["pointerleave", "blur"]) band.addEventListener(name, () => light([]), { signal });
  }

  // --- the arrow keys: up and down walk touchpoints, or the moves of one; ahead and back follow a move -----------------
  function next<E>(all: E[], here: E, by: number): E | undefined {
    return all[(all.indexOf(here) + by + all.length) % all.length];
  }

  svg.addEventListener("keydown", (event) => {
    const here = (event.target as Element).closest<SVGAElement>("a.stop, a.band");
    if (event.key === "Escape") {
      show(whole);
      return;
    }
    if (!here || event.ctrlKey || event.altKey || event.metaKey) return;
    const mirrored = document.documentElement.dir === "rtl";
    const ahead = mirrored ? "ArrowLeft" : "ArrowRight";
    const back = mirrored ? "ArrowRight" : "ArrowLeft";
    const isBand = here.classList.contains("band");
    const key = here.dataset["key"];
    let target: SVGAElement | undefined;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const siblings = isBand ? bands.filter((band) => band.dataset["from"] === here.dataset["from"]) : stops;
      target = next(siblings, here, event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === ahead) {
      target = isBand ? stops.find((stop) => stop.dataset["key"] === here.dataset["to"]) : bands.find((band) => band.dataset["from"] === key);
    } else if (event.key === back) {
      target = isBand ? stops.find((stop) => stop.dataset["key"] === here.dataset["from"]) : bands.find((band) => band.dataset["to"] === key);
    }
    if (!target) return;
    event.preventDefault();
    target.focus();
  }, { signal });

  // --- zoom and pan -------------------------------------------------------------------------------------------------
  tools.querySelector('[data-zoom="in"]')?.addEventListener("click", () => zoom(1.4), { signal });
  tools.querySelector('[data-zoom="out"]')?.addEventListener("click", () => zoom(1 / 1.4), { signal });
  tools.querySelector('[data-zoom="fit"]')?.addEventListener("click", () => show(whole), { signal });
  svg.addEventListener("wheel", (event) => {
    // Without Ctrl (or a pinch, which comes as Ctrl) the page scrolls as ever.
    if (!event.ctrlKey) return;
    event.preventDefault();
    const frame = svg.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY / 300), (event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height);
  }, { signal, passive: false });

  let held: { x: number; y: number; from: View; moved: boolean } | null = null;
  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || view.width >= whole.width - 1) return;
    held = { x: event.clientX, y: event.clientY, from: { ...view }, moved: false };
  }, { signal });
  window.addEventListener("pointermove", (event) => {
    if (!held) return;
    const frame = svg.getBoundingClientRect();
    const across = ((event.clientX - held.x) / frame.width) * held.from.width;
    const down = ((event.clientY - held.y) / frame.height) * held.from.height;
    if (Math.abs(event.clientX - held.x) + Math.abs(event.clientY - held.y) > 4) held.moved = true;
    show({ ...held.from, x: held.from.x - across, y: held.from.y - down });
  }, { signal });
  window.addEventListener("pointerup", () => {
    // The click that follows a drag must not open what happens to lie under the pointer.
    if (held?.moved) svg.addEventListener("click", (event) => event.preventDefault(), { once: true, capture: true });
    held = null;
  }, { signal });
  svg.addEventListener("dragstart", (event) => event.preventDefault(), { signal });

  // --- the picture --------------------------------------------------------------------------------------------------
  function picture(): string {
    const copy = svg!.cloneNode(true) as SVGSVGElement;
    const shown = [...svg!.querySelectorAll<SVGElement>("*")];
    [...copy.querySelectorAll<SVGElement>("*")].forEach((element, place) => {
      const style = getComputedStyle(shown[place]!);
      for (const name of STYLED) element.style.setProperty(name, style.getPropertyValue(name));
      element.removeAttribute("class");
    });
    copy.setAttribute("viewBox", `0 0 ${whole.width} ${whole.height}`);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("direction", document.documentElement.dir || "ltr");
    return new XMLSerializer().serializeToString(copy);
  }

  tools.querySelector("[data-png]")?.addEventListener("click", () => {
    light([]);
    const image = new Image();
    image.addEventListener("load", () => {
      const canvas = document.createElement("canvas");
      canvas.width = whole.width * 2;
      canvas.height = whole.height * 2;
      const pen = canvas.getContext("2d");
      if (!pen) return;
      pen.fillStyle = token(figure, "--surface");
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(image, 0, 0, canvas.width, canvas.height);
      const link = document.createElement("a");
      link.download = "corridor.png";
      link.href = canvas.toDataURL("image/png");
      link.click();
    });
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(picture())}`;
  }, { signal });

  return () => stopping.abort();
});
