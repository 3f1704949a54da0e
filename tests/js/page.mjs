// A page in Chromium with the npm package.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { launch } from "./browser.mjs";

/** Opens an empty page of the loopback interface, which serves the package as it is published, and these tests' modules. */
export async function openPage() {
  const server = createServer(serve).listen(0, "127.0.0.1");
  await once(server, "listening");
  const browser = await launch();
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(error));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const close = async () => {
    await browser.close();
    server.close();
  };
  return { page, close };
}

async function serve({ url }, response) {
  const types = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
  response.setHeader("content-type", types[extname(url)] ?? "text/html");
  if (url === "/") return response.end("<!doctype html>");
  const file = url.endsWith(".mjs") ? `.${url}` : `./node_modules/sessionwire${url}`;
  try {
    response.end(await readFile(new URL(file, import.meta.url)));
  } catch {
    response.writeHead(404).end();
  }
}
