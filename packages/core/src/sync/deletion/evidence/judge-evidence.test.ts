import { expect, test } from "bun:test";
import { array, assert, boolean, constantFrom, option, property, record } from "fast-check";
import { caseCount } from "../../../testing/test-size.ts";
import {
  type AbsenceKnowledge,
  betweenReadings,
  type EvidenceContext,
  judgeEvidence,
  type Judgement,
  type ObjectKnowledge,
} from "./judge-evidence.ts";

const now = Date.parse("2026-03-02T09:00:00Z");
const longAgo = now - betweenReadings;
const justNow = longAgo + 1;

const unknown: AbsenceKnowledge = {
  unlistedAt: undefined,
  goneAt: undefined,
  namedAt: undefined,
};

interface Line {
  readonly object?: Partial<ObjectKnowledge>;
  readonly absence?: Partial<AbsenceKnowledge>;
  readonly context?: Partial<EvidenceContext>;
}

function describeObject(object: Partial<ObjectKnowledge> = {}): ObjectKnowledge {
  return { sort: "other", sight: "unasked", makes: "nothing", ...object };
}

function judge({ object, absence, context }: Line): Judgement {
  return judgeEvidence(
    [describeObject(object)],
    { ...unknown, ...absence },
    { now, isOneEnough: false, keepsAged: true, ...context },
  );
}

/** `E5` counts, `(E1)` does not. */
function tell(judgement: Judgement): string {
  if (judgement.verdict !== "goes") return judgement.verdict;
  return judgement.counts ? judgement.evidence : `(${judgement.evidence})`;
}

const oncall = { sort: "oncall", sight: "unaskable" } as const;
const incident = { sort: "incident", sight: "unasked" } as const;
const gone = { sight: "gone" } as const;
const unaskable = { sight: "unaskable" } as const;
const once = { isOneEnough: true } as const;

