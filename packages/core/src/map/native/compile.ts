import type { Json, JsonObject } from "../../json.ts";
import { cannotIndex, NativeFailure } from "./failure.ts";
import {
  addValues,
  distinct,
  elementAt,
  elementsOf,
  memberOf,
  plainSteps,
  type Step,
  textSteps,
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
import type { Comparison, FilterFunction, Node } from "./node.ts";
import { compareValues, describeValue, equalValues, textOf } from "./values.ts";

/**
 * Compiles a tree to a function that gives the expression's first output, null where there is none, and
 * throws {@link NativeFailure} where jq has an error before any output.
 */
export function compileNative(node: Node): Step {
  const compiled = compile(node);
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

function compile(node: Node): Compiled {
  switch (node.op) {
    case "identity":
      return { step: (input) => input };
    case "literal":
      return { step: () => node.value };
    case "key":
      return after(node.target, keyStep(node.key), node.optional);
    case "index":
      return after(node.target, (input) => elementAt(input, node.index), node.optional);
    case "each":
      return each(node.target, node.optional);
    case "pipe":
      return pipe(compile(node.left), compile(node.right));
    case "comma": {
      const [left, right] = [flowOf(node.left), flowOf(node.right)];
      return { flow: (input, emit) => left(input, emit) || right(input, emit) };
    }
    case "alternative":
      return alternative(compile(node.left), compile(node.right));
    case "and":
      return logical(compile(node.left), compile(node.right), false);
    case "or":
      return logical(compile(node.left), compile(node.right), true);
    case "add":
      return binary(compile(node.left), compile(node.right), addValues);
    case "compare":
      return binary(compile(node.left), compile(node.right), comparisons[node.operator]);
    case "if":
      return choose(compile(node.condition), compile(node.whenTrue), compile(node.whenFalse));
    case "collect":
      return { step: collector(node.body) };
    case "object":
      return object(node.entries);
    case "interpolate":
      return interpolate(node.texts, node.parts);
    case "call":
      return node.name === "empty" ? { flow: () => false } : { step: plainSteps[node.name] };
    case "textCall":
      return { step: textSteps[node.name](node.text) };
    case "apply":
      return apply(node.name, node.body);
  }
}

/** A flow of any expression. */
function flowOf(node: Node): Flow {
  return asFlow(compile(node));
}

/** `.key`, without the check for inherited names where no object inherits that name. */
function keyStep(key: string): Step {
  if (key in Object.prototype) return (input) => memberOf(input, key);
  return (input) => {
    if (typeof input === "object" && input !== null && !Array.isArray(input)) {
      return input[key] ?? null;
    }
    if (input === null) return null;
    throw cannotIndex(input, key);
  };
}

/** One more step on a target; with `?`, an error of that step alone means no output. */
function after(target: Node, step: Step, optional: boolean): Compiled {
  const compiled = compile(target);
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

function each(target: Node, optional: boolean): Compiled {
  return pipe(compile(target), {
    flow: (input, emit) => {
      if (optional && (typeof input !== "object" || input === null)) return false;
      for (const element of elementsOf(input)) if (emit(element)) return true;
      return false;
    },
  });
}

const comparisons: Readonly<Record<Comparison, (left: Json, right: Json) => boolean>> = {
  "==": equalValues,
  "!=": (left, right) => !equalValues(left, right),
  "<": (left, right) => compareValues(left, right) < 0,
  "<=": (left, right) => compareValues(left, right) <= 0,
  ">": (left, right) => compareValues(left, right) > 0,
  ">=": (left, right) => compareValues(left, right) >= 0,
};

function collector(body: Node): (input: Json) => Json[] {
  const flow = flowOf(body);
  return (input) => {
    const outputs: Json[] = [];
    flow(input, (output) => {
      outputs.push(output);
      return false;
    });
    return outputs;
  };
}

function object(entries: readonly (readonly [string, Node])[]): Compiled {
  const steps = entries.map(([key, node]) => [key, onlyStep(node)] as const);
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
function onlyStep(node: Node): Step {
  const compiled = compile(node);
  if ("step" in compiled) return compiled.step;
  throw new TypeError("An expression of several outputs where one is needed");
}

function interpolate(texts: readonly string[], nodes: readonly Node[]): Compiled {
  const steps = nodes.map(onlyStep);
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

function apply(name: FilterFunction, body: Node): Compiled {
  switch (name) {
    case "map":
      return { step: collector({ op: "pipe", left: eachElement, right: body }) };
    case "select":
      return choose(compile(body), { step: (input) => input }, { flow: () => false });
    case "first":
      return firstOf(compile(body));
    case "sort_by": {
      const keyOf = collector(body);
      return { step: (input) => sortedBy(input, keyOf).map(([, value]) => value) };
    }
    case "unique_by": {
      const keyOf = collector(body);
      return {
        step: (input) =>
          distinct(sortedBy(input, keyOf), ([a], [b]) => equalValues(a, b)).map(
            ([, value]) => value,
          ),
      };
    }
  }
}

const eachElement: Node = { op: "each", target: { op: "identity" }, optional: false };

/** Elements with the outputs of `keyOf` for each, in the order of those. The keys are read before the input is seen to be no array. */
function sortedBy(input: Json, keyOf: (element: Json) => Json[]): (readonly [Json[], Json])[] {
  const keyed = elementsOf(input).map((element) => [keyOf(element), element] as const);
  if (!Array.isArray(input)) {
    const keys = keyed.map(([key]) => key);
    throw new NativeFailure(
      `${describeValue(input)} and ${describeValue(keys)} cannot be sorted, as they are not both arrays`,
    );
  }
  return keyed.toSorted(([a], [b]) => compareValues(a, b));
}
