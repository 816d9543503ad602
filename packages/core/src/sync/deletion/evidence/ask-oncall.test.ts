import { expect, test } from "bun:test";
import { failureOf } from "../../../testing/failure-of.ts";
import { parseResources } from "../../../testing/parse-resources.ts";
import { ScriptedPagerDuty } from "../../../testing/scripted-pagerduty.ts";
import { nameObject, writePlace } from "../../object-key.ts";
import { askById } from "./ask-by-id.ts";
import { askOncall, type OncallAnswer } from "./ask-oncall.ts";

const now = Date.parse("2026-03-02T09:00:00Z");
const day = 86_400_000;

interface Shift {
  readonly policy?: string;
  readonly level?: number;
  readonly schedule?: string | null;
  readonly user?: string;
  /** Days from now; null = always. */
  readonly from?: number | null;
  readonly to?: number | null;
}

function toTime(days: number | null): string | null {
  return days === null ? null : new Date(now + days * day).toISOString().replace(".000", "");
}

function oncall({
  policy = "E1",
  level = 1,
  schedule = "S1",
  user = "U1",
  from = 5,
  to = 6,
}: Shift) {
  return {
    escalation_policy: { id: policy },
    escalation_level: level,
    schedule: schedule === null ? null : { id: schedule },
    user: { id: user },
    start: toTime(from),
    end: toTime(to),
  };
}

interface Account {
  readonly client?: ScriptedPagerDuty;
  /** Months that the mapping reads ahead; null = only this moment. */
  readonly months?: number | null;
  /** Whether the policy is shown. */
  readonly isShown?: boolean;
}

/** Asks for an on-call of an account that has others at its time. */
async function ask(
  asked: Shift,
  there: readonly Shift[],
  { client = new ScriptedPagerDuty(), months = 3, isShown = true }: Account = {},
): Promise<{ readonly answer: OncallAnswer; readonly queries: readonly string[] }> {
  client.answers["/oncalls"] = { oncalls: there.map(oncall) };
  client.lists["escalation_policies"] = isShown ? [{ id: "E1" }] : [];
  const params = months === null ? {} : { apiQueryParams: { until: months } };
  const mapping = await parseResources([{ kind: "oncalls", blueprint: "oncall", ...params }]);
  const row = oncall(asked);
  const answer = await askOncall(
    {
      object: nameObject("oncalls", row),
      place: writePlace("oncalls", row) ?? "",
      endsAt: row.end === null ? undefined : Date.parse(row.end),
    },
    (policy) => askById(client, "escalation_policies", policy),
    { client, mapping, now },
  );
  const queries = client.requests
    .filter(({ path }) => path === "/oncalls")
    .map(({ query }) => query.map((pair) => pair.join("=")).join("&"));
  return { answer, queries };
}

const direct: Shift = { schedule: null, from: null, to: null };

test.each<[string, Shift, readonly Shift[], OncallAnswer]>([
  ["that is there", {}, [{ level: 2 }, {}], "there"],
  ["that is there beside another one at the same time", {}, [{ user: "U2" }, {}], "there"],
  ["whose time another has", {}, [{ user: "U2" }], "replaced"],
  ["that ends at another time", {}, [{ to: 7 }], "replaced"],
  ["of a schedule that another level names", {}, [{ level: 2 }], "left"],
  ["of a level that another schedule is at", {}, [{ schedule: "S2" }], "left"],
  ["at whose time nobody is on call", {}, [], "left"],
  ["that a policy names itself", direct, [direct], "there"],
  ["that a policy names itself no more, but others", direct, [{ ...direct, user: "U2" }], "left"],
])("askOncall() of one %s", async (_name, asked, there, expected) => {
  expect((await ask(asked, there)).answer).toBe(expected);
});

test.each<[string, Shift, number | null, OncallAnswer]>([
  ["within the months that are read", {}, 1, "there"],
  ["after the months that are read", { from: 31, to: 32 }, 1, "outside"],
  ["after this moment, where only that is read", {}, null, "outside"],
  ["of this moment, where only that is read", { from: -1, to: 1 }, null, "there"],
  ["always, where only this moment is read", direct, null, "there"],
])("askOncall() of one that is there, %s", async (_name, asked, months, expected) => {
  expect((await ask(asked, [asked], { months })).answer).toBe(expected);
});

test("askOncall() of one whose policy answers 404 says that it is gone, whatever the list", async () => {
  expect((await ask({}, [], { isShown: false })).answer).toBe("gone");
  const client = new ScriptedPagerDuty({ refused: { "/oncalls": 400 } });
  expect((await ask({}, [], { isShown: false, client })).answer).toBe("gone");
});

test.each([
  ["/oncalls", 400],
  ["/oncalls", 403],
  ["/escalation_policies/E1", 403],
])("askOncall() leaves open what %s answers %i to", async (path, status) => {
  const client = new ScriptedPagerDuty({ refused: { [path]: status } });
  expect((await ask({}, [], { client })).answer).toBe("unanswered");
});

test.each([401, 500, 429])("askOncall() throws %i", async (status) => {
  const client = new ScriptedPagerDuty({ refused: { "/oncalls": status } });
  expect(await failureOf(ask({}, [], { client }))).toMatchObject({ status });
});

test.each<[string, Shift, string]>([
  [
    "its own time, and not that of those before and after",
    {},
    "2026-03-07T09:00:01Z to 2026-03-08T08:59:59Z",
  ],
  [
    "the rest of its time, where it has begun",
    { from: -1, to: 1 },
    "2026-03-02T09:00:00Z to 2026-03-03T08:59:59Z",
  ],
  [
    "no more than PagerDuty tells ahead",
    { from: 89, to: 96 },
    "2026-05-30T09:00:01Z to 2026-05-31T08:59:00Z",
  ],
  ["an hour, where it never ends", direct, "2026-03-02T09:00:01Z to 2026-03-02T10:00:01Z"],
])("askOncall() asks for %s", async (_name, asked, expected) => {
  const { queries } = await ask(asked, []);
  const [since, until] = expected.split(" to ");
  expect(queries).toEqual([
    `escalation_policy_ids[]=E1&since=${since}&until=${until}&limit=100&time_zone=UTC`,
  ]);
});
