import type { Server } from "node:http";
import type { Socket } from "node:net";

/**
 * Keeps the connections of a Node server below a number: where there are more, those that nobody has used
 * for the longest are closed. One with a request under way is never closed.
 */
export function limitConnections(server: Server, most: number): void {
  // The order is that of their last use: whoever is used goes to the end.
  const idle = new Set<Socket>();
  const closing = new Set<Socket>();
  let open = 0;
  server.on("connection", (socket: Socket) => {
    open += 1;
    idle.add(socket);
    socket.once("close", () => {
      open -= 1;
      idle.delete(socket);
    });
    for (const longest of idle) {
      if (open - closing.size < most) break;
      if (longest === socket || closing.has(longest)) continue;
      closing.add(longest);
      longest.once("close", () => closing.delete(longest));
      longest.destroy();
    }
  });
  server.on("request", ({ socket }, response) => {
    idle.delete(socket);
    response.once("close", () => {
      if (!socket.destroyed) idle.add(socket);
    });
  });
}
