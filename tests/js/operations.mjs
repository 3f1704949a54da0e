// What a user does to a session, one thing after the other, each awaited in a live list. Runs in Node and in pages.

/** Does it all to the session `key`, and resolves to what was seen. */
export async function operate(connect, options, key) {
  const client = await connect({ ...options, requestTimeoutMs: 120_000 });
  try {
    return await operateWith(client, key);
  } finally {
    client.close();
  }
}

async function operateWith(client, key) {
  const { scopes } = await client.ready();
  const evicted = [];
  const said = [];
  let told = () => {};
  const tell = () => told();
  const list = client.subscribeSessions({
    onSnapshot: tell,
    onChanged: tell,
    onLeft: tell,
    onEvicted: (event) => {
      if (event.key === key) evicted.push(event);
      tell();
    },
    onError: (error) => evicted.push(error),
  });
  client.subscribeMessages(key, (event) => {
    if (event.type === "message") said.push(event.message);
    tell();
  });
  const row = () => list.sessions().find((row) => row.key === key);
  const until = async (what, holds) => {
    const late = setTimeout(() => (what = `in vain: ${what}`) && tell(), 120_000);
    while (!holds()) {
      if (what.startsWith("in vain")) throw new Error(`${what}: ${JSON.stringify([row(), evicted, said])}`);
      await new Promise((resolve) => (told = resolve));
    }
    clearTimeout(late);
  };

  await client.createSession({ key, label: "Tea" });
  await until("created", () => row()?.label === "Tea");
  await client.renameSession(key, "Green tea");
  await until("renamed", () => row().label === "Green tea" && !row().pending);
  await client.renameSession(key, null);
  await until("without a name", () => row().label === undefined || row().label === null);
  await client.pinSession(key, true);
  await until("pinned", () => row().pinned);
  await client.pinSession(key, false);
  await until("not pinned", () => !row().pinned);
  await client.archiveSession(key, true);
  await until("archived", () => row().archived);
  await client.archiveSession(key, false);
  await until("not archived", () => !row().archived);
  await client.sendMessage({ key, message: `/name ${key}` });
  await until("named by a command", () => row().label === key);
  await until("what was said", () => said.some((message) => JSON.stringify(message).includes(`/name ${key}`)));
  await client.sendMessage({ key, message: "/goal start Brew" });
  await until("with a goal", () => row().goal?.objective === "Brew");
  const listed = await client.listSessions({ search: key });
  const history = await client.chatHistory({ sessionKey: key });
  await client.resetSession({ key });
  await until("reset", () => evicted.length === 1 && !row().goal);
  await client.deleteSession({ key });
  await until("deleted", () => evicted.length === 2 && !row());
  return {
    scopes,
    listed: listed.sessions.map(({ key }) => key),
    messages: history.messages.length,
    evicted: evicted.map(({ reason, inferred }) => [reason, inferred]),
  };
}
