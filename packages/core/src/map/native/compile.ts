import { ExactNumber } from "../../exact-number.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { cannotIndex, NativeFailure } from "./failure.ts";
import {
  addValues,
  distinct,
  elementAt,
  elementsOf,
  memberOf,
  plainSteps,
  sortValues,
  type Step,
  textSteps,
  uniteValues,
} from "./functions.ts";
import {
  alternative,
  asFlow,
  binary,
  choose,
  type Compiled,
  firstOf,
  type Flow,
  logical,
  pipe,
} from "./flow.ts";
import type { Comparison, Node, PlainFunction } from "./node.ts";
import { listSumComparisons } from "./restrictions.ts";
import { compareValues, describeValue, equalValues, textOf } from "./values.ts";

/**
 * Compiles a tree to a function that gives the expression's first output, null where there is none, and
 * throws {@link NativeFailure} where jq has an error before any output.
 */
export function compileNative(node: Node): Step {
  const compiled = compile(node, listSumComparisons(node));
  if ("step" in compiled) return compiled.step;
  const { flow } = compiled;
  return (input) => {
    let found: Json = null;
    flow(input, (output) => {
      found = output;
      return true;
    });
    return found;
  };
}

/** @param sums parts that compare what may hold sums, see {@link listSumComparisons} */
function compile(node: Node, sums: Sums): Compiled {
  switch (node.op) {
    case "identity":
      return { step: (input) => input };
    case "literal":
      return { step: () => node.value };
    case "key":
      return after(compile(node.target, sums), keyStep(node.key), node.optional);
    case "index":
      return after(
        compile(node.target, sums),
        (input) => elementAt(input, node.index),
        node.optional,
      );
    case "each":
      return each(compile(node.target, sums), node.optional);
    case "pipe":
      return pipe(compile(node.left, sums), compile(node.right, sums));
    case "comma": {
      const [left, right] = [flowOf(node.left, sums), flowOf(node.right, sums)];
      return { flow: (input, emit) => left(input, emit) || right(input, emit) };
    }
    case "alternative":
      return alternative(compile(node.left, sums), compile(node.right, sums));
    case "and":
      return logical(compile(node.left, sums), compile(node.right, sums), false);
    case "or":
      return logical(compile(node.left, sums), compile(node.right, sums), true);
    case "add":
      return binary(compile(node.left, sums), compile(node.right, sums), addValues);
    case "compare":
      return binary(
        compile(node.left, sums),
        compile(node.right, sums),
        compareAs(node.operator, sums.has(node)),
      );
    case "if":
      return choose(
        compile(node.condition, sums),
        compile(node.whenTrue, sums),
        compile(node.whenFalse, sums),
      );
    case "collect":
      return { step: collector(node.body, sums) };
    case "object":
      return object(node.entries, sums);
    case "interpolate":
      return interpolate(node.texts, node.parts, sums);
    case "call":
      return call(node.name, sums.has(node));
    case "textCall":
      return { step: textSteps[node.name](node.text) };
    case "apply":
      return apply(node, sums);
  }
}

/** A flow of any expression. */
function flowOf(node: Node, sums: Sums): Flow {
  return asFlow(compile(node, sums));
}

/** Keys that an {@link ExactNumber} has itself, besides those of all objects. */
const numbersOwn = new ExactNumber("1.10");

/** `.key`, without the checks for names that an object or a number inherits, where neither does. */
function keyStep(key: string): Step {
  if (key in numbersOwn) return (input) => memberOf(input, key);
  return (input) => {
    if (typeof input === "object" && input !== null && !Array.isArray(input)) {
      // No number has it.
      const value = (input as JsonObject)[key];
      if (value !== undefined) return value;
      if (!(input instanceof ExactNumber)) return null;
    }
    if (input === null) return null;
    throw cannotIndex(input, key);
  };
}

/** One more step on a target; with `?`, an error of that step alone means no output. */
function after(compiled: Compiled, step: Step, optional: boolean): Compiled {
  if (!optional) return pipe(compiled, { step });
  return pipe(compiled, {
    flow: (input, emit) => {
      let output: Json;
      try {
        output = step(input);
      } catch (error) {
        if (error instanceof NativeFailure) return false;
        throw error;
      }
      return emit(output);
    },
  });
}

