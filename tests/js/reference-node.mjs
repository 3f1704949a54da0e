// The reference client's Node entry.
import { Device } from "./device.mjs";
import { News, PATIENCE, gateway, installed } from "./stage.mjs";

const { GatewayClient } = await import(installed("@openclaw/gateway-client/dist/index.mjs"));

/** What connects a device that the gateway's owner has to approve. */
export function unknownDevice() {
  const device = new Device();
  const { id, publicKey } = device.load();
  const tokens = new Map();
  return {
    url: gateway.elsewhere,
    clientName: "gateway-client",
    mode: "ui",
    deviceIdentity: { deviceId: id, publicKeyPem: "", privateKeyPem: "" },
    hostDeps: {
      publicKeyRawBase64UrlFromPem: () => publicKey,
      signDevicePayload: (_, payload) => device.sign(payload),
      loadDeviceAuthToken: ({ role }) => tokens.get(role) ?? null,
      storeDeviceAuthToken: ({ role, token, scopes }) => void tokens.set(role, { token, scopes }),
      clearDeviceAuthToken: ({ role }) => void tokens.delete(role),
    },
  };
}

/** A client that begins to connect, and what it tells. */
export async function connect(options = {}) {
  const news = new News();
  const gaps = [];
  const settings = {
    url: gateway.url,
    token: gateway.token,
    scopes: ["operator.admin", "operator.read", "operator.write"],
    deviceIdentity: null,
    tickWatchTimeoutMs: PATIENCE,
    requestTimeoutMs: PATIENCE,
    onHelloOk: (hello) => news.tell({ type: "hello", hello }),
    onEvent: (event) => news.tell(event),
    onConnectError: (error) => news.tell({ type: "refused", error }),
    onClose: (code, reason) => news.tell({ type: "close", code, reason }),
    onGap: (gap) => gaps.push(gap),
    ...options,
  };
  let client;
  const start = () => {
    client = new GatewayClient(settings);
    client.start();
  };
  const stop = () => client.stopAndWait();
  start();
  return {
    news,
    gaps,
    request: (method, params) => client.request(method, params),
    /** Begins anew. */
    again: async () => {
      await stop();
      start();
    },
    stop,
  };
}

export async function close() {}
