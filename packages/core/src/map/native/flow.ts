import type { Json } from "../../json.ts";
import type { Step } from "./functions.ts";
import { isTruthy } from "./values.ts";

/** Any number of outputs, each given to `emit`; true from `emit` stops, and is passed on. */
export type Flow = (input: Json, emit: (output: Json) => boolean) => boolean;

/**
 * An expression in one of two forms. Most have exactly one output for every input: those are plain
 * functions, which is where the speed comes from.
 */
export type Compiled = { readonly step: Step } | { readonly flow: Flow };

/** Any expression as a flow. */
export function asFlow(compiled: Compiled): Flow {
  if ("flow" in compiled) return compiled.flow;
  const { step } = compiled;
  return (input, emit) => emit(step(input));
}

/** `left | right` */
export function pipe(left: Compiled, right: Compiled): Compiled {
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
export function alternative(left: Compiled, right: Compiled): Compiled {
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

/** `and` and `or`; `decisive` is the value of the left side that makes the right one unread. */
export function logical(left: Compiled, right: Compiled, decisive: boolean): Compiled {
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
export function binary(
  left: Compiled,
  right: Compiled,
  combine: (left: Json, right: Json) => Json,
): Compiled {
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

/** `if condition then … else … end` */
export function choose(condition: Compiled, then: Compiled, otherwise: Compiled): Compiled {
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

/** `first(…)` */
export function firstOf(compiled: Compiled): Compiled {
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
