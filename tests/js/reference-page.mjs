// The page's part of `reference-chromium.mjs`: what the reference client leaves to its host.
import {
  GatewayBrowserDeviceAuthLifecycle,
  GatewayProtocolClient,
  shouldPauseGatewayReconnect,
} from "@openclaw/gateway-client/browser";

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

async function identity() {
  const pair = await crypto.subtle.generateKey("Ed25519", false, ["sign"]);
  const key = await crypto.subtle.exportKey("raw", pair.publicKey);
  return {
    deviceId: hex(await crypto.subtle.digest("SHA-256", key)),
    publicKey: base64url(key),
    sign: async (payload) =>
      base64url(await crypto.subtle.sign("Ed25519", pair.privateKey, new TextEncoder().encode(payload))),
  };
}

const device = identity();
const tokens = new Map();
let client;

globalThis.start = ({ url, token, scopes, client: who = { id: "webchat", mode: "webchat" } }) => {
  client?.stop();
  const about = { ...who, version: "1", platform: "web" };
  const auth = new GatewayBrowserDeviceAuthLifecycle({
    loadIdentity: () => device,
    tokenStore: {
      load: ({ deviceId }) => tokens.get(deviceId) ?? null,
      store: ({ deviceId, token, scopes }) => void tokens.set(deviceId, { token, scopes }),
      clear: ({ deviceId }) => void tokens.delete(deviceId),
    },
  });
  client = new GatewayProtocolClient({
    createSocket: (handlers) => {
      const socket = new WebSocket(url);
      socket.onopen = () => handlers.open();
      socket.onmessage = ({ data }) => handlers.message(data);
      socket.onclose = ({ code, reason }) => handlers.close(code, reason);
      socket.onerror = () => handlers.error(new Error("the socket failed"));
      return {
        isOpen: () => socket.readyState === WebSocket.OPEN,
        send: (data) => socket.send(data),
        close: (code, reason) => socket.close(code, reason),
      };
    },
    createRequestId: () => crypto.randomUUID(),
    buildConnectPlan: ({ nonce, challengeTs }) =>
      auth.buildPlan({ client: about, role: "operator", defaultScopes: scopes, token, nonce, challengeTs }),
    buildConnectParams: (plan) => ({
      minProtocol: 4,
      maxProtocol: 4,
      client: about,
      role: plan.role,
      scopes: plan.scopes,
      device: plan.device,
      auth: plan.auth,
      caps: [],
    }),
    onConnectHello: (hello, { plan }) => auth.acceptHello(hello, plan),
    onHello: (hello) => tell({ type: "hello", hello }),
    onEvent: (event) => tell(event),
    onGap: (gap) => tell({ type: "gap", ...gap }),
    onConnectFailure: (error) => {
      tell({ type: "refused", error: { ...error, message: error.message } });
      return { closeCode: 4008, closeReason: "connect failed", stop: shouldPauseGatewayReconnect(error) };
    },
    resolveClose: ({ code, reason }) => {
      tell({ type: "close", code, reason });
      return { retry: true, notify: true };
    },
    handshake: { mode: "require-challenge", timeoutMs: 60_000 },
    reconnect: { initialMs: 250, multiplier: 2, maxMs: 2_000 },
  });
  client.start();
};

globalThis.request = (method, params) =>
  client.request(method, params).then(
    (payload) => ({ payload }),
    ({ message, gatewayCode, details }) => ({ error: { message, gatewayCode, details } }),
  );
