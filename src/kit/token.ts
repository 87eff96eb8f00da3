import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";

/** A secret nobody can guess: 256 random bits as 43 characters of base64url. */
export function createToken(): string {
  return randomBytes(32).toString("base64url");
}

/** The SHA-256 of a text (as UTF-8) or of bytes. */
export function sha256(data: string | Uint8Array, encoding: "hex" | "base64url" = "hex"): string {
  return hash("sha256", data, encoding);
}

/** Whether two texts are equal, in a time that tells nothing about where they differ. */
export function equal(a: string, b: string): boolean {
  return timingSafeEqual(hash("sha256", a, "buffer"), hash("sha256", b, "buffer"));
}

const version = 1;
const saltLength = 16;
const tagLength = 16;
const headerLength = 1 + saltLength + tagLength;

/**
 * Encrypts a text with AES-256-GCM so that only who has the secret can read it, or change it unnoticed.
 * Key and nonce come from the secret by HKDF (RFC 5869, SHA-256) over a random salt, fresh for each text: no number of
 * texts wears a secret out. The secret itself must be hard to guess; HKDF doesn't make a password safe.
 *
 * @returns a version byte, the salt, the authentication tag and the encrypted text
 */
export function sealWith(secret: string, plaintext: string): Uint8Array {
  const salt = randomBytes(saltLength);
  const { key, nonce } = keyOf(secret, salt);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const sealed = [cipher.update(plaintext, "utf8"), cipher.final()];
  return Buffer.concat([Uint8Array.of(version), salt, cipher.getAuthTag(), ...sealed]);
}

/** The text that {@link sealWith} encrypted; `undefined` when the secret is another or the bytes were changed. */
export function openWith(secret: string, sealed: Uint8Array): string | undefined {
  if (sealed.length < headerLength || sealed[0] !== version) return undefined;
  const { key, nonce } = keyOf(secret, sealed.subarray(1, 1 + saltLength));
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagLength });
  decipher.setAuthTag(sealed.subarray(1 + saltLength, headerLength));
  const opened = decipher.update(sealed.subarray(headerLength));
  try {
    return Buffer.concat([opened, decipher.final()]).toString("utf8");
  } catch {
    return undefined;
  }
}

function keyOf(secret: string, salt: Uint8Array): { key: Uint8Array; nonce: Uint8Array } {
  const bytes = new Uint8Array(hkdfSync("sha256", secret, salt, "galley seal 1", 44));
  return { key: bytes.subarray(0, 32), nonce: bytes.subarray(32) };
}
