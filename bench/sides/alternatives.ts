import { createHmac } from "node:crypto";
import { existsSync } from "node:fs";
import { createServer } from "node:net";

/** Where the alternatives are installed. */
export const alternativesFolder = new URL("../alternatives/", import.meta.url);

/** What signs tokens in those that have no sessions. */
export const secret = "a secret of at least thirty-two characters";

/** What has to be done before an alternative can be measured; undefined where it is there. */
export function missingPackage(path: string): string | undefined {
  if (existsSync(new URL(path, alternativesFolder))) return undefined;
  return "not installed: npm install --prefix bench/alternatives && npm run build --prefix bench/alternatives";
}

/** A token as any library makes it: HS256, good for a day. */
export function jsonWebToken(claims: Readonly<Record<string, unknown>>, key = secret): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part({ ...claims, iat: now, exp: now + 86_400 })}`;
  return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
}

/** A port that nobody listens on, for servers that can't tell which one they got. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
