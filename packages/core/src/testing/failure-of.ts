/** The error that a promise is rejected with; fails where it is not. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw new TypeError(`Not an Error was thrown: ${JSON.stringify(error)}`, { cause: error });
  }
  throw new Error(`Nothing was thrown; the value is ${JSON.stringify(value)}`);
}
