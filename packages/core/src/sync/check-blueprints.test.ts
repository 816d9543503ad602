import { expect, test } from "bun:test";
import { parseMapping } from "../map/parse/parse-mapping.ts";
import { failureOf } from "../testing/failure-of.ts";
import { ScriptedPort } from "../testing/scripted-port.ts";
import { checkBlueprints } from "./check-blueprints.ts";

async function check(blueprints: readonly string[], port: ScriptedPort): Promise<void> {
  const resources = blueprints.map((blueprint) => ({
    kind: "services",
    selector: { query: "true" },
    port: { entity: { mappings: { identifier: ".id", blueprint } } },
  }));
  const mapping = await parseMapping(JSON.stringify({ resources }));
  await checkBlueprints(port, mapping.resources);
}

test("checkBlueprints() asks once for each blueprint that is named literally", async () => {
  const port = new ScriptedPort();
  await check(['"a"', '"b c"', '"a"', ".type"], port);
  expect(port.requests.map(({ path }) => path)).toEqual(["/blueprints/a", "/blueprints/b%20c"]);
});

test("checkBlueprints() names all that Port has not", async () => {
  const port = new ScriptedPort((what) => (what.endsWith("/there") ? {} : 404));
  const error = await failureOf(check(['"one"', '"there"', '"two"'], port));
  expect(error.name).toBe("ConfigError");
  expect(error.message).toContain("no blueprint one and no blueprint two, which");
});

test("checkBlueprints() does not take refused credentials for a missing blueprint", async () => {
  const error = await failureOf(check(['"one"'], new ScriptedPort(() => 401)));
  expect(error).toMatchObject({ name: "HttpError", status: 401 });
});
