import { Ajv, type AnySchema, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { findZone } from "@pagerport/core";
import { convertSchemas, isNode, lookUp, type Node } from "./convert-schemas.ts";

/** One rule of a document that a value breaks. */
export interface Breach {
  /** Where in the document the rule is, and what it says: `Incident/resolved_at must be string`. */
  readonly rule: string;
  /** Where in the value: `/incidents/3/resolved_at`. */
  readonly at: string;
}

/** What a document demands of one value. */
export type Check = (value: unknown) => readonly Breach[];

export interface Parameter {
  readonly name: string;
  readonly in: "query" | "header" | "path";
  readonly required: boolean;
  readonly schema: Node;
  /** False: several values are one, joined by commas. */
  readonly explode: boolean;
  readonly check: Check;
}

/** One method of one route. */
export interface Operation {
  /** `GET /incidents/{id}` */
  readonly name: string;
  readonly method: string;
  readonly segments: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly body: { readonly required: boolean; readonly check: Check } | undefined;
  /** By status; undefined where nothing is said of the body. */
  readonly answers: ReadonlyMap<number, Check | undefined>;
}

const methods = ["get", "post", "put", "patch", "delete"];

/** Reads an OpenAPI 3.0 document. @param id what it is called, `pagerduty.json` */
export function readContract(document: Node, id: string): readonly Operation[] {
  const { root, nameOf } = convertSchemas(document, id);
  const ajv = new Ajv({ strict: false, allErrors: true, verbose: true, validateSchema: false });
  addFormats(ajv);
  // Of PagerDuty's file: zones by name, and the times of day of restrictions, which have no zone.
  ajv.addFormat("tzinfo", isTimeZone);
  ajv.addFormat("activesupport-time-zone", isTimeZone);
  ajv.addFormat("partial-time", /^\d\d:\d\d:\d\d$/);
  ajv.addKeyword({ keyword: "notNull", validate: (_: true, value: unknown) => value !== null });
  ajv.addSchema(root, id);

  /** Compiled when it is first needed: of hundreds of operations a test meets a few dozen. */
  const createCheck = (schema: AnySchema): Check => {
    let validate: ValidateFunction | undefined;
    return (value) => {
      validate ??= ajv.compile(schema);
      return validate(value) ? [] : readBreaches(validate, nameOf);
    };
  };
  const resolve = (value: unknown): Node => {
    const found =
      isNode(value) && typeof value["$ref"] === "string" ? lookUp(root, value["$ref"]) : value;
    return isNode(found) ? found : {};
  };
  const schemaOf = (holder: Node): Node | undefined => {
    const { content } = holder;
    const json = isNode(content) ? content["application/json"] : undefined;
    const schema = isNode(json) ? json["schema"] : undefined;
    return isNode(schema) ? schema : undefined;
  };

  const readParameter = (value: unknown): Parameter => {
    const parameter = resolve(value);
    const schema = resolve(parameter["schema"]);
    return {
      name: String(parameter["name"]),
      in: parameter["in"] as Parameter["in"],
      required: parameter["required"] === true,
      explode: parameter["explode"] !== false,
      schema,
      check: createCheck(schema),
    };
  };
  const readAnswers = (responses: unknown): Operation["answers"] =>
    new Map(
      Object.entries(resolve(responses)).map(([status, response]) => {
        const schema = schemaOf(resolve(response));
        return [Number(status), schema && createCheck(schema)];
      }),
    );

  return Object.entries(resolve(root["paths"])).flatMap(([path, item]) => {
    const route = resolve(item);
    return methods.flatMap((method) => {
      const operation = route[method];
      if (!isNode(operation)) return [];
      const body = isNode(operation["requestBody"]) ? operation["requestBody"] : undefined;
      const schema = body && schemaOf(body);
      return {
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        segments: path.split("/").slice(1),
        parameters: [...listOf(route["parameters"]), ...listOf(operation["parameters"])].map(
          readParameter,
        ),
        body: body && { required: body["required"] === true, check: createCheck(schema ?? {}) },
        answers: readAnswers(operation["responses"]),
      };
    });
  });
}

function readBreaches(
  { errors }: ValidateFunction,
  nameOf: (schema: unknown) => string,
): readonly Breach[] {
  const all = (errors ?? []).filter(({ keyword }) => keyword !== "if");
  // A null is one mistake, and its property tells it best.
  const nulls = new Map(
    all
      .filter(({ keyword }) => keyword === "notNull")
      .map((error) => [error.instancePath, error] as const),
  );
  // What is wrong with each branch of a choice says nothing: one of them would have done. Ajv tells of
  // the branches first, of the choice after them.
  const choices = all.filter(({ keyword }) => ["oneOf", "anyOf"].includes(keyword));
  const told = all.filter(
    (error, place) =>
      (nulls.get(error.instancePath) ?? error) === error &&
      !choices.some((choice) =>
        choice.instancePath === error.instancePath
          ? all.indexOf(choice) > place && !nulls.has(error.instancePath)
          : error.instancePath.startsWith(`${choice.instancePath}/`),
      ),
  );
  return told.map(({ keyword, instancePath, message, parentSchema, params }) => {
    const extra: unknown = params["additionalProperty"];
    const named = typeof extra === "string" ? `: ${extra}` : "";
    const says = keyword === "notNull" ? "must not be null" : (message ?? "is wrong");
    return {
      rule: `${nameOf(parentSchema)} ${says}${named}`.trim(),
      at: instancePath,
    };
  });
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isTimeZone(name: string): boolean {
  return findZone(name) !== undefined;
}
