/** What the engine's child process runs. */
import process from "node:process";
import { runJqChild } from "./child.ts";

void runJqChild(process.stdin, process.stdout);
