// Bundles the pages' scripts into internal/web/assets/dist, which the program embeds. `make assets` runs it.
import { build } from "esbuild";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "assets", "dist");

await rm(out, { recursive: true, force: true });
await build({
  entryPoints: [join(here, "app.js")],
  outdir: out,
  bundle: true,
  splitting: true, // charts and the editor are fetched by the pages that have them
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "external",
  chunkNames: "[name]-[hash]",
  logLevel: "warning",
});
