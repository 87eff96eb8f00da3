export { createClient, type ClientOptions } from "./create-client.ts";
export { type ErrorOf, type FailureCode, GalleyClientError } from "./client-error.ts";
export type { Call, Result } from "./call.ts";
export type { CallOptions, ChangeOptions, Known, WriteOptions } from "./call-options.ts";
export type { Client } from "./client.ts";
export type { ClientRecord } from "./client-record.ts";
export type { TokenStorage } from "./session.ts";
