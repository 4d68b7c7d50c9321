/**
 * The way from `kubectl apply` to `kubectl apply --server-side`: what stands in the annotation of
 * the client-side apply, unchanged since, was kubectl's, and its conflicts are none (KEP-555,
 * "Upgrading from client-side apply"). Only for the manager `kubectl`.
 */
import type { Rules } from './ownership.ts';
import { compareObjects } from './typed/compare.ts';
import { difference, type FieldSet } from './typed/field-set.ts';
import { toFieldSet } from './typed/to-field-set.ts';
import { validateConfig } from './typed/validate.ts';

export const KUBECTL = 'kubectl';
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const MAX_ANNOTATIONS_BYTES = 256 * 1024;

interface Annotated {
  apiVersion?: unknown;
  metadata?: { annotations?: Record<string, string> | null | undefined } | null;
}

export function lastAppliedOf(object: object): string {
  return (object as Annotated).metadata?.annotations?.[LAST_APPLIED] ?? '';
}

/** The fields that the last client-side apply set and that still have its values; undefined: there was none. */
export function lastAppliedFields(rules: Rules, live: object): FieldSet | undefined {
  const config = parse(lastAppliedOf(live));
  if (!config || config.apiVersion !== rules.apiVersion) return undefined;
  if (validateConfig(config, rules.shape) !== undefined) return undefined;
  const { added, modified, removed } = compareObjects(config, live, rules.shape);
  return [modified, added, removed].reduce(difference, toFieldSet(config, rules.shape));
}

function parse(text: string): Annotated | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps the annotation that is there in step, so that older clients can still apply. Changes `object`. */
export function updateLastApplied(object: object, config: object): void {
  const { metadata } = object as Annotated;
  if (!metadata?.annotations || lastAppliedOf(object) === '') return;
  const annotations: Record<string, string> = {
    ...metadata.annotations,
    [LAST_APPLIED]: lastAppliedText(config),
  };
  const bytes = Object.entries(annotations).reduce(
    (n, [k, v]) => n + Buffer.byteLength(k) + Buffer.byteLength(v),
    0,
  );
  if (bytes > MAX_ANNOTATIONS_BYTES) delete annotations[LAST_APPLIED];
  metadata.annotations = annotations;
}

/** As Go writes it: keys sorted, characters that mean something to HTML escaped, a line end after it. */
function lastAppliedText(config: object): string {
  const { metadata } = config as Annotated;
  const { [LAST_APPLIED]: _, ...annotations } = metadata?.annotations ?? {};
  const text = metadata?.annotations ? { ...config, metadata: { ...metadata, annotations } } : config;
  const escape = (c: string) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `${JSON.stringify(sorted(text)).replace(/[<>&\u2028\u2029]/g, escape)}\n`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
