/** A surface's document as the explorer shows it: operations in groups, in the older version that the viewer reads fast. */
import { request } from "../api";

type Json = { [name: string]: unknown };

export interface OpenApi {
  info: { title: string; description?: string };
  paths: { [path: string]: { [method: string]: { tags?: string[] } } };
}

/** Raises Problem. */
export async function readDocument(surface: string): Promise<OpenApi> {
  // What webhooks are sent is nothing to try, and unknown to the older version.
  const { webhooks: _, ...document } = await request<OpenApi & Json>("GET", `/${surface}/openapi.json`);
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const operation of Object.values(operations)) operation.tags ??= [groupOf(path)];
  }
  // Swagger UI takes five times as long for a document of 3.1; of what is new there, ours have nulls, examples and files.
  return { ...(older(document) as OpenApi & Json), openapi: "3.0.3" } as OpenApi;
}

/** `/api/v2/activities/{id}` is about activities. */
function groupOf(path: string): string {
  const words = path.split("/").filter((word) => word && !/^(api|v\d+)$/.test(word));
  return words[0] ?? "all";
}

const VALUES = new Set(["default", "enum", "example"]); // of the documented API: they stay as they are

function older(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(older);
  if (part === null || typeof part !== "object") return part;
  const { examples, const: only, contentMediaType: file, anyOf, ...rest } = part as Json;
  const made: Json = {};
  for (const [name, value] of Object.entries(rest)) made[name] = VALUES.has(name) ? value : older(value);
  if (Array.isArray(examples)) made.example = examples[0];
  else if (examples !== undefined) made.examples = examples;
  if (only !== undefined) made.enum = [only];
  if (file !== undefined) made.format = "binary";
  return Array.isArray(anyOf) ? { ...made, ...oneOf(anyOf as Json[]) } : made;
}

/** What may be one of several, null among them. */
function oneOf(options: Json[]): Json {
  const real = options.filter((option) => option.type !== "null");
  const nullable = real.length < options.length ? { nullable: true } : {};
  const [first] = real;
  if (real.length !== 1 || !first) return { anyOf: real.map(older), ...nullable };
  return "$ref" in first ? { allOf: [first], ...nullable } : { ...(older(first) as Json), ...nullable };
}