function each(compiled: Compiled, optional: boolean): Compiled {
  return pipe(compiled, {
    flow: (input, emit) => {
      if (optional && !Array.isArray(input) && !isJsonObject(input)) return false;
      for (const element of elementsOf(input)) if (emit(element)) return true;
      return false;
    },
  });
}

type Sums = ReadonlySet<Node>;

function compareAs(operator: Comparison, hasSums: boolean): (left: Json, right: Json) => boolean {
  const holds = comparisons[operator];
  return (left, right) => holds(compareValues(left, right, hasSums));
}

const comparisons: Readonly<Record<Comparison, (difference: number) => boolean>> = {
  "==": (difference) => difference === 0,
  "!=": (difference) => difference !== 0,
  "<": (difference) => difference < 0,
  "<=": (difference) => difference <= 0,
  ">": (difference) => difference > 0,
  ">=": (difference) => difference >= 0,
};

function call(name: PlainFunction, hasSums: boolean): Compiled {
  switch (name) {
    case "empty":
      return { flow: () => false };
    case "sort":
      return { step: (input) => sortValues(input, hasSums) };
    case "unique":
      return { step: (input) => uniteValues(input, hasSums) };
    default:
      return { step: plainSteps[name] };
  }
}

function collector(body: Node, sums: Sums): (input: Json) => Json[] {
  const flow = flowOf(body, sums);
  return (input) => {
    const outputs: Json[] = [];
    flow(input, (output) => {
      outputs.push(output);
      return false;
    });
    return outputs;
  };
}

function object(entries: readonly (readonly [string, Node])[], sums: Sums): Compiled {
  const steps = entries.map(([key, node]) => [key, onlyStep(node, sums)] as const);
  return {
    step: (input) => {
      const made: JsonObject = {};
      for (const [key, step] of steps) define(made, key, step(input));
      return made;
    },
  };
}

/** Assigning to `__proto__` would set the prototype instead of a key. */
function define(target: JsonObject, key: string, value: Json): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else {
    target[key] = value;
  }
}

/** The parser lets only expressions of one output through here (see `hasOneOutput`). */
function onlyStep(node: Node, sums: Sums): Step {
  const compiled = compile(node, sums);
  if ("step" in compiled) return compiled.step;
  throw new TypeError("An expression of several outputs where one is needed");
}

function interpolate(texts: readonly string[], nodes: readonly Node[], sums: Sums): Compiled {
  const steps = nodes.map((node) => onlyStep(node, sums));
  return {
    step: (input) => {
      let text = texts.at(-1) ?? "";
      // From the right, as jq adds them up: of two errors, the right one is raised.
      for (let at = steps.length - 1; at >= 0; at -= 1) {
        text = (texts[at] ?? "") + textOf(steps[at]?.(input) ?? null) + text;
      }
      return text;
    },
  };
}

function apply(node: Node & { readonly op: "apply" }, sums: Sums): Compiled {
  const { name, body } = node;
  const hasSums = sums.has(node);
  switch (name) {
    case "map":
      return { step: collector({ op: "pipe", left: eachElement, right: body }, sums) };
    case "select":
      return choose(compile(body, sums), { step: (input) => input }, { flow: () => false });
    case "first":
      return firstOf(compile(body, sums));
    case "sort_by": {
      const keyOf = collector(body, sums);
      return { step: (input) => sortedBy(input, keyOf, hasSums).map(([, value]) => value) };
    }
    case "unique_by": {
      const keyOf = collector(body, sums);
      return {
        step: (input) =>
          distinct(sortedBy(input, keyOf, hasSums), ([a], [b]) => equalValues(a, b, hasSums)).map(
            ([, value]) => value,
          ),
      };
    }
  }
}

const eachElement: Node = { op: "each", target: { op: "identity" }, optional: false };

/** Elements with the outputs of `keyOf` for each, in the order of those. The keys are read before the input is seen to be no array. */
function sortedBy(
  input: Json,
  keyOf: (element: Json) => Json[],
  hasSums: boolean,
): (readonly [Json[], Json])[] {
  const keyed = elementsOf(input).map((element) => [keyOf(element), element] as const);
  if (!Array.isArray(input)) {
    const keys = keyed.map(([key]) => key);
    throw new NativeFailure(
      `${describeValue(input)} and ${describeValue(keys)} cannot be sorted, as they are not both arrays`,
    );
  }
  return keyed.toSorted(([a], [b]) => compareValues(a, b, hasSums));
}
