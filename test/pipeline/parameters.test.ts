import { expect, test } from "vitest";
import { collection } from "../../src/schema/collection.ts";
import { ref } from "../../src/schema/field-ref.ts";
import { text } from "../../src/schema/field-text.ts";
import { everyone } from "../../src/schema/rule.ts";
import { openApp } from "./open-app.ts";

const open = { read: everyone, write: everyone };
const directors = collection("directors", { fields: { name: text() }, access: open });
const films = collection("films", { fields: { title: text(), director: ref("directors") }, access: open });

async function openFilms() {
  const { anonymous } = await openApp({ collections: [directors, films] });
  const director = (await anonymous.post("/directors", { name: "Tati" })).body["id"];
  const film = (await anonymous.post("/films", { title: "Playtime", director })).body["id"];
  return { anonymous, director: `/directors/${String(director)}`, film: `/films/${String(film)}` };
}

test("a parameter is refused where nothing reads one, and nothing is done", async () => {
  const { anonymous, director, film } = await openFilms();
  const record = { title: "Trafic", director: director.slice(11) };
  const answers = [
    await anonymous.delete(`${film}?dryRun=true`),
    await anonymous.patch(`${film}?select=title`, { title: "Trafic" }),
    await anonymous.put(`${film}?upsert`, record),
    await anonymous.post("/films?dryRun=true", record),
    await anonymous.post("/films/search?limit=1", {}),
    await anonymous.post("/batch?x=1", [{ operation: "films.delete", input: { id: film.slice(7) } }]),
  ];
  for (const answer of answers) expect(answer).toMatchObject({ status: 400, code: "invalid_query" });
  expect(answers[0]?.body["errors"]).toMatchObject([{ path: "/dryRun", code: "unknown_parameter" }]);
  expect((await anonymous.get("/films?total=true")).body).toMatchObject({ total: 1, data: [{ title: "Playtime" }] });
});

test("the tag of a record is that of what is included in it, however the parameter is spelled", async () => {
  const { anonymous, director, film } = await openFilms();
  for (const name of ["include", "%69nclude", "incl%75de"]) {
    const before = await anonymous.get(`${film}?${name}=director`);
    expect((await anonymous.patch(director, { name: `Jacques by ${name}` })).status).toBe(200);
    const seen = { "if-none-match": String(before.headers.get("etag")) };
    expect((await anonymous.get(`${film}?${name}=director`, seen)).status, name).toBe(200);
  }
});
