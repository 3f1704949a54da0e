// The reference client's Node entry.
import { News, gateway, installed } from "./stage.mjs";

const { GatewayClient } = await import(installed("@openclaw/gateway-client/dist/index.mjs"));

/** A client that begins to connect, and what it tells. */
export async function connect(options = {}) {
  const news = new News();
  const gaps = [];
  const client = new GatewayClient({
    url: gateway.url,
    token: gateway.token,
    scopes: ["operator.admin", "operator.read", "operator.write"],
    deviceIdentity: null,
    tickWatchTimeoutMs: 120_000,
    onHelloOk: (hello) => news.tell({ type: "hello", hello }),
    onEvent: (event) => news.tell(event),
    onConnectError: (error) => news.tell({ type: "refused", error }),
    onClose: (code, reason) => news.tell({ type: "close", code, reason }),
    onGap: (gap) => gaps.push(gap),
    ...options,
  });
  client.start();
  return {
    news,
    gaps,
    request: (method, params) => client.request(method, params),
    stop: () => client.stopAndWait(),
  };
}

export async function close() {}
