/** Why a command's signal was aborted: a person or the system asked the process to end. */
export class Interrupted extends Error {
  override name = "Interrupted";
  readonly signalName: "SIGINT" | "SIGTERM";

  constructor(signalName: "SIGINT" | "SIGTERM") {
    super(signalName === "SIGINT" ? "Interrupted" : "Ended by SIGTERM");
    this.signalName = signalName;
  }
}
