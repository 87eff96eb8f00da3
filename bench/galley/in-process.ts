// The first answer of a process that serves from within itself, as a serverless host does: prints the milliseconds since its start.
// Run it where `galley` is installed, with a database's path.
import { createApp } from "galley/server";

const [, , definition = "", database = ""] = process.argv;
const { default: backend } = (await import(definition)) as { readonly default: Parameters<typeof createApp>[0] };
const app = await createApp(backend, { database: `sqlite:${database}` });
const answer = await app.fetch(new Request("http://localhost/api/films/unknown"));
console.log(`${performance.now()} ${answer.status}`);
await app.close();
