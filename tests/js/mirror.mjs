// A client in Node for the tests against OpenClaw's gateway: tells what its lists are told, and renames on request.
import { createInterface } from "node:readline";
import { connect } from "sessionwire";

const { SESSIONWIRE_URL: url, SESSIONWIRE_TOKEN: token, SESSIONWIRE_LISTS: lists } = process.env;
const client = await connect({ url, token });
for (const [list, params] of JSON.parse(lists).entries()) {
  const tell = (event) => say({ told: { list, event, rows: subscription.sessions() } });
  const subscription = client.subscribeSessions(
    {
      onSnapshot: () => tell({ type: "snapshot" }),
      onChanged: ({ session: { key, label, pending = false }, reason }) =>
        tell({ type: "changed", key, label, pending, reason }),
      onLeft: ({ key }) => tell({ type: "left", key }),
      onEvicted: ({ key, reason, inferred }) => tell({ type: "evicted", key, reason, inferred }),
      onError: ({ message }) => tell({ type: "failed", message }),
    },
    params,
  );
}
for await (const line of createInterface({ input: process.stdin })) {
  const { key, label } = JSON.parse(line);
  client.renameSession(key, label).then(
    () => say({ renamed: {} }),
    ({ message }) => say({ renamed: { refusal: message } }),
  );
}
client.close();

function say(news) {
  console.log(JSON.stringify(news));
}
