// How long the npm package takes from a frame to the callbacks, beside what JSON.parse of the same frame takes. Usage:
// node decode.mjs <the package's folder>; prints microseconds as JSON.

import { pathToFileURL } from "node:url";

const ROWS = 100;
const DELTAS = 2_000;
const SNAPSHOTS = 200;
/** So often all frames are gone through before anything counts: V8 compiles what has run often, and aside, so that its time
 * would count too. */
const WARM_UP = 10;
const TURNS = 5;

const { connect } = await import(pathToFileURL(`${process.argv[2]}/dist/node.js`).href);

/** A socket that is this program: what the client sends is answered when somebody asks for it. */
class Socket {
  static last;
  sent = [];
  constructor() {
    Socket.last = this;
  }
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close() {}
  receive(frame) {
    this.onmessage({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }
}

/** A frame as a socket gives it: in one piece. What JSON.stringify returns is put together when it is first read. */
const text = (frame) => Buffer.from(JSON.stringify(frame)).toString();

const row = (index, revision) => ({
  key: `agent:main:dashboard:5b1f0c6e-8f5e-4a53-9d0e-${String(index).padStart(12, "0")}`,
  kind: "direct",
  agentId: "main",
  sessionId: `0f6d7a54-55a1-4a0e-b6a5-${String(index).padStart(12, "0")}`,
  lifecycleRevision: "c2f0a4b1-6f53-4c69-8a55-3d4b1c9a7e10",
  label: `Session ${index} after change ${revision}`,
  displayName: `Session ${index} after change ${revision}`,
  lastMessagePreview: "The build is green, and the release notes are written.",
  createdAt: 1_800_000_000_000,
  createdVia: "operator",
  updatedAt: 1_800_000_000_000 + revision,
});

const tick = () => new Promise((resolve) => setImmediate(resolve));

async function connected() {
  const client = await connect({ url: "ws://127.0.0.1:1", token: "t", WebSocket: Socket });
  await tick();
  const socket = Socket.last;
  socket.onopen({});
  const capabilities = ["session-cursor", "socket-drain", "live-window"];
  socket.receive({ type: "event", event: "connect.challenge", payload: { nonce: "n", ts: 1, capabilities } });
  const [{ id }] = socket.sent.splice(0);
  const auth = { role: "operator", scopes: ["operator.read", "operator.write", "operator.admin"] };
  const server = { version: "1", connId: "c" };
  const policy = { tickIntervalMs: 0 };
  const payload = { type: "hello-ok", protocol: 4, server, features: { capabilities }, auth, policy };
  socket.receive({ type: "res", id, ok: true, payload });
  return { client, socket };
}

const answer = (id, subscription, offset) => {
  const sessions = Array.from({ length: ROWS }, (_, index) => row(index, 0));
  const list = { ts: 1, count: ROWS, sessions };
  const payload = { subscribed: true, subscription, cursor: { epoch: "e", offset }, resumed: false, list };
  return { type: "res", id, ok: true, payload };
};

/** Subscribes; returns the frame that answers. */
async function asked(client, socket, callbacks) {
  const subscription = client.subscribeSessions(callbacks);
  await tick();
  const { id, params } = socket.sent.splice(0).find(({ method }) => method === "sessions.subscribe");
  return { subscription, id: params.subscription, frame: text(answer(id, params.subscription, 0)) };
}

/** Microseconds of the processors for each frame. */
function time(frames, each) {
  const start = process.cpuUsage();
  for (const frame of frames) each(frame);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / frames.length;
}

let parsed = 0;
const parse = (frame) => {
  parsed += JSON.parse(frame).type.length;
};

async function deltas() {
  const { client, socket } = await connected();
  let told = 0;
  const { subscription, id, frame } = await asked(client, socket, { onChanged: () => told++ });
  socket.receive(frame);
  let offset = 0;
  const turn = () => {
    const frames = Array.from({ length: DELTAS }, () => {
      const prev = offset++;
      const session = row(offset % ROWS, offset);
      const payload = { reason: "patch", session };
      return text({ type: "event", event: "sessions.changed", payload, subscription: id, prev });
    });
    const limit = time(frames, parse);
    const own = time(frames, (frame) => socket.receive(frame));
    return { own, limit, bytes: frames[0].length };
  };
  const turns = Array.from({ length: WARM_UP + TURNS }, turn);
  if (told !== turns.length * DELTAS) throw new Error(`${told} changes were told`);
  subscription.unsubscribe();
  client.close();
  return turns;
}

async function snapshots() {
  const { client, socket } = await connected();
  const turns = [];
  for (let turn = 0; turn < WARM_UP + TURNS; turn++) {
    let told = 0;
    const lists = [];
    for (let index = 0; index < SNAPSHOTS; index++) {
      lists.push(await asked(client, socket, { onSnapshot: ({ sessions }) => (told += sessions.length) }));
    }
    const frames = lists.map(({ frame }) => frame);
    const limit = time(frames, parse);
    const own = time(frames, (frame) => socket.receive(frame));
    if (told !== SNAPSHOTS * ROWS) throw new Error(`${told} rows were told`);
    for (const { subscription } of lists) subscription.unsubscribe();
    await tick();
    socket.sent.length = 0;
    turns.push({ own, limit, bytes: frames[0].length });
  }
  client.close();
  return turns;
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const told = (turns) => {
  const counted = turns.slice(WARM_UP);
  const of = (name) => median(counted.map((turn) => turn[name]));
  return { own: of("own"), limit: of("limit"), bytes: of("bytes") };
};

console.log(JSON.stringify({ delta: told(await deltas()), snapshot: told(await snapshots()), parsed }));
