#!/bin/sh
# What a request without a Host header becomes, as load balancers send it for health checks (HTTP/1.0 needs none).
#
# One would guess that a fetch handler sees the same address on every runtime. Seen with the versions below:
# - Bun 1.4.5: `request.url` is the path alone, which is no URL: `new URL(request.url)` throws. Hono 4.13.19, which
#   counts characters up to the path, answers 404 for a route that is there.
# - @hono/node-server 2.1.9 on Node: 400 before the handler is called, unless it was given a `hostname`.
# The cures: give the request a whole address on Bun, and `hostname` to the adapter.
#
# Fails when any of this changes. Needs npm and Node 20 or later.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module","private":true}' > package.json
npm install --silent --no-audit --no-fund bun@1.4.5 hono@4.13.19 @hono/node-server@2.1.9 >/dev/null

cat > ask.mjs <<'JS'
import { connect } from "node:net";
/** Sends a request without Host and gives the status and the body. */
export const ask = (port, path) =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(`GET ${path} HTTP/1.0\r\n\r\n`));
    let text = "";
    socket.on("data", (chunk) => (text += chunk));
    socket.on("error", reject);
    socket.on("close", () => resolve(`${text.split(" ")[1]} ${text.split("\r\n\r\n")[1]}`));
  });
JS
cat > bun.mjs <<'JS'
import { Hono } from "hono";
import { ask } from "./ask.mjs";
const plain = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: ({ url }) => new Response(`${url} ${URL.canParse(url)}`) });
console.log("Bun gives the handler:", await ask(plain.port, "/health/live"));
const app = new Hono().get("/health/live", (context) => context.text("alive"));
const routed = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: app.fetch });
console.log("Hono on Bun answers:", (await ask(routed.port, "/health/live")).split(" ")[0]);
process.exit(0);
JS
cat > node.mjs <<'JS'
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { ask } from "./ask.mjs";
const app = new Hono().get("/health/live", (context) => context.text("alive"));
const answer = (options) =>
  new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, ...options }, async ({ port }) => {
      resolve((await ask(port, "/health/live")).split(" ")[0]);
      server.close();
    });
  });
console.log("Hono on Node answers:", await answer({}));
console.log("Hono on Node with a hostname answers:", await answer({ hostname: "127.0.0.1" }));
JS

seen=$(./node_modules/.bin/bun bun.mjs && node node.mjs)
printf '%s\n' "$seen"
expected="Bun gives the handler: 200 /health/live false
Hono on Bun answers: 404
Hono on Node answers: 400
Hono on Node with a hostname answers: 200"
[ "$seen" = "$expected" ] || { echo "This has changed." >&2; exit 1; }
