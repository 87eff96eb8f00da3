import type { Exchange } from "../kit/exchange.ts";
import { GalleyError } from "../kit/galley-error.ts";
import { parseJson } from "../kit/json.ts";

/**
 * The JSON body of a request; undefined where there is none.
 *
 * @param types media types that are JSON here
 * @throws GalleyError `unsupported_media_type`, `too_large`, `malformed`
 */
export async function readJsonBody(
  exchange: Exchange,
  limit: number,
  types: readonly string[] = ["application/json"],
): Promise<unknown> {
  const bytes = await exchange.body(limit);
  if (bytes.length === 0) return undefined;
  const encoding = exchange.header("content-encoding") ?? "identity";
  if (encoding !== "identity") {
    throw new GalleyError("unsupported_media_type", `The body is encoded as "${encoding}"; send it as it is.`, {
      headers: { "accept-encoding": "identity" },
    });
  }
  const [type = "", ...parameters] = (exchange.header("content-type") ?? "")
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith("charset="));
  if (!types.includes(type) || (charset !== undefined && !/^charset="?utf-8"?$/.test(charset))) {
    const sent = type === "" ? "no content type" : `"${type}${charset === undefined ? "" : `; ${charset}`}"`;
    throw new GalleyError(
      "unsupported_media_type",
      `The body has ${sent}; it must be ${types.join(" or ")} in UTF-8.`,
      {
        headers: { accept: types.join(", ") },
      },
    );
  }
  return parseJson(bytes);
}
