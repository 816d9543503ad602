import type { Dialect } from "./sql.ts";

/**
 * What this version of pagerport knows of the store. A later version that only adds keeps it, and this
 * one can use what that one made; one that changes what is there counts it up, and this one refuses.
 */
export const storeMajor = 1;

/** One step of the store's layout. Steps are only ever added. */
export interface Migration {
  /** 1, 2, 3 … */
  readonly number: number;
  /** The layout that a store has after it, see {@link storeMajor}. */
  readonly major: number;
  readonly name: string;
  statements(dialect: Dialect): readonly string[];
}

/**
 * Every step, in order. Moments are milliseconds since 1970 by the database's clock. An *object* is
 * `kind/id` of PagerDuty (`incidents/Q1…`), an *entity* is `blueprint` and `identifier` of Port.
 *
 * | table | a row is | columns |
 * |---|---|---|
 * | `migration` | a step that was taken | `number`, `major`, `name`, `applied_at` |
 * | `counter` | a sequence; `read` numbers reads of objects and runs | `name`, `value`: the last number taken |
 * | `lease` | what only one may have (`run`: the right to run) | `name`, `owner`: who, for a person; `token`: which lease; `acquired_at`, `lease_until` |
 * | `run` | a run | `number`, `type`, `owner`, `lease_token`: the lease it ran under; `started_at`, `ended_at`, `outcome`: null while it goes on; `source_start`: PagerDuty's time when it began; `withheld`: JSON, sentences; `kept`: JSON, what was not deleted, by blueprint and reason |
 * | `queued_run` | the one run that is to follow | `slot`: 1; `type`, `queued_at` |
 * | `inbox_key` | a claim on an object | `key`: the object; `owner`, `token`, `lease_until` |
 * | `freshness` | an object that was applied | `object`, `number`: of the latest read of it that was; `is_deleted`: a tombstone |
 * | `produced` | an entity that an object produced | `object`, `resource`: of the mapping; `blueprint`, `identifier`; `object_created_at`: when the object was created, where that is known; `number`: of the read that it was last seen in; `first_number`: of the read that it was first seen in; `ends_at`: when the object ends by itself; `place`: JSON, the policy, level, schedule and user of an on-call |
 * | `journal` | an entity that a run deleted | `run`, `blueprint`, `identifier`, `entity`: JSON, whole; `written_at`; `rotates`: it is of a kind that ends by itself all the time, null = not noted; `size`: bytes of `entity` |
 * | `secret` | a secret | `purpose` (`webhook`), `name` (the subscription's id), `value`, `kept_at` |
 * | `inbox` | an event, or one more object that it touches | `id`: of the event; `key`: the object to read again, null for none; `type`, `occurred_at`, `received_at`; `signed_by`: the secret's name; `payload`: bytes as they came, none once it is done; `state`: `waiting`, `done` or `dead`; `attempts`: that failed; `next_attempt`, `last_error`; `ended_at`: when it was done; of a dead letter: `dead_at`: since when, `listed_at`: when a person was shown it, `warned_at`: when its end was told |
 * | `state` | something to remember | `name`, `value`, `kept_at` |
 * | `absence` | an entity that PagerDuty's lists lack, and that is not settled | `blueprint`, `identifier`; moments by PagerDuty's clock: `unlisted_at`: the first full run that lacked it, `gone_at`: the first 404 of its object, `asked_at`: when that was asked last, `named_at`: when PagerDuty's event or audit record called it deleted |
 * | `settled_run` | the last full run that withheld nothing of a blueprint | `blueprint`, `run`, `at`: PagerDuty's time; `reader`, `token_owner`: who read, hashed; `resources`: JSON, objects and how many were let through, by resource; `first_run`: number of the first such run |
 * | `held` | how many entities of a blueprint Port held after a full run | `blueprint`, `at`: PagerDuty's time; `run`, `entities` |
 * | `deletion` | an entity that was deleted, or became a stub | `blueprint`, `identifier`, `at`: PagerDuty's time; `evidence`; `counts`: towards the share |
 * | `object_team` | a team that an object belongs to | `object`, `team`: its id; `gone_at`: when the object was deleted, by PagerDuty's clock; `is_named`: PagerDuty called it deleted |
 * | `incident_service` | a service that an incident was on | `incident`, `service`: objects; `number`: of the read that it was last seen in |
 * | `stub` | an entity whose object is gone, and that stays because incidents name it | `blueprint`, `identifier`; `object`: that it was of, null where that was not known; `made_at` |
 * | `foreign_entity` | an entity that is not in the listing of what the integration owns | `blueprint`, `identifier`; `owner`: the integration that owns it, empty for none or an unknown one; `written`: JSON, hashes of what was written to it; null = it is left to its owner; `was_taken`: that had been taken over before; `checked_at`: when Port was asked last |
 * | `restored` | an entity that was put back, and is held until it is made again | `blueprint`, `identifier`, `restored_at` |
 * | `plan` | what one brake holds of a blueprint, for a person to decide | `number`; `blueprint`, `brake`, `reason`; `reader`: the parts of the mapping that it hangs on, hashed; `run`: that withheld it, null for live events; `writes`: JSON, identifiers that a changed mapping writes in their place, null for none; `opened_at`; `ended_at`: when nothing of it was open any more; `replaced_by`: the plan that has all of it and more; `sorted_by`: who has decided on a part of it, null = nobody: the rest stays until it is decided too |
 * | `plan_entity` | an entity of a plan | `plan`, `blueprint`, `identifier`; `state`: `open`, `approved` or `rejected`; `is_dependent`: it goes only because it cannot be without another; `since`: when it was withheld first; `why`; `title`, `related`: how many entities in Port relate to it, null = not counted; `decided_by`, `decided_at` |
 * | `audit` | what somebody did by hand | `id`: random, by which its outcome is added; `at`; `who`; `origin`: from where; `action`, `what`, `outcome` |
 * | `searched` | an entity some fields of which Port fills by searching | `blueprint`, `identifier`; `sent`: the searches that were sent, hashed; `found`: what Port had in their place after that, hashed; `mark`: what was searched through, hashed; `written_at` |
 * | `enrichment` | what was fetched for one object beyond its list | `object`, `name` (`__custom_fields`, `shift_schedule`), `updated_at`: of the object, as PagerDuty wrote it, or what its list called it; `value`: JSON; `kept_at` |
 */
