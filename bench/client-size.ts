// How much the client adds to the bundle of a page, in bytes: minified, and compressed as servers send it.
//   node --conditions=galley-source bench/client-size.ts
import { brotliCompressSync, gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const input = fileURLToPath(new URL("../src/client/index.ts", import.meta.url));
const bundle = await rolldown({ input, platform: "browser" });
const { output } = await bundle.generate({ format: "esm", minify: true });
await bundle.close();
const [{ code, imports }] = output;
if (output.length > 1 || imports.length > 0) throw new Error(`The client imports ${imports.join(", ")}.`);
process.stdout.write(
  `minified ${code.length}, gzip ${gzipSync(code, { level: 9 }).length}, brotli ${brotliCompressSync(code).length} bytes\n`,
);
