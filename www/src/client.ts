/** Where the gateway is, the token for it, and connecting to it. */

import { connect, type Client, type ConnectionStatus } from "sessionwire";

const SCOPES = ["operator.read", "operator.write", "operator.admin"];

/** The gateway to use: `?gateway=ws://…`, or the one that served the page. */
export function gatewayUrl(location: Location): string {
  const asked = new URLSearchParams(location.search).get("gateway");
  if (asked) return asked;
  const folder = location.pathname.replace(/[^/]*$/, "");
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${folder}`;
}

/** The gateway's address for HTTP. */
export function httpUrl(gateway: string): string {
  return gateway.replace(/^ws/, "http").replace(/\/$/, "");
}

/**
 * Moves a token out of the address bar into the tab's storage. It is stored for one gateway, so that a
 * link with another `?gateway=` does not send it elsewhere.
 */
export function takeToken(gateway: string): string | null {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get("token");
  if (token !== null) {
    fragment.delete("token");
    const rest = fragment.toString();
    history.replaceState(history.state, "", `${location.pathname}${location.search}${rest && `#${rest}`}`);
    keepToken(gateway, token);
  }
  return sessionStorage.getItem(slot(gateway));
}

/** Remembers a token until the tab is closed. */
export function keepToken(gateway: string, token: string): void {
  sessionStorage.setItem(slot(gateway), token);
}

/** Starts connecting. */
export function dial(gateway: string, token: string, onStatus: (status: ConnectionStatus) => void): Promise<Client> {
  return connect({ url: gateway, scopes: SCOPES, onStatus, ...(token && { token }) });
}

function slot(gateway: string): string {
  return `sessionwire.token ${gateway}`;
}
