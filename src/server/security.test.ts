import { describe, expect, it } from "vitest";
import type { Answer, Exchange } from "../kit/exchange.ts";
import { createCors, withSecurityHeaders } from "./security.ts";

function exchange(headers: Record<string, string> = {}, method = "GET", secure = false): Exchange {
  return {
    method,
    path: "/api/films",
    query: "",
    header: (name) => headers[name],
    body: async () => new Uint8Array(),
    address: "127.0.0.1",
    secure,
    requestId: "1",
  };
}

const answer: Answer = { status: 200, headers: { "content-type": "application/json" }, body: "{}" };

describe("withSecurityHeaders", () => {
  it("adds what keeps browsers from misusing an answer", () => {
    expect(withSecurityHeaders(exchange(), answer)).toEqual({
      ...answer,
      headers: {
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "cross-origin-resource-policy": "same-origin",
        "content-type": "application/json",
      },
    });
  });

  it("asks for TLS from now on where it is spoken", () => {
    const secure = withSecurityHeaders(exchange({}, "GET", true), answer);
    expect(secure.headers["strict-transport-security"]).toBe("max-age=31536000");
  });

  it("leaves what an answer says itself", () => {
    const own = { ...answer, headers: { "content-security-policy": "default-src 'self'" } };
    expect(withSecurityHeaders(exchange(), own).headers["content-security-policy"]).toBe("default-src 'self'");
  });
});

describe("createCors", () => {
  const cors = createCors(["https://shop.example"]);
  const preflight = { origin: "https://shop.example", "access-control-request-method": "PATCH" };

  it("lets pages of listed origins call with cookies, and read what they need", () => {
    const { headers } = cors.apply(exchange({ origin: "https://shop.example" }), answer);
    expect(headers).toMatchObject({
      "access-control-allow-origin": "https://shop.example",
      "access-control-allow-credentials": "true",
      "content-type": "application/json",
      vary: "Origin",
    });
    expect(headers["access-control-expose-headers"]).toContain("ETag, Idempotency-Replayed, Location, RateLimit");
  });

  it("grants nothing to other origins, and lets no cache mix them up", () => {
    for (const origin of [
      "https://evil.example",
      "null",
      "https://shop.example.evil.example",
      "HTTPS://SHOP.EXAMPLE",
    ]) {
      const { headers } = cors.apply(exchange({ origin }), answer);
      expect(headers["access-control-allow-origin"]).toBeUndefined();
      expect(headers["vary"]).toBe("Origin");
    }
    const varied = { ...answer, headers: { vary: "Accept" } };
    expect(cors.apply(exchange(), varied).headers["vary"]).toBe("Accept, Origin");
  });

  it("answers preflights, also on paths that lead nowhere", () => {
    expect(cors.preflight(exchange(preflight, "OPTIONS"), ["GET", "PATCH"])).toMatchObject({
      status: 204,
      body: null,
      headers: {
        "access-control-allow-origin": "https://shop.example",
        "access-control-allow-methods": "GET, PATCH",
        "access-control-allow-headers": expect.stringContaining("Authorization, Content-Type, Idempotency-Key"),
        "access-control-max-age": "7200",
        vary: "Origin",
      },
    });
    const refused = cors.preflight(exchange({ ...preflight, origin: "https://evil.example" }, "OPTIONS"), ["GET"]);
    expect(refused).toEqual({ status: 204, headers: { vary: "Origin" }, body: null });
  });

  it("takes no other request for a preflight", () => {
    expect(cors.preflight(exchange(preflight), ["GET"])).toBeUndefined();
    expect(cors.preflight(exchange({ origin: "https://shop.example" }, "OPTIONS"), ["GET"])).toBeUndefined();
  });

  it("lets every page call without cookies for *", () => {
    const { headers } = createCors("*").apply(exchange({ origin: "https://any.example" }), answer);
    expect(headers["access-control-allow-origin"]).toBe("*");
    expect(headers["access-control-allow-credentials"]).toBeUndefined();
    expect(headers["vary"]).toBeUndefined();
  });

  it("says nothing when no origin is listed", () => {
    expect(createCors([]).apply(exchange({ origin: "https://any.example" }), answer)).toEqual(answer);
  });
});
