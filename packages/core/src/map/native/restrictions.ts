import type { Node } from "./node.ts";

/**
 * What the grammar allows but JavaScript would do differently, found in the tree before anything runs.
 *
 * jq prints a number of its input with the digits it came with, as we do, and a number it has computed with
 * 17 digits of its own format, so the text of a computed number is left to jq. Interpolations and objects
 * with several outputs would multiply; nobody maps with them, so they are left to jq too.
 */
export function isExact(node: Node): boolean {
  return check(node, false, new Set()).exact;
}

/** Whether numbers are added, which may overflow. */
export function makesNumbers(node: Node): boolean {
  return check(node, false, new Set()).computed;
}

/** The parts of an expression that compare what may hold sums of numbers. */
export function listSumComparisons(node: Node): ReadonlySet<Node> {
  const found = new Set<Node>();
  check(node, false, found);
  return found;
}

interface Finding {
  /** The native path gives jq's result. */
  readonly exact: boolean;
  /** An output may hold a number that was computed. */
  readonly computed: boolean;
  /** Exactly one output for every input that is no error. */
  readonly single: boolean;
}

const plain: Finding = { exact: true, computed: false, single: true };

/**
 * `computed` tells whether the input may hold a computed number; what compares such is added to `sums`.
 */
function check(node: Node, computed: boolean, sums: Set<Node>): Finding {
  switch (node.op) {
    case "identity":
      return { ...plain, computed };
    case "literal":
      return plain;
    case "key":
    case "index": {
      const target = check(node.target, computed, sums);
      return { ...target, single: target.single && !node.optional };
    }
    case "each":
      return { ...check(node.target, computed, sums), single: false };
    case "pipe": {
      const left = check(node.left, computed, sums);
      return both(left, check(node.right, left.computed, sums), "right");
    }
    case "comma":
      return {
        ...both(check(node.left, computed, sums), check(node.right, computed, sums)),
        single: false,
      };
    case "alternative":
      return both(check(node.left, computed, sums), check(node.right, computed, sums));
    case "and":
    case "or":
      return {
        ...both(check(node.left, computed, sums), check(node.right, computed, sums)),
        computed: false,
      };
    case "compare": {
      const sides = both(check(node.left, computed, sums), check(node.right, computed, sums));
      if (sides.computed) sums.add(node);
      return { ...sides, computed: false };
    }
    case "add": {
      const sides = both(check(node.left, computed, sums), check(node.right, computed, sums));
      return { ...sides, computed: !isText(node.left) && !isText(node.right) };
    }
    case "if": {
      const condition = check(node.condition, computed, sums);
      const branches = both(
        check(node.whenTrue, computed, sums),
        check(node.whenFalse, computed, sums),
      );
      return both(condition, branches, "right");
    }
    case "collect":
      return { ...check(node.body, computed, sums), single: true };
    case "object": {
      const values = node.entries.map(([, value]) => check(value, computed, sums));
      return {
        exact: values.every((value) => value.exact && value.single),
        computed: values.some((value) => value.computed),
        single: true,
      };
    }
    case "interpolate": {
      const parts = node.parts.map((part) => check(part, computed, sums));
      return {
        exact: parts.every((part) => part.exact && part.single && !part.computed),
        computed: false,
        single: true,
      };
    }
    case "call":
      if (computed) sums.add(node);
      return checkCall(node.name, computed);
    case "textCall":
      return { exact: node.name !== "join" || !computed, computed: false, single: true };
    case "apply": {
      const body = check(node.body, computed, sums);
      if (body.computed) sums.add(node);
      if (node.name === "map") return { ...body, single: true };
      if (node.name === "first") return body;
      return {
        exact: body.exact,
        computed,
        single: node.name !== "select",
      };
    }
  }
}

function checkCall(name: (Node & { op: "call" })["name"], computed: boolean): Finding {
  switch (name) {
    case "add":
    case "length":
      return { ...plain, computed: true };
    case "tostring":
      return { ...plain, exact: !computed };
    case "first":
    case "last":
    case "sort":
    case "unique":
      return { ...plain, computed };
    case "empty":
      return { ...plain, single: false };
    default:
      return plain;
  }
}

/** `of` says whose outputs the outputs are; without it, those of both. */
function both(left: Finding, right: Finding, of?: "right"): Finding {
  return {
    exact: left.exact && right.exact,
    computed: right.computed || (of !== "right" && left.computed),
    single: left.single && right.single,
  };
}

/** A literal text: what is added to it can only be text, or an error. */
function isText(node: Node): boolean {
  return (
    node.op === "interpolate" ||
    (node.op === "literal" && typeof node.value === "string") ||
    (node.op === "add" && (isText(node.left) || isText(node.right)))
  );
}