test.each<[string, Line, string]>([
  ["E1: an end that passed", { object: { ...oncall, endsAt: now - 1 } }, "(E1)"],
  ["E1: an end at this very moment", { object: { ...oncall, endsAt: now } }, "(E1)"],
  [
    "E1: a maintenance window's end, though it answers by id",
    { object: { sight: "found", makes: "another", endsAt: now - 1 } },
    "(E1)",
  ],
  ["E1: a place that another took over", { object: { ...oncall, place: "replaced" } }, "(E1)"],
  [
    "E1: a place that another took over before its end",
    { object: { ...oncall, place: "replaced", endsAt: now + 1 } },
    "(E1)",
  ],

  ["E2: an incident that is listed", { object: { ...incident, sight: "listed" } }, "(E2)"],
  ["E2: an incident that was read by id", { object: { ...incident, sight: "found" } }, "(E2)"],
  [
    "E2: an incident that makes less",
    { object: { ...incident, sight: "found", makes: "less" } },
    "(E2)",
  ],
  ["E2: an incident of before what is read", { object: { ...incident, isAged: true } }, "aged"],
  [
    "E2: an incident of before what is read, which is to go",
    { object: { ...incident, isAged: true }, context: { keepsAged: false } },
    "(E2)",
  ],
  [
    "E2: an incident of which nobody knows whether it is older, which is to go: by the share",
    { object: { ...incident, isAged: true, isAgeUnknown: true }, context: { keepsAged: false } },
    "E2",
  ],
  ["an incident within what is read that is not listed", { object: incident }, "waits"],
  [
    "an incident that is not listed, where incidents are to go with their time",
    { object: { ...incident, isAged: false }, context: { keepsAged: false } },
    "waits",
  ],
  [
    "an incident that two runs lacked and that is 404",
    { object: { ...incident, ...gone }, absence: { unlistedAt: longAgo, goneAt: longAgo } },
    "waits",
  ],
  [
    "an incident without memory",
    { object: { ...incident, ...gone }, absence: { namedAt: longAgo }, context: once },
    "waits",
  ],

  ["E3: listed, and not let through", { object: { sight: "listed" } }, "E3"],
  ["E3: found by id, and not let through", { object: { sight: "found" } }, "E3"],
  [
    "E4: listed, and another entity is made of it",
    { object: { sight: "listed", makes: "another" } },
    "(E4)",
  ],
  [
    "E4: found by id, and another entity is made of it",
    { object: { sight: "found", makes: "another" } },
    "(E4)",
  ],
  [
    "E4: listed, and only something of other blueprints is made of it",
    { object: { sight: "listed", makes: "less" } },
    "E4",
  ],

  ["E5: 404, named", { object: gone, absence: { namedAt: now } }, "E5"],
  ["E5: 404, and 404 45 minutes ago", { object: gone, absence: { goneAt: longAgo } }, "E5"],
  ["E5: 404, without memory", { object: gone, context: once }, "E5"],
  ["404 for the first time", { object: gone }, "waits"],
  ["404, and 404 a moment too short ago", { object: gone, absence: { goneAt: justNow } }, "waits"],
  [
    "404 for the first time, though unlisted for long",
    { object: gone, absence: { unlistedAt: longAgo } },
    "waits",
  ],
  ["not asked yet", { object: { sight: "unasked" } }, "waits"],
  [
    "not asked yet, though named and 404 before",
    { object: { sight: "unasked" }, absence: { namedAt: longAgo, goneAt: longAgo } },
    "waits",
  ],
  ["not asked, without memory", { object: { sight: "unasked" }, context: once }, "waits"],
  ["400, 402, 403 or 5xx by id", { object: { sight: "unanswered" } }, "waits"],
  [
    "400, 402, 403 or 5xx by id, named, 404 before and without memory",
    {
      object: { sight: "unanswered" },
      absence: { namedAt: longAgo, goneAt: longAgo, unlistedAt: longAgo },
      context: once,
    },
    "waits",
  ],

  ["E6: two runs lacked it", { object: unaskable, absence: { unlistedAt: longAgo } }, "E6"],
  ["E6: one run lacked it, without memory", { object: unaskable, context: once }, "E6"],
  ["one run lacked it", { object: unaskable }, "waits"],
  [
    "two runs lacked it that began too soon after each other",
    { object: unaskable, absence: { unlistedAt: justNow } },
    "waits",
  ],
  [
    "E6: an on-call at whose time nobody is on call any more, twice",
    { object: { ...oncall, place: "left" }, absence: { unlistedAt: longAgo } },
    "(E6)",
  ],
  [
    "an on-call at whose time nobody is on call any more, once",
    { object: { ...oncall, place: "left", endsAt: now + 1 } },
    "waits",
  ],
  [
    "an on-call at whose time nobody is on call any more, twice at once",
    { object: { ...oncall, place: "left" }, absence: { unlistedAt: justNow } },
    "waits",
  ],
  [
    "an on-call at whose time nobody is on call any more, where one reading is enough",
    { object: { ...oncall, place: "left" }, context: once },
    "(E6)",
  ],
  [
    "E6: one that a list of a stretch of time has gone past, twice",
    { object: { ...unaskable, isOutgrown: true }, absence: { unlistedAt: longAgo } },
    "(E6)",
  ],
  [
    "one that a list of a stretch of time has gone past, once",
    { object: { ...unaskable, isOutgrown: true } },
    "waits",
  ],
  [
    "E3: an on-call beyond what the mapping reads now",
    { object: { ...oncall, place: "outside", endsAt: now + 1 } },
    "E3",
  ],
  [
    "E5: an on-call whose policy is gone, twice",
    { object: { ...oncall, sight: "gone" }, absence: { goneAt: longAgo } },
    "E5",
  ],
  [
    "an on-call whose policy is gone, once",
    { object: { ...oncall, sight: "gone" }, absence: { unlistedAt: longAgo } },
    "waits",
  ],
  [
    "an on-call that is there",
    { object: { ...oncall, place: "there", endsAt: now + 1 }, absence: { unlistedAt: longAgo } },
    "unread",
  ],
  [
    "an on-call that is there, without memory",
    { object: { ...oncall, place: "there" }, context: once },
    "unread",
  ],
  [
    "an on-call that was not asked for",
    { object: { ...oncall, place: "unknown" }, absence: { unlistedAt: longAgo }, context: once },
    "waits",
  ],
  [
    "E6: an on-call of which only Ocean knew",
    { object: oncall, absence: { unlistedAt: longAgo } },
    "E6",
  ],
])("judgeEvidence() of %s", (_name, line, expected) => {
  expect(tell(judge(line))).toBe(expected);
});

test("judgeEvidence() says of what nothing is known that it waits", () => {
  const context = { now, isOneEnough: true, keepsAged: false };
  expect(judgeEvidence([], unknown, context).verdict).toBe("waits");
});

