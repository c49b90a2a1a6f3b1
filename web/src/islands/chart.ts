/** Plots by ECharts from the option that the page states; the same figures stand below as a table, to see or to save. */
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";
import { island, locale, onTheme, token } from "../island";

use([
  BarChart, LineChart, ScatterChart,
  GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent,
  LabelLayout, CanvasRenderer,
]);

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Named = { [name: string]: Json };

/** Puts the theme's colours where the option says "var(--accent)". */
function coloured(value: Json, element: Element): Json {
  if (typeof value === "string") {
    return value.replace(/var\((--[\w-]+)\)/g, (_, name: string) => token(element, name));
  }
  if (Array.isArray(value)) return value.map((part) => coloured(part, element));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, coloured(part, element)]));
  }
  return value;
}

function writer(figure: HTMLElement, kind = figure.dataset["format"]): (value: number) => string {
  const options: Intl.NumberFormatOptions =
    kind === "percent" ? { style: "percent", maximumFractionDigits: 1 }
    : kind === "money" ? { style: "currency", currency: figure.dataset["currency"] ?? "EUR", notation: "compact" }
    : { maximumFractionDigits: 2, notation: "compact" };
  const format = new Intl.NumberFormat(locale(figure), options);
  return (value) => format.format(value);
}

/** An axis may name a `format` of its own beside that of the figure. */
function axis(figure: HTMLElement, given: Json, base: Named): Named[] {
  const list = (Array.isArray(given) ? given : [given]) as Named[];
  const day = new Intl.DateTimeFormat(locale(figure), { day: "numeric", month: "short" });
  return list.map((one) => {
    const type = one?.["type"];
    const format = writer(figure, (one?.["format"] as string | undefined) ?? figure.dataset["format"]);
    const label =
      type === "time" ? { formatter: (value: number) => day.format(value) }
      : type === "category" ? {}
      : { formatter: (value: number) => format(value) };
    const own = (one?.["axisLabel"] ?? {}) as Named;
    return { ...base, ...one, axisLabel: { ...(base["axisLabel"] as Named), ...(label as unknown as Named), ...own } };
  });
}

function option(figure: HTMLElement): Named {
  const stated = coloured(JSON.parse(figure.dataset["option"] ?? "{}") as Json, figure) as Named;
  const format = writer(figure);
  const line = token(figure, "--line");
  const quiet = token(figure, "--ink-3");
  const font = token(figure, "--font");
  const base: Named = {
    axisLabel: { color: quiet, fontSize: 11, hideOverlap: true },
    axisLine: { lineStyle: { color: line } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: line } },
    nameTextStyle: { color: quiet, fontSize: 11 },
  };
  const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return {
    animation: !reduced,
    animationDuration: 250,
    color: ["--accent", "--below-2", "--above-2", "--ink-3", "--below-1", "--above-1"].map((name) => token(figure, name)),
    textStyle: { fontFamily: font, color: token(figure, "--ink") },
    ...stated,
    grid: { left: 8, right: 12, top: 24, bottom: 8, containLabel: true, ...(stated["grid"] as Named | undefined) },
    ...(stated["xAxis"] === undefined ? {} : { xAxis: axis(figure, stated["xAxis"], base) }),
    ...(stated["yAxis"] === undefined ? {} : { yAxis: axis(figure, stated["yAxis"], base) }),
    legend: stated["legend"] === undefined ? { show: false } : { textStyle: { color: quiet }, ...(stated["legend"] as Named) },
    tooltip: {
      trigger: "item",
      confine: true,
      backgroundColor: token(figure, "--surface"),
      borderColor: line,
      textStyle: { color: token(figure, "--ink"), fontFamily: font, fontSize: 12 },
      valueFormatter: ((value: number) => (typeof value === "number" ? format(value) : String(value))) as unknown as Json,
      ...(stated["tooltip"] as Named | undefined),
    },
  };
}

function save(name: string, address: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}

/** The table as CSV: raw figures where a cell carries one; text that a spreadsheet might run as a formula is quoted off. */
function csv(table: HTMLTableElement): string {
  const lines = [...table.rows].map((row) =>
    [...row.cells].map((cell) => {
      const value = cell.dataset["value"] ?? (cell.textContent ?? "").trim();
      const safe = cell.dataset["value"] === undefined && /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
      return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    }).join(","),
  );
  // The mark at the start tells spreadsheets that this is UTF-8.
  return `\ufeff${lines.join("\r\n")}\r\n`;
}

island("chart", (figure) => {
  const plot = figure.querySelector<HTMLElement>(".chart-plot");
  const tableSide = figure.querySelector<HTMLElement>(".chart-table");
  const tools = figure.querySelector<HTMLElement>(".chart-tools");
  const table = tableSide?.querySelector("table");
  if (!plot || !tableSide || !tools) return;

  plot.hidden = false;
  tableSide.hidden = true;
  tools.hidden = false;
  const chart = init(plot, null, { renderer: "canvas" });
  const draw = (): void => chart.setOption(option(figure), { notMerge: true });
  draw();
  const stopTheme = onTheme(draw);
  const resized = new ResizeObserver(() => chart.resize());
  resized.observe(plot);

  chart.on("click", (hit) => {
    const target = (hit.data as { href?: string } | null)?.href;
    if (target?.startsWith("/")) location.assign(target);
  });

  tools.querySelector("[data-table]")?.addEventListener("click", (event) => {
    const button = event.currentTarget as HTMLElement;
    const showTable = tableSide.hidden;
    tableSide.hidden = !showTable;
    plot.hidden = showTable;
    button.setAttribute("aria-pressed", String(showTable));
    if (!showTable) chart.resize();
  });
  tools.querySelector("[data-png]")?.addEventListener("click", () => {
    save(`${figure.id}.png`, chart.getDataURL({ pixelRatio: 2, backgroundColor: token(figure, "--surface") }));
  });
  tools.querySelector("[data-csv]")?.addEventListener("click", () => {
    if (!table) return;
    const address = URL.createObjectURL(new Blob([csv(table)], { type: "text/csv;charset=utf-8" }));
    save(`${figure.id}.csv`, address);
    setTimeout(() => URL.revokeObjectURL(address), 1_000);
  });

  return () => {
    stopTheme();
    resized.disconnect();
    chart.dispose();
  };
});
