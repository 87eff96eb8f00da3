import { describe, expect, it } from "vitest";
import { createTrustedProxies, isProxyEntry } from "./trusted-proxies.ts";

const proxies = createTrustedProxies(["loopback", "10.0.0.0/8", "2001:db8::/32", "192.0.2.1"]);

describe("clientOf", () => {
  it("believes nobody who is not trusted", () => {
    expect(proxies.clientOf("203.0.113.9", "198.51.100.1")).toBe("203.0.113.9");
    expect(createTrustedProxies([]).clientOf("127.0.0.1", "198.51.100.1")).toBe("127.0.0.1");
  });

  it("takes the nearest address that no trusted proxy vouches for", () => {
    expect(proxies.clientOf("127.0.0.1", "198.51.100.1")).toBe("198.51.100.1");
    expect(proxies.clientOf("127.0.0.1", "6.6.6.6, 198.51.100.1, 10.1.2.3")).toBe("198.51.100.1");
    expect(proxies.clientOf("2001:db8::1", "2001:4860::8")).toBe("2001:4860::8");
  });

  it("takes the farthest of trusted addresses when all are", () => {
    expect(proxies.clientOf("::1", "10.0.0.1, 10.0.0.2")).toBe("10.0.0.1");
  });

  it("stops at what is no address", () => {
    expect(proxies.clientOf("127.0.0.1", "198.51.100.1, unknown")).toBe("127.0.0.1");
    expect(proxies.clientOf("127.0.0.1", "198.51.100.1, <script>, 10.0.0.1")).toBe("10.0.0.1");
    expect(proxies.clientOf("127.0.0.1", "")).toBe("127.0.0.1");
  });

  it("undresses ports, brackets and IPv4 in IPv6", () => {
    expect(proxies.clientOf("::ffff:127.0.0.1", "198.51.100.1:4711")).toBe("198.51.100.1");
    expect(proxies.clientOf("127.0.0.1", "[2001:4860::8]:4711")).toBe("2001:4860::8");
    expect(proxies.clientOf("::ffff:203.0.113.9", undefined)).toBe("203.0.113.9");
  });
});

it("knows what a proxy entry looks like", () => {
  for (const entry of ["loopback", "10.0.0.0/8", "::1", "::/0", "1.2.3.4"]) expect(isProxyEntry(entry)).toBe(true);
  for (const entry of ["", "localhost", "10.0.0.0/33", "10.0.0.0/", "1.2.3", "::/129", "1.2.3.4/8/8"]) {
    expect(isProxyEntry(entry)).toBe(false);
    expect(() => createTrustedProxies([entry])).toThrow("no trusted proxy");
  }
});