test.each<[string, Partial<ObjectKnowledge>, Judgement["verdict"]]>([
  ["one that is not asked yet", { sight: "unasked" }, "waits"],
  ["one that answers 400", { sight: "unanswered" }, "waits"],
  ["one that answers 403", { sight: "elsewhere" }, "waits"],
  ["an incident that is not listed", incident, "waits"],
  ["an incident of before what is read", { ...incident, isAged: true }, "aged"],
  ["an on-call that is there", { ...oncall, place: "there" }, "unread"],
  ["one that is not let through", { sight: "listed" }, "goes"],
  ["one that ended", { ...oncall, endsAt: now }, "goes"],
])("judgeEvidence() of an object that is gone and %s", (_name, other, expected) => {
  const absence = { ...unknown, goneAt: longAgo };
  const context = { now, isOneEnough: false, keepsAged: true };
  for (const objects of [
    [gone, other],
    [other, gone],
  ]) {
    const judgement = judgeEvidence(objects.map(describeObject), absence, context);
    expect(judgement.verdict).toBe(expected);
    // What counts for one of them counts.
    if (judgement.verdict === "goes") expect(judgement.counts).toBe(true);
  }
});

const anyMoment = option(constantFrom(now - 10 * betweenReadings, longAgo, justNow, now), {
  nil: undefined,
});
const anyObject = record({
  sort: constantFrom("incident", "oncall", "other"),
  sight: constantFrom("listed", "found", "gone", "elsewhere", "unanswered", "unasked", "unaskable"),
  makes: constantFrom("nothing", "another", "less"),
  endsAt: option(constantFrom(now - 1, now, now + 1), { nil: undefined }),
  place: option(constantFrom("there", "outside", "replaced", "left", "unknown"), {
    nil: undefined,
  }),
  isAged: option(boolean(), { nil: undefined }),
  isAgeUnknown: option(boolean(), { nil: undefined }),
});
const anyAbsence = record({ unlistedAt: anyMoment, goneAt: anyMoment, namedAt: anyMoment });
const anyContext = record({ isOneEnough: boolean(), keepsAged: boolean() });

test("judgeEvidence() lets an entity go only where each of its objects lets it", () => {
  const anyObjects = array(anyObject, { minLength: 1, maxLength: 4 });
  assert(
    property(anyObjects, anyAbsence, anyContext, (objects, absence, given) => {
      const context = { ...given, now };
      const joint = judgeEvidence(objects, absence, context);
      const alone = objects.map((object) => judgeEvidence([object], absence, context));
      expect(joint.verdict === "goes").toBe(alone.every(({ verdict }) => verdict === "goes"));
      // What counts for one of them counts.
      const counts = alone.some((one) => one.verdict === "goes" && one.counts);
      if (joint.verdict === "goes") expect(joint.counts).toBe(counts);
    }),
    { numRuns: caseCount(1000) },
  );
});

test("judgeEvidence() lets nothing go that was not asked, did not answer, or is only not listed", () => {
  assert(
    property(anyObject, anyAbsence, anyContext, (object, absence, given) => {
      const context = { ...given, now };
      const judgement = judgeEvidence([object], absence, context);
      if (judgement.verdict !== "goes") return;
      const { sort, sight, endsAt, place, isAged } = object;
      const isOver = (endsAt !== undefined && endsAt <= now) || place === "replaced";
      expect(judgement.evidence === "E1").toBe(isOver);
      if (isOver) return;
      expect(["unasked", "unanswered", "elsewhere"]).not.toContain(
        sort === "incident" ? "" : sight,
      );
      const isSeen = sight === "listed" || sight === "found";
      if (sort === "incident") {
        expect(judgement.evidence).toBe("E2");
        expect(isSeen || (isAged === true && !given.keepsAged)).toBe(true);
      }
      const { goneAt, namedAt, unlistedAt } = absence;
      if (judgement.evidence === "E5") {
        expect(given.isOneEnough || namedAt !== undefined || (goneAt ?? now) <= longAgo).toBe(true);
      }
      if (judgement.evidence === "E6") {
        expect(given.isOneEnough || (unlistedAt ?? now) <= longAgo).toBe(true);
      }
    }),
    { numRuns: caseCount(2000) },
  );
});
