/**
 * What `bun run bench webhook` compares with: a Hono route that reads the body, verifies the signature
 * and keeps nothing. Argument: the secret. Prints its address.
 */
import { verifySignature } from "@pagerport/core";
import { Hono } from "hono";

const [secret = ""] = process.argv.slice(2);
const app = new Hono();
app.post("/webhook", async ({ req }) => {
  const body = new Uint8Array(await req.arrayBuffer());
  const isSigned = verifySignature(body, req.header("x-pagerduty-signature") ?? null, [secret]);
  const status = isSigned ? 202 : 401;
  return Response.json({ outcome: isSigned ? "accepted" : "refused" }, { status });
});
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  development: false,
  reusePort: false,
  fetch: (request) => app.fetch(request),
});
process.stdout.write(`http://127.0.0.1:${server.port}\n`);
