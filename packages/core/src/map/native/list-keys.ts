import type { Node } from "./node.ts";

/** Every key that an expression may look up, at any depth: `.service.status` reads two. */
export function* listKeys(node: Node): Generator<string, void> {
  switch (node.op) {
    case "identity":
    case "literal":
    case "call":
      return;
    case "key":
      yield node.key;
      yield* listKeys(node.target);
      return;
    case "index":
    case "each":
      yield* listKeys(node.target);
      return;
    case "if":
      yield* listKeys(node.condition);
      yield* listKeys(node.whenTrue);
      yield* listKeys(node.whenFalse);
      return;
    case "collect":
    case "apply":
      yield* listKeys(node.body);
      return;
    case "object":
      for (const [, value] of node.entries) yield* listKeys(value);
      return;
    case "interpolate":
      for (const part of node.parts) yield* listKeys(part);
      return;
    case "textCall":
      if (node.name === "has") yield node.text;
      return;
    default:
      yield* listKeys(node.left);
      yield* listKeys(node.right);
  }
}
