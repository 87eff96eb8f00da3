// Loaded before a server's own modules, in each of its threads. Of three signals the first begins a time in which nobody looks, the
// second ends it and has V8 take samples, and the third ends that and writes what was found.
import { EventEmitter, once } from "node:events";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { join } from "node:path";
import { BroadcastChannel, isMainThread, threadId } from "node:worker_threads";
import type { RecordedThread, ThreadTimes } from "./recorded-thread.ts";

/** Microseconds between two samples, at the least. */
const interval = 500;

const folder = process.env["PROFILE_FOLDER"];
if (folder === undefined) throw new Error("PROFILE_FOLDER must say where recordings go.");
const beginning = join(folder, `${process.pid}-`);

const signals = new EventEmitter();
const channel = new BroadcastChannel("profile");
channel.unref();
channel.addEventListener("message", () => signals.emit("signal"));
if (isMainThread) {
  // Workers hear no signals of the system's, and what is sent on a channel doesn't come back.
  process.on("SIGUSR2", () => {
    channel.postMessage(null);
    signals.emit("signal");
  });
}

async function record(path: string): Promise<void> {
  const next = (): Promise<ThreadTimes> => once(signals, "signal").then(threadTimes);
  const unwatched = { began: await next(), ended: await next() };
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval });
  await session.post("Profiler.start");
  const watched = { began: threadTimes(), ended: await next() };
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  const module = process.argv[1] ?? "";
  const recorded: RecordedThread = { main: isMainThread, module, unwatched, watched, profile };
  // Whoever waits for the file reads it as soon as it is there.
  writeFileSync(`${path}.part`, JSON.stringify(recorded));
  renameSync(`${path}.part`, path);
}

async function recordAgainAndAgain(): Promise<never> {
  for (let turn = 1; ; turn++) await record(`${beginning}${turn}-${threadId}.json`);
}

/** What Linux says of the thread that asks. */
function threadTimes(): ThreadTimes {
  const [cpu = 0, queued = 0] = readFileSync("/proc/thread-self/schedstat", "latin1").split(" ").map(Number);
  const { user, system } = process.cpuUsage();
  return { at: performance.now() * 1000, cpu: cpu / 1000, queued: queued / 1000, process: user + system };
}

void recordAgainAndAgain();
