// Whatever one client says, every client is told.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const server = new Server(http, { transports: ["websocket"], perMessageDeflate: false });
server.on("connection", (socket) => socket.on("m", (text) => server.emit("m", text)));
http.listen(0, "127.0.0.1", () => console.log(`ws://127.0.0.1:${http.address().port}`));
