import { expect, test } from "bun:test";
import { HttpError } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";
import { failureOf } from "../../testing/failure-of.ts";
import { deleteEntities } from "./delete-entities.ts";
import type { PortClient, PortRequest } from "./port-client.ts";

function createScripted(answer: (identifiers: string[]) => JsonObject | Error): {
  port: PortClient;
  requests: PortRequest[];
} {
  const requests: PortRequest[] = [];
  const port: PortClient = {
    send(request) {
      requests.push(request);
      const body = answer(request.body?.["entities"] as string[]);
      if (body instanceof Error) return Promise.reject(body);
      return Promise.resolve({ status: 200, body, date: undefined });
    },
  };
  return { port, requests };
}

function refusal(status: number): HttpError {
  const url = "https://api.port.test/v1/x";
  return new HttpError("no", { host: "Port", method: "POST", url, status, reason: "is required" });
}

const names = Array.from({ length: 250 }, (_, place) => `id-${place}`);

test("deleteEntities() deletes a hundred at a time, and never dependents", async () => {
  const { port, requests } = createScripted((deletedEntities) => ({ ok: true, deletedEntities }));
  const outcome = await deleteEntities(port, "a/b", names);
  expect(outcome).toEqual({ deleted: names, refused: [] });
  expect(requests).toHaveLength(3);
  expect(requests[0]).toMatchObject({
    path: "/blueprints/a%2Fb/bulk/entities/delete",
    query: { delete_dependents: false },
    as: "exporter",
  });
});

test("deleteEntities() of nothing sends nothing", async () => {
  const { port, requests } = createScripted(() => ({}));
  expect(await deleteEntities(port, "b", [])).toEqual({ deleted: [], refused: [] });
  expect(requests).toEqual([]);
});

test("deleteEntities() finds the entity for which a request is refused", async () => {
  const { port } = createScripted((identifiers) =>
    identifiers.includes("id-17") ? refusal(422) : { deletedEntities: identifiers },
  );
  const outcome = await deleteEntities(port, "b", names.slice(0, 40));
  expect(outcome.deleted).toHaveLength(39);
  expect(outcome.refused).toEqual([{ identifier: "id-17", reason: "is required" }]);
});

test("deleteEntities() takes what is already gone for deleted", async () => {
  const { port } = createScripted((identifiers) =>
    identifiers.includes("id-3") ? refusal(404) : { deletedEntities: identifiers },
  );
  const outcome = await deleteEntities(port, "b", names.slice(0, 8));
  expect(outcome.deleted.toSorted()).toEqual(names.slice(0, 8).toSorted());
});

test("deleteEntities() names what Port left standing, and not what went by a request whose answer was lost", async () => {
  const requests: string[] = [];
  const port: PortClient = {
    send({ path }) {
      requests.push(path);
      const body: JsonObject = path.endsWith("/delete")
        ? { deletedEntities: ["id-0"] }
        : { entities: [{ identifier: "id-1", blueprint: "b", title: "One" }] };
      return Promise.resolve({ status: 200, body, date: undefined });
    },
  };
  const outcome = await deleteEntities(port, "b", ["id-0", "id-1", "id-2"]);
  expect(outcome).toMatchObject({
    deleted: ["id-0", "id-2"],
    refused: [{ identifier: "id-1", reason: "Port did not delete it" }],
  });
  expect(requests).toHaveLength(2);
});

test("deleteEntities() throws what is not about entities", async () => {
  const { port } = createScripted(() => refusal(403));
  expect(await failureOf(deleteEntities(port, "b", ["x"]))).toMatchObject({ status: 403 });
});
