import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of its own for one test, removed with all in it at the end of its block (`using`). */
export class TemporaryFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "pagerport-test-"));

  /** The path of a file in it. */
  file(name: string): string {
    return join(this.path, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
