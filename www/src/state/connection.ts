import type { ConnectionStatus, SessionwireError } from "sessionwire";

/** How the picker stands with its gateway. */
export type Connection =
  | { phase: "connecting" }
  | { phase: "live"; version: string; scopes: readonly string[] }
  | { phase: "reconnecting"; retryAt: number | null; error: Refusal | null; since: number }
  | { phase: "refused"; error: Refusal };

/** Why a connection failed, in the gateway's own words. */
export interface Refusal {
  message: string;
  code: string | null;
}

/** The connection after a status, given the one before. */
export function next(before: Connection, status: ConnectionStatus, now: number): Connection {
  switch (status.state) {
    case "connecting":
      if (before.phase === "connecting") return before;
      return { phase: "reconnecting", retryAt: null, error: null, since: lostAt(before, now) };
    case "connected":
      if (!permits(status.scopes, "operator.read")) {
        return { phase: "refused", error: { message: "missing scope: operator.read", code: "MISSING_SCOPE" } };
      }
      return { phase: "live", version: status.server.version, scopes: status.scopes };
    case "disconnected": {
      const error = status.error && refusal(status.error);
      if (status.retryInMs === null) {
        return { phase: "refused", error: error ?? { message: "the connection was closed", code: null } };
      }
      return { phase: "reconnecting", retryAt: now + status.retryInMs, error, since: lostAt(before, now) };
    }
  }
}

/** An error's message and its most telling code. */
export function refusal(error: SessionwireError | Error): Refusal {
  const { code, details } = error as Partial<SessionwireError>;
  const detail = (details as { code?: unknown } | undefined)?.code;
  return { message: error.message, code: typeof detail === "string" ? detail : (code ?? null) };
}

/** What to do about a refusal. */
export function remedy(error: Refusal): string {
  const code = error.code ?? "";
  if (/TOKEN|PASSWORD|AUTH_(REQUIRED|UNAUTHORIZED)/.test(code)) {
    return "Enter the token that “sessionwire serve” was given or printed.";
  }
  if (code === "AUTH_RATE_LIMITED") return "Too many attempts. Wait a few minutes, then try again.";
  if (code.includes("SCOPE")) return "This token may not read sessions. Enter one that holds operator.read.";
  if (code.includes("ORIGIN")) return "Open the picker at the gateway's own address, or allow this origin on the gateway.";
  if (code.includes("PAIRING") || code === "NOT_PAIRED") return "Approve this browser on the gateway, then try again.";
  if (code.includes("PROTOCOL") || code.includes("VERSION")) return "Picker and gateway do not match. Reload, or update the older one.";
  return "Look at the gateway's log, then try again.";
}

/** Whether scopes cover one of the operator's. */
export function permits(scopes: readonly string[], scope: "operator.read" | "operator.write" | "operator.admin"): boolean {
  if (scopes.includes("operator.admin") || scopes.includes(scope)) return true;
  return scope === "operator.read" && scopes.includes("operator.write");
}

function lostAt(before: Connection, now: number): number {
  return before.phase === "reconnecting" ? before.since : now;
}
