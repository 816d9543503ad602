import type { Breach, Check, Operation, Parameter } from "./contract.ts";
import type { Exchange, RecordedAnswer, RecordedRequest } from "./record-traffic.ts";

/** Where a request or an answer is not what its document says. */
export interface Violation {
  readonly side: "request" | "answer";
  /** `GET /incidents/{id}`; the path itself where no route has it. */
  readonly operation: string;
  /** The rule that is broken, the same for every value that breaks it. */
  readonly rule: string;
  /** Where in the message, and the value that is there. */
  readonly found: string;
}

/** The operation that a request is for; of several the one that names most of the path itself. */
export function findOperation(
  operations: readonly Operation[],
  { method, path }: Pick<RecordedRequest, "method" | "path">,
): Operation | undefined {
  const segments = path.split("/").slice(1);
  const literals = (operation: Operation): number =>
    operation.segments.filter((segment) => !isVariable(segment)).length;
  return operations
    .filter(
      (operation) =>
        operation.method === method &&
        operation.segments.length === segments.length &&
        operation.segments.every((name, at) => isVariable(name) || name === segments[at]),
    )
    .toSorted((one, other) => literals(other) - literals(one))[0];
}

/** Holds a request, and its answer unless told otherwise, against the operation that it is for. */
export function checkExchange(
  operations: readonly Operation[],
  { request, answer }: Exchange,
  { withAnswer = true }: { readonly withAnswer?: boolean } = {},
): readonly Violation[] {
  const operation = findOperation(operations, request);
  if (operation === undefined) {
    const name = `${request.method} ${request.path}`;
    return [{ side: "request", operation: name, rule: "no document has this route", found: "" }];
  }
  const tell =
    (side: Violation["side"]) =>
    ({ rule, at }: Breach): Violation => ({ side, operation: operation.name, rule, found: at });
  return [
    ...checkRequest(operation, request).map(tell("request")),
    ...(withAnswer && !answer.isMadeUp ? checkAnswer(operation, answer) : []).map(tell("answer")),
  ];
}

function checkRequest(operation: Operation, request: RecordedRequest): readonly Breach[] {
  const { parameters } = operation;
  const inQuery = parameters.filter((parameter) => parameter.in === "query");
  const unknown = [...new Set(request.query.keys())].filter(
    (name) => !inQuery.some((parameter) => parameter.name === name),
  );
  const segments = request.path.split("/").slice(1).map(decodeURIComponent);
  return [
    ...unknown.map((name) => breach(`query has no parameter ${name}`, request.query.get(name))),
    ...inQuery.flatMap((parameter) =>
      checkParameter(parameter, request.query.getAll(parameter.name)),
    ),
    ...parameters
      .filter((parameter) => parameter.in === "header")
      .flatMap((parameter) => {
        const value = request.headers.get(parameter.name);
        return checkParameter(parameter, value === null ? [] : [value]);
      }),
    ...parameters
      .filter((parameter) => parameter.in === "path")
      .flatMap((parameter) => {
        const place = operation.segments.indexOf(`{${parameter.name}}`);
        return checkParameter(parameter, segments.slice(place, place + 1));
      }),
    ...checkBody(operation, request),
  ];
}

function checkParameter(parameter: Parameter, values: readonly string[]): readonly Breach[] {
  const { name, schema, explode, check, required } = parameter;
  if (values.length === 0) {
    return required ? [breach(`${parameter.in} must have ${name}`, undefined)] : [];
  }
  const rename = ({ rule, at }: Breach): Breach => ({
    rule: `${parameter.in} ${name}: ${rule}`,
    at: `${at} ${values.join(", ")}`,
  });
  if (schema["type"] === "array") {
    const list = explode ? values : values.flatMap((value) => value.split(","));
    return check(list).map(rename);
  }
  // PagerDuty's file gives the type of one value where its name says that there may be several.
  if (!name.endsWith("[]") && values.length > 1) {
    return [breach(`${parameter.in} has ${name} more than once`, values.join(", "))];
  }
  const repeated = new Set(values).size < values.length;
  return [
    ...(repeated ? [breach(`${parameter.in} ${name} repeats a value`, values.join(", "))] : []),
    ...values.flatMap((value) => check(readAs(schema["type"], value)).map(rename)),
  ];
}

/** The value that a text stands for; the text itself where it stands for none of that type. */
function readAs(type: unknown, text: string): unknown {
  if (type === "boolean") return text === "true" || (text === "false" ? false : text);
  const isNumber = type === "integer" || type === "number";
  return isNumber && /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
}

function checkBody({ body }: Operation, request: RecordedRequest): readonly Breach[] {
  if (request.body === "") return body?.required === true ? [breach("body must be there", "")] : [];
  if (body === undefined) return [breach("body must not be there", request.body.slice(0, 80))];
  return checkJson(request, body.check);
}

function checkAnswer(operation: Operation, answer: RecordedAnswer): readonly Breach[] {
  const { status } = answer;
  if (!operation.answers.has(status))
    return [breach(`${operation.name} never answers ${status}`, "")];
  const check = operation.answers.get(status);
  if (check === undefined) return [];
  return answer.body === "" ? [breach("body must be there", "")] : checkJson(answer, check);
}

function checkJson(
  { headers, body }: { readonly headers: Headers; readonly body: string },
  check: Check,
): readonly Breach[] {
  const type = headers.get("content-type") ?? "";
  if (!/^application\/json\b/.test(type)) return [breach("body must be application/json", type)];
  const value: unknown = JSON.parse(body);
  return check(value).map(({ rule, at }) => ({ rule, at: `${at} ${show(value, at)}` }));
}

/** The value at a place, short enough to read. */
function show(value: unknown, at: string): string {
  let found = value;
  for (const part of at.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    found = typeof found === "object" && found !== null ? Reflect.get(found, key) : undefined;
  }
  return (JSON.stringify(found) ?? "").slice(0, 120);
}

function breach(rule: string, found: string | null | undefined): Breach {
  return { rule, at: found ?? "" };
}

function isVariable(segment: string): boolean {
  return segment.startsWith("{");
}
