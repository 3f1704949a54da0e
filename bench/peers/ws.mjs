// Whatever one client says, every client is told.
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("connection", (socket) => {
  socket.on("message", (data) => {
    for (const client of server.clients) client.send(data, { binary: false });
  });
});
server.on("listening", () => console.log(`ws://127.0.0.1:${server.address().port}`));
