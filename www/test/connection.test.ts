import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConnectionStatus, SessionwireError } from "sessionwire";
import { type Connection, next, permits, remedy } from "../src/state/connection";

const failure = (message: string, code?: string) =>
  Object.assign(new Error(message), { code: "INVALID_REQUEST", details: { code } }) as unknown as SessionwireError;
const connected = (scopes: string[]): ConnectionStatus => ({
  state: "connected",
  server: { version: "1", connId: "c" },
  scopes,
  capabilities: [],
});

test("a lost connection keeps the time it was lost at, through every attempt", () => {
  let connection: Connection = next({ phase: "connecting" }, connected(["operator.read"]), 10);
  connection = next(connection, { state: "disconnected", retryInMs: 500, error: null }, 20);
  assert.deepEqual(connection, { phase: "reconnecting", retryAt: 520, error: null, since: 20 });
  connection = next(connection, { state: "connecting", attempt: 1 }, 520);
  assert.deepEqual(connection, { phase: "reconnecting", retryAt: null, error: null, since: 20 });
  connection = next(connection, { state: "disconnected", retryInMs: 900, error: failure("down") }, 600);
  assert.equal(connection.phase === "reconnecting" && connection.since, 20);
  assert.equal(next(connection, connected(["operator.admin"]), 1_500).phase, "live");
});

test("a refusal keeps the gateway's words and says what to do", () => {
  const error = failure("unauthorized: gateway token mismatch", "AUTH_TOKEN_MISMATCH");
  const connection = next({ phase: "connecting" }, { state: "disconnected", retryInMs: null, error }, 0);
  assert.ok(connection.phase === "refused");
  assert.deepEqual(connection.error, { message: "unauthorized: gateway token mismatch", code: "AUTH_TOKEN_MISMATCH" });
  assert.match(remedy(connection.error), /Enter the token/);
});

test("a connection that may not read is as good as refused", () => {
  const connection = next({ phase: "connecting" }, connected(["operator.pairing"]), 0);
  assert.ok(connection.phase === "refused");
  assert.match(remedy(connection.error), /operator\.read/);
});

test("admin may everything, write may read", () => {
  assert.ok(permits(["operator.admin"], "operator.write"));
  assert.ok(permits(["operator.write"], "operator.read"));
  assert.ok(!permits(["operator.write"], "operator.admin"));
  assert.ok(!permits(["operator.read"], "operator.write"));
});
