import { connect } from "node:net";
import { expect, test } from "bun:test";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { signWebhook } from "@pagerport/core/testing";
import { serverEnvironment, startServer } from "../support/run-server.ts";
import { runtimes } from "../support/runtimes.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const secret = "hush";

/** Sends bytes as they are, and gives what comes back until the other end closes. */
function send(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.on("data", (chunk) => {
      answer += String(chunk);
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
  });
}

function readStatus(answer: string): number {
  return Number(answer.split(" ")[1]);
}

function readLength(answer: string): number {
  return Number(/content-length: (\d+)/i.exec(answer)?.[1]);
}

test.each(Object.entries(runtimes))(
  "pagerport serve answers requests that name no host, and HEAD as GET, unbuilt on %s",
  async (_name, runtime) => {
    using folder = new TemporaryFolder();
    await using sandbox = await startSandbox({ services: 1, incidents: 0, schedules: 0, users: 1 });
    const env = {
      ...serverEnvironment(sandbox, secret),
      PAGERPORT_EVENT_LISTENER: "WEBHOOKS_ONLY",
    };
    const server = await startServer({ cwd: folder.path, env, runtime });
    const port = Number(new URL(server.url).port);
    const body = JSON.stringify({ event: { id: "01F", event_type: "pagey.ping", data: {} } });
    const signed = `x-pagerduty-signature: ${signWebhook(body, secret)}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
    for (const host of ["", "host:\r\n"]) {
      // HTTP/1.1 asks for the header, which may be empty.
      const version = host === "" ? "HTTP/1.0" : "HTTP/1.1\r\nconnection: close";
      for (const path of ["/health/live", "/health/ready", "/metrics"]) {
        const answer = await send(port, `GET ${path} ${version}\r\n${host}\r\n`);
        expect([path, host, readStatus(answer)]).toEqual([path, host, 200]);
      }
      const post = `POST /webhook ${version}\r\n${host}${signed}\r\n\r\n${body}`;
      expect([host, readStatus(await send(port, post))]).toEqual([host, 202]);
      const none = await send(port, `GET /nothing ${version}\r\n${host}\r\n`);
      expect(readStatus(none)).toBe(404);
    }
    const [got, head] = await Promise.all(
      ["GET", "HEAD"].map((method) =>
        send(port, `${method} /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`),
      ),
    );
    const whole = (got ?? "").split("\r\n\r\n")[1] ?? "";
    expect(whole).toContain("healthy");
    expect([readStatus(head ?? ""), readLength(head ?? "")]).toEqual([200, whole.length]);
    expect((head ?? "").split("\r\n\r\n")[1]).toBe("");
    server.kill("SIGTERM");
    expect((await server.finished).code).toBe(0);
  },
  60_000,
);
