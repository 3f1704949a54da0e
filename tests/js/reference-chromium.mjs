// The reference client's browser entry, in a page of the gateway's own origin in Chromium.
import { readFile } from "node:fs/promises";
import { launch } from "./browser.mjs";
import { News, gateway, installed } from "./stage.mjs";

const PAGE = `<!doctype html><title>reference client</title>
<script type="importmap">{"imports": {
  "@openclaw/gateway-client/browser": "/packages/gateway-client/dist/browser.mjs",
  "@openclaw/gateway-protocol/": "/packages/gateway-protocol/dist/"
}}</script>
<script type="module" src="/reference-page.mjs"></script>`;

const browser = await launch();

/** What connects a device that the gateway's owner has to approve: in pages that is all that is no chat. */
export const unknownDevice = () => ({ client: { id: "gateway-client", mode: "ui" } });

/** A client that begins to connect, in a page of its own, and what it tells. */
export async function connect(options = {}) {
  const news = new News();
  const gaps = [];
  const page = await browser.newPage();
  page.on("pageerror", (error) => news.tell({ type: "fault", fault: String(error) }));
  await page.exposeFunction("tell", (told) => (told.type === "gap" ? gaps.push(told) : news.tell(told)));
  await page.route(/\.mjs$|[/]gateway-protocol[/]/, async (route) => {
    const { pathname } = new URL(route.request().url());
    const [, inside] = pathname.split("/packages/");
    const file = inside ? installed("@openclaw", inside) : new URL(`.${pathname}`, import.meta.url);
    // Modules of the protocol are named without their ending.
    const body = await readFile(file).catch(() => readFile(`${file}.mjs`));
    return route.fulfill({ contentType: "text/javascript", body });
  });
  // From there it may talk to loopback addresses, which a page that nobody served may not.
  await page.goto(`${gateway.http}/healthz`);
  await page.setContent(PAGE);
  const scopes = ["operator.admin", "operator.read", "operator.write"];
  await page.waitForFunction("globalThis.start");
  const settings = { ...gateway, scopes, ...options };
  const start = () => page.evaluate((settings) => globalThis.start(settings), settings);
  await start();
  return {
    news,
    gaps,
    async request(method, params) {
      const answer = await page.evaluate(([method, params]) => request(method, params), [method, params]);
      if (answer.error) throw Object.assign(new Error(answer.error.message), answer.error);
      return answer.payload;
    },
    /** Begins anew. */
    again: start,
    stop: () => page.close(),
  };
}

export function close() {
  return browser.close();
}
