/**
 * What the OpenAPI documents are made of: types and operations (facts), and what they mean
 * (generated at build time; without it the documents are complete but for descriptions).
 */
import { existsSync, readFileSync } from 'node:fs';

export type JsonObject = { readonly [key: string]: unknown };

export interface Operation {
  readonly action: string | null;
  readonly codes: readonly string[];
  readonly consumes: readonly string[];
  /** Absent: what its action says. */
  readonly produces?: readonly string[];
  readonly gvk: { readonly group: string; readonly version: string; readonly kind: string } | null;
  readonly operationId: string;
  readonly parameters: readonly string[];
}

export interface ParameterFact {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly description: string;
  readonly type: string;
}

export interface Sources {
  readonly schemas: Readonly<Record<string, JsonObject>>;
  /** 'GET /api/v1/pods' */
  readonly operations: Readonly<Record<string, Operation>>;
  /** Upstream's id of the shared parameter to the parameter. */
  readonly parameters: Readonly<Record<string, ParameterFact>>;
  /** Schema id to field ('' for the type itself) to text. */
  readonly descriptions: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

let loaded: Sources | undefined;

export function sources(): Sources {
  loaded ??= {
    schemas: read('../../api/facts/schemas.json') as Sources['schemas'],
    operations: read('../../api/facts/operations.json') as Sources['operations'],
    parameters: read('../../api/facts/parameters.json') as Sources['parameters'],
    descriptions: read('../../generated/descriptions.json') as Sources['descriptions'],
  };
  return loaded;
}

function read(path: string): unknown {
  const url = new URL(path, import.meta.url);
  return existsSync(url) ? (JSON.parse(readFileSync(url, 'utf8')) as unknown) : {};
}
