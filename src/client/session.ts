/** Where a client keeps the token of its session. */
export interface TokenStorage {
  get(): string | null | undefined | Promise<string | null | undefined>;
  /** @param token null when nobody is signed in any more */
  set(token: string | null): void | Promise<void>;
}

/** How requests say who asks. */
export interface Session {
  /** What of a request says it. */
  credentials(method: string): Promise<Pick<RequestInit, "credentials"> & { readonly headers: Record<string, string> }>;
  /** Keeps the token of who has signed in; null of nobody. */
  keep(token: string | null): void | Promise<void>;
}

/** The session of a client: a cookie, which the browser keeps and no script sees, or a token in a storage. */
export function createSession(storage: "cookie" | TokenStorage): Session {
  if (storage === "cookie") {
    return {
      credentials: (method) =>
        // Other sites can't set this header: it tells the server that it was no other site that used the cookie.
        Promise.resolve({ credentials: "include", headers: method === "GET" ? {} : { "x-csrf-token": "1" } }),
      keep() {},
    };
  }
  return {
    async credentials() {
      const token = await storage.get();
      return {
        // A cookie of somebody else, kept by the same browser, has no part in this.
        ...(isPage() ? { credentials: "omit" } : {}),
        headers: token ? { authorization: `Bearer ${token}` } : {},
      };
    },
    keep: (token) => storage.set(token),
  };
}

/** Whether this runs in the page of a browser. */
export function isPage(): boolean {
  return "document" in globalThis;
}

/** A storage that is forgotten with the program. */
export function inMemory(token: string | null): TokenStorage {
  let kept = token;
  return {
    get: () => kept,
    set(next) {
      kept = next;
    },
  };
}
