import type { Json, JsonObject } from "../json.ts";
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
import type { Comparison, FilterFunction, Node } from "./node.ts";
import { compareValues, describeValue, equalValues, isTruthy, textOf } from "./values.ts";

/** Any number of outputs, each given to `emit`; true from `emit` stops, and is passed on. */
type Flow = (input: Json, emit: (output: Json) => boolean) => boolean;

/**
 * An expression in one of two forms. Most have exactly one output for every input: those are plain
 * functions, which is where the speed comes from.
 */
type Compiled = { readonly step: Step } | { readonly flow: Flow };

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
      return logical(node.left, node.right, false);
    case "or":
      return logical(node.left, node.right, true);
    case "add":
      return binary(node.left, node.right, addValues);
    case "compare":
      return binary(node.left, node.right, comparisons[node.operator]);
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
  const compiled = compile(node);
  if ("flow" in compiled) return compiled.flow;
  const { step } = compiled;
  return (input, emit) => emit(step(input));
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

function pipe(left: Compiled, right: Compiled): Compiled {
  if ("step" in left) {
    const one = left.step;
    if ("step" in right) {
      const other = right.step;
      return { step: (input) => other(one(input)) };
    }
    const { flow } = right;
    return { flow: (input, emit) => flow(one(input), emit) };
  }
  const outer = left.flow;
  if ("step" in right) {
    const { step } = right;
    return { flow: (input, emit) => outer(input, (output) => emit(step(output))) };
  }
  const inner = right.flow;
  return { flow: (input, emit) => outer(input, (output) => inner(output, emit)) };
}

/** `left // right`: the true outputs of the left side, or the right side if there are none. Errors of the left side are errors. */
function alternative(left: Compiled, right: Compiled): Compiled {
  if ("step" in left && "step" in right) {
    const [preferred, fallback] = [left.step, right.step];
    return {
      step: (input) => {
        const output = preferred(input);
        return isTruthy(output) ? output : fallback(input);
      },
    };
  }
  const [preferred, fallback] = [asFlow(left), asFlow(right)];
  return {
    flow: (input, emit) => {
      let found = false;
      const stopped = preferred(input, (output) => {
        if (!isTruthy(output)) return false;
        found = true;
        return emit(output);
      });
      return stopped || (!found && fallback(input, emit));
    },
  };
}

function asFlow(compiled: Compiled): Flow {
  if ("flow" in compiled) return compiled.flow;
  const { step } = compiled;
  return (input, emit) => emit(step(input));
}

/** `and` and `or`; `decisive` is the value of the left side that makes the right one unread. */
function logical(leftNode: Node, rightNode: Node, decisive: boolean): Compiled {
  const [left, right] = [compile(leftNode), compile(rightNode)];
  if ("step" in left && "step" in right) {
    const [one, other] = [left.step, right.step];
    return {
      step: (input) => (isTruthy(one(input)) === decisive ? decisive : isTruthy(other(input))),
    };
  }
  const [outer, inner] = [asFlow(left), asFlow(right)];
  return {
    flow: (input, emit) =>
      outer(input, (output) =>
        isTruthy(output) === decisive
          ? emit(decisive)
          : inner(input, (second) => emit(isTruthy(second))),
      ),
  };
}

/** Both sides are read, the right one first and outermost, as jq does. */
function binary(
  leftNode: Node,
  rightNode: Node,
  combine: (left: Json, right: Json) => Json,
): Compiled {
  const [left, right] = [compile(leftNode), compile(rightNode)];
  if ("step" in left && "step" in right) {
    const [one, other] = [left.step, right.step];
    return {
      step: (input) => {
        const added = other(input);
        return combine(one(input), added);
      },
    };
  }
  const [inner, outer] = [asFlow(left), asFlow(right)];
  return {
    flow: (input, emit) =>
      outer(input, (other) => inner(input, (one) => emit(combine(one, other)))),
  };
}

const comparisons: Readonly<Record<Comparison, (left: Json, right: Json) => boolean>> = {
  "==": equalValues,
  "!=": (left, right) => !equalValues(left, right),
  "<": (left, right) => compareValues(left, right) < 0,
  "<=": (left, right) => compareValues(left, right) <= 0,
  ">": (left, right) => compareValues(left, right) > 0,
  ">=": (left, right) => compareValues(left, right) >= 0,
};

function choose(condition: Compiled, then: Compiled, otherwise: Compiled): Compiled {
  if ("step" in condition && "step" in then && "step" in otherwise) {
    const [test, one, other] = [condition.step, then.step, otherwise.step];
    return { step: (input) => (isTruthy(test(input)) ? one(input) : other(input)) };
  }
  const [test, one, other] = [asFlow(condition), asFlow(then), asFlow(otherwise)];
  return {
    flow: (input, emit) =>
      test(input, (output) => (isTruthy(output) ? one(input, emit) : other(input, emit))),
  };
}

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

function firstOf(compiled: Compiled): Compiled {
  if ("step" in compiled) return compiled;
  const { flow } = compiled;
  return {
    flow: (input, emit) => {
      let found: { readonly output: Json } | undefined;
      flow(input, (output) => {
        found = { output };
        return true;
      });
      return found === undefined ? false : emit(found.output);
    },
  };
}

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
