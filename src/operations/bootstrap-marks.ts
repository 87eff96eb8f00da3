import { internalCollection } from "../schema/collection.ts";
import { json } from "../schema/field-json.ts";
import { text } from "../schema/field-text.ts";

/** What has been done to a database once: that it was seeded. */
export const marks = internalCollection("_marks", { id: text(), fields: { value: json() } });
