// Builds what pages load: one style sheet, one script for the shell, an ES module per island, and the SDK as one file.
// Names carry a hash of the content (except the SDK, whose address is printed on other people's pages); manifest.json tells them.
import { build, context } from "esbuild";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "../src/corridor/ground/ui/static/dist");
// Built elsewhere and moved over the target at the end, so that a running server never sees half a build.
const fresh = join(here, `node_modules/.fresh-${process.pid}`);

const shared = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  metafile: true,
  logLevel: "warning",
  target: ["es2022", "chrome109", "firefox115", "safari16.4"],
  legalComments: "linked",
};

const islands = readdirSync(join(here, "src/islands")).filter((file) => file.endsWith(".ts"));

// `@import "rooms"` in app.css brings every file of src/css/rooms, so that a room adds its styles without touching a list.
const rooms = {
  name: "rooms",
  setup(run) {
    run.onResolve({ filter: /^rooms$/ }, () => ({ path: "rooms", namespace: "rooms" }));
    run.onLoad({ filter: /.*/, namespace: "rooms" }, () => {
      const folder = join(here, "src/css/rooms");
      const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".css")).sort() : [];
      return { contents: files.map((file) => `@import "./${file}";`).join("\n"), loader: "css", resolveDir: folder };
    });
  },
};

const pages = {
  ...shared,
  entryPoints: [
    { in: "src/app.css", out: "app" },
    { in: "src/app.ts", out: "app" },
    { in: "src/mark.svg", out: "mark" },
    ...islands.map((file) => ({ in: `src/islands/${file}`, out: `islands/${basename(file, ".ts")}` })),
  ],
  outdir: fresh,
  format: "esm",
  splitting: true,
  entryNames: "[dir]/[name]-[hash]",
  chunkNames: "chunks/[name]-[hash]",
  assetNames: "assets/[name]-[hash]",
  loader: { ".woff2": "file", ".svg": "copy" },
  plugins: [rooms],
};

const sdkSource = "src/sdk/corridor.ts";
const sdk = {
  ...shared,
  entryPoints: [{ in: sdkSource, out: "sdk/corridor" }],
  outdir: fresh,
  format: "iife",
  target: ["es2017"],
};

function slashes(path) {
  return path.split(sep).join("/");
}

function named(result) {
  const names = {};
  for (const [file, output] of Object.entries(result.metafile.outputs)) {
    if (!output.entryPoint) continue;
    for (const one of [file, output.cssBundle]) {
      if (!one) continue;
      const built = slashes(relative(fresh, join(here, one)));
      names[built.replace(/-[A-Z0-9]{8}(?=\.)/, "")] = built;
    }
  }
  return names;
}

function pack(file) {
  const body = readFileSync(file);
  writeFileSync(`${file}.gz`, gzipSync(body, { level: 9 }));
  writeFileSync(`${file}.br`, brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }));
}

async function once() {
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const manifest = named(await build(pages));
  if (existsSync(join(here, sdkSource))) Object.assign(manifest, named(await build(sdk)));
  const built = readdirSync(fresh, { recursive: true }).filter((file) => /\.(js|css|svg)$/.test(file));
  for (const file of built) pack(join(fresh, file));
  writeFileSync(join(fresh, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
  mkdirSync(dirname(target), { recursive: true });
  rmSync(target, { recursive: true, force: true });
  renameSync(fresh, target);
}

if (process.argv.includes("--watch")) {
  const again = { name: "again", setup: (run) => run.onEnd(() => once().catch((error) => console.error(error.message))) };
  const watcher = await context({ ...pages, write: false, plugins: [rooms, again] });
  await watcher.watch();
} else {
  await once();
}
