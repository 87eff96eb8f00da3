import { serveBackground } from "../kit/background-thread.ts";
import { findArgon2id } from "./argon2id.ts";

// A thread for passwords: each costs as much as hundreds of other requests, which must not wait for it.
const { now } = await findArgon2id();
serveBackground(() => now);
