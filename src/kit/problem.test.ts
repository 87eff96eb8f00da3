import { expect, it } from "vitest";
import { GalleyError, invalid } from "./galley-error.ts";
import { problem } from "./problem.ts";

it("answers exactly what the contract shows", () => {
  const error = invalid("invalid_input", [{ path: "/price", code: "too_small", message: "must be at least 0" }]);
  const answer = problem(error, "0192");
  expect(answer.status).toBe(422);
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  expect(answer.body).toBe(
    '{"type":"/docs/errors#invalid_input","title":"The input is not valid","status":422,"code":"invalid_input",' +
      '"detail":"price must be at least 0","requestId":"0192",' +
      '"errors":[{"path":"/price","code":"too_small","message":"must be at least 0"}]}',
  );
});

it("leaves errors out where there are none", () => {
  expect(problem(new GalleyError("not_found", "Nothing is at this path."), "1").body).not.toContain('errors":');
});

it("adds the error's own headers", () => {
  const answer = problem(new GalleyError("overloaded", "Busy.", { headers: { "retry-after": "1" } }), "1");
  expect(answer.headers["retry-after"]).toBe("1");
});

it("names a way to sign in with every 401", () => {
  expect(problem(new GalleyError("unauthenticated", "Sign in."), "1").headers["www-authenticate"]).toBe("Bearer");
  const own = new GalleyError("unauthenticated", "No.", { headers: { "www-authenticate": 'Bearer error="invalid"' } });
  expect(problem(own, "1").headers["www-authenticate"]).toBe('Bearer error="invalid"');
  expect(problem(new GalleyError("forbidden", "No."), "1").headers["www-authenticate"]).toBeUndefined();
});

it("says nothing of what was not meant to be seen", () => {
  const answer = problem(new Error("SELECT secret FROM /var/lib"), "1");
  expect(answer.status).toBe(500);
  expect(answer.body).not.toMatch(/SELECT|secret|var/);
});

it("passes on the errors that an action declared", () => {
  const error = new GalleyError({ code: "coupon_expired", status: 409, title: "The coupon has expired" }, "It has.");
  expect(JSON.parse(String(problem(error, "1").body))).toMatchObject({ code: "coupon_expired", status: 409 });
});
