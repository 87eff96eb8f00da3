// A registry on this machine that has one package, and sends whoever asks for another to the real one.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

/**
 * Serves a package as npm would find it once it is published.
 *
 * @param {string} tarball what `npm pack` has written
 * @param {Record<string, unknown> & { name: string, version: string }} manifest its package.json
 */
export async function startRegistry(tarball, manifest) {
  const { name, version } = manifest;
  const others = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();
  const content = readFileSync(tarball);
  const integrity = `sha512-${createHash("sha512").update(content).digest("base64")}`;
  const server = createServer((request, response) => {
    const { url = "/" } = request;
    if (url === `/${name}`) {
      const dist = { tarball: `${origin}/${name}.tgz`, integrity };
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({ name, "dist-tags": { latest: version }, versions: { [version]: { ...manifest, dist } } }),
      );
    } else if (url === `/${name}.tgz`) response.end(content);
    else response.writeHead(302, { location: new URL(url.slice(1), others).href }).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${server.address().port}`;
  return { origin, stop: () => server.close() };
}
