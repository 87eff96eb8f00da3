import type { MessagePort } from "node:worker_threads";
import type { Bootstrapped, FirstAdministrator } from "../operations/bootstrap.ts";
import type { Configuration } from "./settings.ts";

/** What the thread that writes is started with. */
export interface WriterData {
  /** Absolute path of the definition's module. */
  readonly file: string;
  readonly databaseFile: string;
  readonly logLevel: Configuration["logLevel"];
  readonly administrator: FirstAdministrator;
  /** One for each thread that answers requests. */
  readonly ports: readonly MessagePort[];
  /** Where commits are counted. */
  readonly commits: SharedArrayBuffer;
}

/** What a thread that answers requests is started with. */
export interface HttpData {
  readonly file: string;
  readonly configuration: Configuration;
  /** Threads that answer requests. */
  readonly threads: number;
  /** The channel to the thread that writes; without one the thread writes itself. */
  readonly port: MessagePort | undefined;
  /** Where to listen; the first thread has found the port. */
  readonly listenOn: number;
  readonly limiter: SharedArrayBuffer;
  readonly commits: SharedArrayBuffer | undefined;
  readonly metrics: { readonly lanes: number; readonly lane: number; readonly buffer: SharedArrayBuffer };
}

/** What a thread that waits may be told: to get ready for modules with types, and which one is the definition's. */
export type Preload = { readonly preload: string | undefined };

/** What the main thread tells the others; a `ping` is answered as soon as the thread has a turn. */
export type Order = { readonly stop: number } | { readonly ping: true };

/** What a thread tells the main thread. */
export type Report =
  | { readonly ready: Bootstrapped | null }
  | { readonly failed: string }
  | { readonly stopped: number }
  | { readonly pong: true };
