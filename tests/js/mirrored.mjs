// Follows lists, and tells what they are told.

/** Starts a client; what it tells goes to `say`. Resolves to what renames on request, and to what ends it. */
export async function mirror(connect, { url, token, lists }, say) {
  const client = await connect({ url, token });
  for (const [list, params] of lists.entries()) {
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
  return {
    rename: ({ key, label }) => {
      client.renameSession(key, label).then(
        () => say({ renamed: {} }),
        ({ message }) => say({ renamed: { refusal: message } }),
      );
    },
    close: () => client.close(),
  };
}
