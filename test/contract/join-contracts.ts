import type { Operation } from "./contract.ts";

/**
 * Adds to a file's operations those that it lacks, and to those that it has what it does not say: query
 * parameters that it leaves out, and answers of success. What the file says stays.
 */
export function joinContracts(
  file: readonly Operation[],
  own: readonly Operation[],
): readonly Operation[] {
  const known = new Set(file.map(({ name }) => name));
  const added = new Map(own.map((operation) => [operation.name, operation]));
  return [
    ...file.map((operation) => {
      const more = added.get(operation.name);
      return more === undefined ? operation : complete(operation, more);
    }),
    ...own.filter(({ name }) => !known.has(name)),
  ];
}

/** Operations that a file says everything of that ours say: what ours are there for is in it by now. */
export function findSuperfluous(
  file: readonly Operation[],
  own: readonly Operation[],
): readonly string[] {
  return own.flatMap(({ name, parameters, answers }) => {
    const known = file.find((operation) => operation.name === name);
    if (known === undefined) return [];
    const named = new Set(known.parameters.map((parameter) => parameter.name));
    const adds =
      parameters.some((parameter) => !named.has(parameter.name)) ||
      [...answers.keys()].some((status) => status < 300 && !known.answers.has(status));
    return adds ? [] : [name];
  });
}

function complete(operation: Operation, more: Operation): Operation {
  const named = new Set(operation.parameters.map(({ name }) => name));
  const successes = [...more.answers].filter(([status]) => status < 300);
  return {
    ...operation,
    parameters: [
      ...operation.parameters,
      ...more.parameters.filter(({ name }) => !named.has(name)),
    ],
    answers: new Map([...successes, ...operation.answers]),
  };
}