export const migrations: readonly Migration[] = [
  {
    number: 1,
    major: 1,
    name: "runs, claims, freshness and what objects produced",
    statements: (dialect) => {
      // Sorted by bytes in both, whatever the database's language is.
      const text = dialect === "postgres" ? 'TEXT COLLATE "C"' : "TEXT";
      const byKey = dialect === "sqlite" ? "WITHOUT ROWID" : "";
      return [
        `CREATE TABLE counter (name ${text} PRIMARY KEY, value BIGINT NOT NULL) ${byKey}`,
        "INSERT INTO counter (name, value) VALUES ('read', 0)",
        `CREATE TABLE lease (
          name ${text} PRIMARY KEY, owner ${text} NOT NULL, token ${text} NOT NULL,
          acquired_at BIGINT NOT NULL, lease_until BIGINT NOT NULL
        ) ${byKey}`,
        `CREATE TABLE run (
          number BIGINT PRIMARY KEY, type ${text} NOT NULL, owner ${text} NOT NULL,
          lease_token ${text} NOT NULL, started_at BIGINT NOT NULL, ended_at BIGINT,
          outcome ${text}, source_start BIGINT, withheld ${text} NOT NULL
        )`,
        `CREATE TABLE queued_run (
          slot INTEGER PRIMARY KEY CHECK (slot = 1), type ${text} NOT NULL, queued_at BIGINT NOT NULL
        )`,
        `CREATE TABLE inbox_key (
          key ${text} PRIMARY KEY, owner ${text} NOT NULL, token ${text} NOT NULL,
          lease_until BIGINT NOT NULL
        ) ${byKey}`,
        "CREATE INDEX inbox_key_token ON inbox_key (token)",
        `CREATE TABLE freshness (
          object ${text} PRIMARY KEY, number BIGINT NOT NULL, is_deleted INTEGER NOT NULL
        ) ${byKey}`,
        `CREATE TABLE produced (
          object ${text} NOT NULL, resource ${text} NOT NULL, blueprint ${text} NOT NULL,
          identifier ${text} NOT NULL, object_created_at BIGINT, number BIGINT NOT NULL,
          PRIMARY KEY (object, resource, blueprint, identifier)
        ) ${byKey}`,
        "CREATE INDEX produced_entity ON produced (blueprint, identifier, object, resource)",
        `CREATE TABLE journal (
          run BIGINT NOT NULL, blueprint ${text} NOT NULL, identifier ${text} NOT NULL,
          entity TEXT NOT NULL, written_at BIGINT NOT NULL, PRIMARY KEY (run, blueprint, identifier)
        )`,
        `CREATE TABLE secret (
          purpose ${text} NOT NULL, name ${text} NOT NULL, value TEXT NOT NULL,
          kept_at BIGINT NOT NULL, PRIMARY KEY (purpose, name)
        ) ${byKey}`,
        `CREATE TABLE enrichment (
          object ${text} NOT NULL, name ${text} NOT NULL, updated_at ${text} NOT NULL,
          value TEXT NOT NULL, kept_at BIGINT NOT NULL, PRIMARY KEY (object, name)
        ) ${byKey}`,
      ];
    },
  },
  {
    number: 2,
    major: 1,
    name: "events and what else to remember",
    statements: (dialect) => {
      const text = dialect === "postgres" ? 'TEXT COLLATE "C"' : "TEXT";
      const bytes = dialect === "postgres" ? "BYTEA" : "BLOB";
      return [
        `CREATE TABLE inbox (
          id ${text} PRIMARY KEY, key ${text}, type ${text} NOT NULL, occurred_at BIGINT,
          received_at BIGINT NOT NULL, signed_by ${text}, payload ${bytes} NOT NULL,
          state ${text} NOT NULL CHECK (state IN ('waiting', 'done', 'dead')),
          attempts INTEGER NOT NULL, next_attempt BIGINT NOT NULL, last_error TEXT, ended_at BIGINT
        )`,
        "CREATE INDEX inbox_due ON inbox (next_attempt, received_at) WHERE state = 'waiting'",
        "CREATE INDEX inbox_waiting ON inbox (key) WHERE state = 'waiting'",
        "CREATE INDEX inbox_dead ON inbox (key) WHERE state = 'dead'",
        "CREATE INDEX inbox_done ON inbox (ended_at) WHERE state = 'done'",
        `CREATE TABLE state (name ${text} PRIMARY KEY, value TEXT NOT NULL, kept_at BIGINT NOT NULL)`,
      ];
    },
  },
  {
    number: 3,
    major: 1,
    name: "services that incidents are on",
    statements: (dialect) => {
      const text = dialect === "postgres" ? 'TEXT COLLATE "C"' : "TEXT";
      const byKey = dialect === "sqlite" ? "WITHOUT ROWID" : "";
      return [
        `CREATE TABLE incident_service (
          incident ${text} NOT NULL, service ${text} NOT NULL, number BIGINT NOT NULL,
          PRIMARY KEY (incident, service)
        ) ${byKey}`,
      ];
    },
  },
  {
    number: 4,
    major: 1,
    name: "stubs",
    statements: (dialect) => {
      const text = dialect === "postgres" ? 'TEXT COLLATE "C"' : "TEXT";
      const byKey = dialect === "sqlite" ? "WITHOUT ROWID" : "";
      return [
        `CREATE TABLE stub (
          blueprint ${text} NOT NULL, identifier ${text} NOT NULL, object ${text},
          made_at BIGINT NOT NULL, PRIMARY KEY (blueprint, identifier)
        ) ${byKey}`,
      ];
    },
  },
  {
    number: 5,
    major: 1,
    name: "what is known of entities that may be deleted",
    statements: (dialect) => {
      const text = dialect === "postgres" ? 'TEXT COLLATE "C"' : "TEXT";
      const byKey = dialect === "sqlite" ? "WITHOUT ROWID" : "";
      return [
        "ALTER TABLE run ADD COLUMN kept TEXT",
        "ALTER TABLE produced ADD COLUMN first_number BIGINT",
        "ALTER TABLE produced ADD COLUMN ends_at BIGINT",
        `ALTER TABLE produced ADD COLUMN place ${text}`,
        `CREATE TABLE absence (
          blueprint ${text} NOT NULL, identifier ${text} NOT NULL, unlisted_at BIGINT,
          gone_at BIGINT, asked_at BIGINT, named_at BIGINT, PRIMARY KEY (blueprint, identifier)
        ) ${byKey}`,
        `CREATE TABLE settled_run (
          blueprint ${text} PRIMARY KEY, run BIGINT NOT NULL, at BIGINT NOT NULL,
          reader ${text} NOT NULL, token_owner ${text} NOT NULL, resources TEXT NOT NULL,
          first_run BIGINT NOT NULL
        ) ${byKey}`,
        `CREATE TABLE held (
          blueprint ${text} NOT NULL, at BIGINT NOT NULL, run BIGINT NOT NULL,
          entities BIGINT NOT NULL, PRIMARY KEY (blueprint, at)
        ) ${byKey}`,
        `CREATE TABLE deletion (
          blueprint ${text} NOT NULL, identifier ${text} NOT NULL, at BIGINT NOT NULL,
          evidence ${text} NOT NULL, counts INTEGER NOT NULL, PRIMARY KEY (blueprint, identifier)
        ) ${byKey}`,
        `CREATE TABLE object_team (
          object ${text} NOT NULL, team ${text} NOT NULL, gone_at BIGINT,
          is_named INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (object, team)
        ) ${byKey}`,
      ];
    },
  },
  {
    number: 6,
    major: 1,
    name: "entities that others own, and what was put back",
    statements: (dialect) => {
      const text = dialect === "postgres" ? 'TEXT COLLATE "C"' : "TEXT";
      const byKey = dialect === "sqlite" ? "WITHOUT ROWID" : "";
      return [
        `CREATE TABLE foreign_entity (
          blueprint ${text} NOT NULL, identifier ${text} NOT NULL, owner ${text} NOT NULL,
          written TEXT, was_taken INTEGER NOT NULL, checked_at BIGINT NOT NULL,
          PRIMARY KEY (blueprint, identifier)
        ) ${byKey}`,
        `CREATE TABLE restored (
          blueprint ${text} NOT NULL, identifier ${text} NOT NULL, restored_at BIGINT NOT NULL,
          PRIMARY KEY (blueprint, identifier)
        ) ${byKey}`,
        // Whose entities were was not asked before this step.
        `INSERT INTO state (name, value, kept_at)
          SELECT 'ownership-since', CAST(value AS TEXT), 0 FROM counter WHERE name = 'read'`,
      ];
    },
  },
  {
    number: 7,
    major: 1,
    name: "plans of what is withheld, for a person to decide",
    statements: (dialect) => {
      const text = dialect === "postgres" ? 'TEXT COLLATE "C"' : "TEXT";
      const byKey = dialect === "sqlite" ? "WITHOUT ROWID" : "";
      return [
        `CREATE TABLE plan (
          number BIGINT PRIMARY KEY, blueprint ${text} NOT NULL, brake ${text} NOT NULL,
          reason TEXT NOT NULL, reader ${text} NOT NULL, run BIGINT, writes TEXT,
          opened_at BIGINT NOT NULL, ended_at BIGINT, replaced_by BIGINT, sorted_by ${text}
        )`,
        `CREATE TABLE plan_entity (
          plan BIGINT NOT NULL, blueprint ${text} NOT NULL, identifier ${text} NOT NULL,
          state ${text} NOT NULL, is_dependent INTEGER NOT NULL, since BIGINT NOT NULL,
          why TEXT NOT NULL, title TEXT, related BIGINT, decided_by TEXT, decided_at BIGINT,
          PRIMARY KEY (plan, blueprint, identifier)
        ) ${byKey}`,
        "INSERT INTO counter (name, value) VALUES ('plan', 0)",
      ];
    },
  },
  {
    number: 8,
    major: 1,
    name: "what was done by hand",
    statements: (dialect) => {
      const text = dialect === "postgres" ? 'TEXT COLLATE "C"' : "TEXT";
      return [
        `CREATE TABLE audit (
          id ${text} PRIMARY KEY, at BIGINT NOT NULL, who TEXT NOT NULL, origin TEXT NOT NULL,
          action TEXT NOT NULL, what TEXT NOT NULL, outcome TEXT NOT NULL
        )`,
        "CREATE INDEX audit_at ON audit (at)",
      ];
    },
  },
  {
    number: 9,
    major: 1,
    name: "what Port found by searching",
    statements: (dialect) => {
      const text = dialect === "postgres" ? 'TEXT COLLATE "C"' : "TEXT";
      const byKey = dialect === "sqlite" ? "WITHOUT ROWID" : "";
      return [
        `CREATE TABLE searched (
          blueprint ${text} NOT NULL, identifier ${text} NOT NULL, sent ${text} NOT NULL,
          found ${text} NOT NULL, mark ${text} NOT NULL, written_at BIGINT NOT NULL,
          PRIMARY KEY (blueprint, identifier)
        ) ${byKey}`,
      ];
    },
  },
  {
    number: 10,
    major: 1,
    name: "how long what was deleted, and dead letters, are kept",
    statements: () => {
      return [
        "ALTER TABLE journal ADD COLUMN rotates INTEGER",
        "ALTER TABLE journal ADD COLUMN size BIGINT",
        // What there is already is measured in small steps once the server works: there may be millions.
        // All that is measured and pruned by, so that of the entities nothing is read.
        "CREATE INDEX journal_kept ON journal (rotates, written_at, size)",
        "ALTER TABLE inbox ADD COLUMN dead_at BIGINT",
        "ALTER TABLE inbox ADD COLUMN listed_at BIGINT",
        "ALTER TABLE inbox ADD COLUMN warned_at BIGINT",
      ];
    },
  },
];
