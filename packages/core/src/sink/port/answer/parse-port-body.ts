import type { HttpAnswer, HttpRequest } from "../../../http/client.ts";
import { describeNoJson, type ExamineAnswer } from "../../../http/unusable-answer.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../json.ts";
import { parseJson } from "../../../parse-json.ts";
import { describeForeignBody, mayHaveNoBody } from "./foreign-body.ts";

/** Reads the body of an answer while it is examined, so that it is parsed once. */
export interface PortBodyReader {
  readonly examine: ExamineAnswer;
  /** Of the answer that was examined last; empty where that had none. */
  readonly body: JsonObject;
}

/**
 * Makes what reads the answers to one request of Port's.
 *
 * @param path without `/v1` and without its query
 */
export function createPortBodyReader(method: HttpRequest["method"], path: string): PortBodyReader {
  let body: JsonObject = {};
  return {
    examine(answer) {
      body = {};
      if (answer.text === "" && mayHaveNoBody(method, path)) return undefined;
      const parsed = parse(answer);
      if (parsed === undefined) return describeNoJson(answer);
      if (!isJsonObject(parsed)) return "JSON that is not an object";
      body = parsed;
      return describeForeignBody(method, path, parsed);
    },
    get body() {
      return body;
    },
  };
}

/** Undefined where it is not JSON. */
function parse({ text }: HttpAnswer): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
