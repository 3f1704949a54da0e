// Holds recorded frames of one side, `client` or `gateway`, to OpenClaw's `protocol.schema.json`.
//
// Standard input has a frame a line, `{connection, from: "client" | "gateway", frame}`. The answer is one line:
// what was seen, the frames that the schema does not allow, and the listed differences among them that were seen.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";

const PROTOCOL = "https://openclaw.ai/protocol.schema.json";
const read = (path) => JSON.parse(readFileSync(path, "utf8"));
const contract = read(new URL("../conformance/contract.json", import.meta.url));
const protocol = read(
  join(process.env.SESSIONWIRE_OPENCLAW_DIR, "node_modules/@openclaw/gateway-protocol/protocol.schema.json"),
);

const ajv = new Ajv({ strict: false, allErrors: true, verbose: true });
ajv.addSchema({ $id: PROTOCOL, definitions: protocol.definitions });
const frames = validators({ req: "RequestFrame", res: "ResponseFrame", event: "EventFrame" });
const requests = validators(contract.requests);
const results = validators(contract.results);
const events = validators(contract.events);

const asked = new Map();
const seen = { frames: 0, methods: new Set(), events: new Set() };
const problems = new Map();
const differences = new Set();

const recorded = readFileSync(0, "utf8").split("\n").filter(Boolean).map(JSON.parse);
for (const { connection, from, frame } of recorded) {
  if (from === "client") asked.set(`${connection} ${frame.id}`, frame.method);
}
const side = process.argv[2];
for (const { connection, from, frame } of recorded) if (from === side) check(connection, frame);

const sorted = (set) => [...set].sort();
console.log(
  JSON.stringify({
    frames: seen.frames,
    methods: sorted(seen.methods),
    events: sorted(seen.events),
    problems: [...problems.values()],
    differences: sorted(differences),
  }),
);

function check(connection, frame) {
  seen.frames += 1;
  const method = frame.method ?? asked.get(`${connection} ${frame.id}`);
  const whats = { req: `request ${method}`, res: `answer of ${method}`, event: `event ${frame.event}` };
  const what = whats[frame.type];
  hold(what, frames.get(frame.type), frame, "no frame of the protocol");
  if (frame.type === "req") {
    seen.methods.add(method);
    hold(what, requests.get(method), frame.params ?? {}, "a method that the contract does not know");
  } else if (frame.type === "event") {
    seen.events.add(frame.event);
    hold(what, events.get(frame.event), frame.payload, "an event that the contract does not know");
  } else if (frame.ok) {
    seen.methods.add(method);
    hold(what, results.get(method), frame.payload, "the answer of a method that the contract does not know");
  }
}

function hold(what, validate, value, unknown) {
  if (!validate) return note(what, "", unknown, value);
  if (validate(value)) return;
  for (const error of validate.errors) {
    // Places in lists are alike.
    const place = error.instancePath.replaceAll(/\/\d+(?=\/|$)/g, "/*");
    const { additionalProperty, missingProperty } = error.params;
    const name = additionalProperty ?? missingProperty;
    note(what, place, name ? `${error.message}: ${name}` : error.message, error.data);
  }
}

function note(what, place, message, value) {
  const listed = [...contract.differences, ...contract.newer].find(
    (known) => known.what === what && known.place === place && known.message === message,
  );
  if (listed) {
    differences.add(`${what} ${place}: ${message}`);
  } else {
    const problem = { what, place, message, value: JSON.stringify(value)?.slice(0, 200) };
    problems.set(`${what} ${place} ${message}`, problem);
  }
}

function validators(schemas) {
  return new Map(
    Object.entries(schemas).map(([name, schema]) => {
      const whole = typeof schema === "string" ? { $ref: `#/definitions/${schema}` } : schema;
      return [name, ajv.compile(absolute(whole))];
    }),
  );
}

/** The same schema, whose references lead into the protocol's. */
function absolute(schema) {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#', `"$ref":"${PROTOCOL}#`));
}
