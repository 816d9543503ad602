import { expect, test } from "bun:test";
import { ReadOnlyError } from "../../errors.ts";
import { failureOf } from "../../testing/failure-of.ts";
import { createReadOnlyPort } from "./create-read-only-port.ts";
import type { PortRequest } from "./port-client.ts";

async function send(method: PortRequest["method"], path: string): Promise<readonly string[]> {
  const sent: string[] = [];
  const port = createReadOnlyPort({
    send(request) {
      sent.push(request.path);
      return Promise.resolve({ status: 200, body: {}, date: undefined });
    },
  });
  const answer = port.send({ method, path });
  if (sent.length === 0) {
    const error = await failureOf(answer);
    expect(error).toBeInstanceOf(ReadOnlyError);
    expect(String(error)).toContain(`${method} /v1${path}`);
  }
  await answer.catch(() => undefined);
  return sent;
}

test.each<[PortRequest["method"], string]>([
  ["GET", "/integration/mine"],
  ["POST", "/entities/search"],
  ["POST", "/blueprints/pagerdutyService/entities/search"],
  ["POST", "/blueprints/entities/datasource-entities"],
])("createReadOnlyPort() sends %s %s", async (method, path) => {
  expect(await send(method, path)).toEqual([path]);
});

test.each<[PortRequest["method"], string]>([
  ["POST", "/blueprints/pagerdutyService/entities/bulk"],
  ["POST", "/blueprints/pagerdutyService/entities"],
  ["POST", "/blueprints/pagerdutyService/bulk/entities/delete"],
  ["POST", "/blueprints"],
  ["POST", "/integration"],
  ["POST", "/integration/mine/kinds/services/examples"],
  ["PATCH", "/integration/mine/resync-state"],
  ["PATCH", "/integration/mine/config"],
  ["PUT", "/blueprints/search/entities/search"],
  ["DELETE", "/blueprints/x/entities/search"],
])("createReadOnlyPort() refuses %s %s", async (method, path) => {
  expect(await send(method, path)).toEqual([]);
});
