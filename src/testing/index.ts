export { accessMatrix, accessOf } from "./access-matrix.ts";
export type { AccessRow, AccessTable } from "../operations/access-table.ts";
export { createTestApp, type TestApp, type TestAppOptions } from "./create-test-app.ts";
export type { TestCaller, TestHeaders, TestResponse } from "./test-caller.ts";
export type { LogLine } from "./test-log.ts";
export type { TestUser, TestUserFields } from "./test-people.ts";
export type { Duration, FakeClock } from "../kit/clock.ts";
