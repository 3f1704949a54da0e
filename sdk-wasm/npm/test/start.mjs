// What every test begins with, and ends by itself.

import { execFile } from "node:child_process";

import { connect } from "sessionwire";
import { Gateway } from "./gateway.mjs";

export async function listen(t) {
  const gateway = await Gateway.listen();
  t.after(() => gateway.close());
  return gateway;
}

/** A client of the gateway. */
export async function start(t, gateway, options = {}) {
  const client = await connect({ url: gateway.url, token: "secret", ...options });
  t.after(() => client.close());
  return client;
}

/** A client of a new gateway, after the handshake. */
export async function startConnected(t, options) {
  const gateway = await listen(t);
  const client = await start(t, gateway, options);
  const connection = await gateway.welcome();
  await client.ready();
  return { gateway, client, connection };
}

/** Runs a program in a process of its own. */
export function run(program) {
  const options = { cwd: import.meta.dirname, timeout: 10_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, ["--input-type=module", "--eval", program], options, (error, stdout, stderr) => {
      resolve({ code: error ? (error.code ?? error.signal) : 0, output: stdout + stderr });
    });
  });
}
