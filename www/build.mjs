// Builds the picker into dist/: one page, one script, one style sheet, one wasm, nothing from elsewhere.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(root, "dist");

/**
 * esbuild leaves `new URL("x.wasm", import.meta.url)` alone; turned into an import, the file is copied
 * beside the script under a name that changes with its content.
 */
const wasmUrls = {
  name: "wasm-urls",
  setup(build) {
    build.onLoad({ filter: /\.m?js$/ }, async ({ path: file }) => {
      const source = await readFile(file, "utf8");
      const imports = [];
      const contents = source.replaceAll(
        /new URL\(\s*(["'])([^"']+\.wasm)\1\s*,\s*import\.meta\.url\s*\)/g,
        (_, _quote, wasm) => {
          const name = `__wasm${imports.length}`;
          const specifier = wasm.startsWith(".") ? wasm : `./${wasm}`;
          imports.push(`import ${name} from ${JSON.stringify(specifier)};`);
          return `new URL(${name}, import.meta.url)`;
        },
      );
      return imports.length ? { contents: `${imports.join("\n")}\n${contents}`, loader: "js" } : null;
    });
  },
};

await rm(dist, { recursive: true, force: true });
await mkdir(dist);
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { picker: "src/main.tsx" },
  outdir: "dist",
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  format: "esm",
  platform: "browser",
  conditions: ["browser"],
  target: ["es2022", "chrome111", "firefox114", "safari16.4"],
  loader: { ".wasm": "file" },
  plugins: [wasmUrls],
  metafile: true,
  logLevel: "warning",
});

const outputs = Object.keys(metafile.outputs).map((file) => path.basename(file));
const named = (extension) => outputs.find((file) => file.startsWith("picker-") && file.endsWith(extension));
const page = await readFile(path.join(root, "index.html"), "utf8");
await writeFile(
  path.join(dist, "index.html"),
  page.replace("picker.css", named(".css")).replace("picker.js", named(".js")),
);
