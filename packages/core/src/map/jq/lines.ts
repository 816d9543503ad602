import { StringDecoder } from "node:string_decoder";

/** Makes a function that takes chunks of UTF-8 and calls back for each whole line, without its newline. */
export function createLineReader(onLine: (line: string) => void): (chunk: Uint8Array) => void {
  const decoder = new StringDecoder("utf8");
  let pending: string[] = [];
  return (chunk) => {
    let text = decoder.write(chunk);
    // Only the new part is searched: one line may be megabytes, in hundreds of chunks.
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n")) {
      pending.push(text.slice(0, end));
      text = text.slice(end + 1);
      const line = pending.join("");
      pending = [];
      onLine(line);
    }
    if (text !== "") pending.push(text);
  };
}
