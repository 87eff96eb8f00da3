/** The signed-in user, as rules and actions see it: the record of `users` without its secrets. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly roles: readonly string[];
  readonly [field: string]: unknown;
}

/** On whose behalf an operation runs. Plain data: it crosses threads. */
export interface Principal {
  readonly kind: "anonymous" | "user" | "system";
  /** The signed-in user; null for everyone else. */
  readonly user: User | null;
  /** The session that the request came with. */
  readonly session: string | null;
}

/** Nobody in particular. */
export const anonymous: Principal = { kind: "anonymous", user: null, session: null };

/** The application itself: seeds, jobs, the command line. */
export const system: Principal = { kind: "system", user: null, session: null };
