import { expect } from "vitest";

/** The answer to a request that failed (RFC 9457, with a code). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly requestId: string;
  readonly errors?: readonly { readonly path: string; readonly code: string; readonly message: string }[];
}

const keys = ["type", "title", "status", "code", "detail", "requestId"];

/** Checks that an answer is a problem of exactly the shape that the contract promises, and gives it back. */
export async function expectProblem(
  response: Response,
  expected: { readonly code: string; readonly status: number; readonly title: string },
): Promise<Problem> {
  const text = await response.text();
  expect(response.headers.get("content-type"), text).toBe("application/problem+json");
  const problem: Problem = JSON.parse(text);
  expect(Object.keys(problem)).toEqual(problem.errors === undefined ? keys : [...keys, "errors"]);
  expect(problem).toMatchObject({ ...expected, type: `/docs/errors#${expected.code}` });
  expect(response.status).toBe(expected.status);
  expect(problem.detail).toMatch(/^\S.*\S$/s);
  expect(problem.requestId).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
  expect(response.headers.get("request-id")).toBe(problem.requestId);
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  for (const violation of problem.errors ?? []) {
    expect(Object.keys(violation)).toEqual(["path", "code", "message"]);
    expect(violation.path).toMatch(/^(\/([^~/]|~[01])*)*$/);
    expect(violation.code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(violation.message).not.toBe("");
  }
  return problem;
}
