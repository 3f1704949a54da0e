// Whatever one client says, every client is told.
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request, server) => (server.upgrade(request) ? undefined : new Response("no socket", { status: 400 })),
  websocket: {
    perMessageDeflate: false,
    open: (socket) => socket.subscribe("all"),
    message: (socket, text) => server.publish("all", text),
  },
});
console.log(`ws://127.0.0.1:${server.port}`);
