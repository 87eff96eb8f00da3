import type { Answer } from "./answer.ts";
import { callOf } from "./call.ts";
import type { CallOptions, ChangeOptions, Known, WriteOptions } from "./call-options.ts";
import { entityTag } from "./entity-tag.ts";
import type { Send } from "./send.ts";
import { type AskedQuery, spellQuery } from "./spell-query.ts";

/** Longest query of a URL. Proxies refuse longer ones than this; beyond it the query travels as a body. */
const longestQuery = 4000;

interface AnsweredPage {
  readonly data: readonly unknown[];
  readonly next: string | null;
}

type ReplaceOptions = ChangeOptions & { readonly ifNoneMatch?: "*" | undefined };
type GetOptions = CallOptions & { readonly ifNoneMatch?: object | undefined };

/** The calls of one collection. Their types are those of `CollectionClient`. */
export function collectionCalls(name: string, send: Send, tags: WeakMap<object, string>) {
  const at = (id: string): string => `/${name}/${encodeURIComponent(id)}`;

  /** Remembers the tag of a record, which tells what was selected and included too. */
  function recordOf({ body, tag }: Answer): unknown {
    if (tag !== null && typeof body === "object" && body !== null) tags.set(body, tag);
    return body;
  }

  async function list(query: AskedQuery | undefined, options: CallOptions | undefined): Promise<AnsweredPage> {
    const { text, json } = spellQuery(query);
    const { body } = await (text.length <= longestQuery
      ? send({ method: "GET", path: `/${name}${text}` }, options)
      : send({ method: "POST", path: `/${name}/search`, body: json, reads: true }, options));
    return body as AnsweredPage;
  }

  async function find(query: AskedQuery | undefined, options: CallOptions | undefined): Promise<unknown> {
    return (await list({ ...query, limit: 1 }, options)).data[0] ?? null;
  }

  async function get(id: string, query: AskedQuery | undefined, { ifNoneMatch, ...options }: GetOptions) {
    const tag = ifNoneMatch && (tags.get(ifNoneMatch) ?? entityTag(ifNoneMatch as Exclude<Known, string>));
    const headers: Record<string, string> = tag === undefined ? {} : { "if-none-match": tag };
    const answer = await send({ method: "GET", path: at(id) + spellQuery(query).text, headers }, options);
    return answer.status === 304 ? ifNoneMatch : recordOf(answer);
  }

  async function aggregate(query: AskedQuery | undefined, options: CallOptions | undefined) {
    const { body } = await send({ method: "GET", path: `/${name}/aggregate${spellQuery(query).text}` }, options);
    return (body as { readonly data: readonly { readonly count: number }[] }).data;
  }

  return {
    list: (query?: AskedQuery, options?: CallOptions) => callOf(list(query, options)),
    async *all({ pageSize = 100, ...query }: AskedQuery = {}, options?: CallOptions) {
      let page: AnsweredPage | undefined;
      do {
        page = await list({ ...query, limit: pageSize, ...(page && { after: page.next }) }, options);
        yield* page.data;
      } while (page.next !== null);
    },
    find: (query?: AskedQuery, options?: CallOptions) => callOf(find(query, options)),
    get: (id: string, query?: AskedQuery, options: GetOptions = {}) => callOf(get(id, query, options)),
    count: (query?: AskedQuery, options?: CallOptions) =>
      callOf(aggregate(query, options).then(([all]) => all?.count ?? 0)),
    aggregate: (query?: AskedQuery, options?: CallOptions) => callOf(aggregate(query, options)),
    create: (input: unknown, options?: WriteOptions) =>
      callOf(send({ method: "POST", path: `/${name}`, body: input }, options).then(recordOf)),
    createMany: (inputs: readonly unknown[], options?: WriteOptions) =>
      callOf(
        send({ method: "POST", path: `/${name}`, body: inputs }, options).then(
          ({ body }) => (body as AnsweredPage).data,
        ),
      ),
    update: (id: string, patch: unknown, { ifMatch, ...options }: ChangeOptions = {}) =>
      callOf(send({ method: "PATCH", path: at(id), body: patch, headers: matching(ifMatch) }, options).then(recordOf)),
    replace: (id: string, input: unknown, { ifMatch, ifNoneMatch, ...options }: ReplaceOptions = {}) => {
      const headers = { ...matching(ifMatch), ...(ifNoneMatch && { "if-none-match": ifNoneMatch }) };
      return callOf(send({ method: "PUT", path: at(id), body: input, headers }, options).then(recordOf));
    },
    delete: (id: string, { ifMatch, ...options }: ChangeOptions = {}) =>
      callOf(send({ method: "DELETE", path: at(id), headers: matching(ifMatch) }, options).then(() => undefined)),
  };
}

function matching(known: Known | undefined): Record<string, string> {
  return known === undefined ? {} : { "if-match": entityTag(known) };
}
