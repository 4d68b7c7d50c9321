/**
 * Plays the create, update and status steps of the oracle's scenarios on the kinds' definitions
 * alone: decode → default → prepare → validate, without server or store. Each step starts from what
 * upstream answered before, so one difference does not hide the next.
 *
 * Left to a server: managedFields, volatile values, lists, patches, deletes, admission. What default
 * admission adds to pods stands in admission.ts. Steps it cannot play are not counted.
 */
import { readFileSync } from 'node:fs';
import type { KindDefinition, StrategyContext } from '../../api/kind.ts';
import { carryMetadata } from '../../api/meta/object-meta.ts';
import { validateCreate, validateUpdate } from '../../api/meta/validate-object.ts';
import type { KubeObject } from '../../api/object.ts';
import { decodeBody, type FieldValidation } from '../../api/schema/decode-body.ts';
import { invalid, StatusError } from '../../api/status-error.ts';
import type { Clock } from '../../base/clock.ts';
import { seededRandom } from '../../base/random.ts';
import { admitLikeUpstream, RECORDED_IP } from './admission.ts';
import { differences, normalise } from './compare.ts';

interface OracleStep {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly ignore?: readonly string[];
  readonly note?: string;
  readonly status: number;
  readonly warnings?: readonly string[];
  readonly response: unknown;
}

export interface OracleScenario {
  readonly id: string;
  readonly steps: readonly OracleStep[];
}

export interface StepResult {
  readonly step: number;
  readonly note: string;
  /** One line each: path, what upstream gave, what we gave. Empty: equal. */
  readonly differences: readonly string[];
}

/** In place of the namespace that each recorded scenario had to itself. */
const NAMESPACE = 'oracle-offline-0001';
/** Answers of stages before or after those that are played here. */
const SERVERS_OWN = /does not match the |undeterminable|strconv\.ParseUint|^pods .* is forbidden/;

const NEW_UID = '00000000-0000-4000-8000-000000000000';
const NOW_MS = Date.UTC(2026, 0, 1);
const clock: Clock = {
  now: () => NOW_MS,
  monotonic: () => 0,
  schedule: () => ({ cancel: () => undefined }),
};
const context: StrategyContext = { clock, random: seededRandom(1) };

export function readScenarios(file: string): OracleScenario[] {
  const text = readFileSync(new URL(`../../../test/oracle/${file}`, import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line.replaceAll('${ns}', NAMESPACE)) as OracleScenario);
}

interface Place {
  readonly kind: KindDefinition;
  readonly name: string | undefined;
  readonly subresource: string;
  readonly query: URLSearchParams;
}

/** Plays one scenario and gives the steps that could be played. */
export function playScenario(scenario: OracleScenario, kinds: readonly KindDefinition[]): StepResult[] {
  const stored = new Map<string, KubeObject>();
  const results: StepResult[] = [];
  const steps = JSON.parse(
    JSON.stringify(scenario.steps).replaceAll('${ip}', RECORDED_IP).replaceAll('<uuid>', NEW_UID),
  ) as OracleStep[];
  steps.forEach((step, i) => {
    const place = locate(step.path, kinds);
    if (!place) return;
    const played = play(step, place, stored);
    if (played) {
      results.push({ step: i, note: step.note ?? '', differences: compare(step, played, place) });
    }
    remember(step, place, stored);
  });
  return results;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly warnings: readonly string[];
}

function play(step: OracleStep, place: Place, stored: ReadonlyMap<string, KubeObject>): Answer | undefined {
  const { kind, name, subresource } = place;
  if ((step.headers?.['Content-Type'] ?? 'application/json') !== 'application/json') return undefined;
  if (step.headers?.Accept && step.headers.Accept !== 'application/json') return undefined;
  const creates = step.method === 'POST' && name === undefined;
  const updates =
    step.method === 'PUT' && name !== undefined && (subresource === '' || subresource === 'status');
  const message = (step.response as { message?: string } | null)?.message ?? '';
  if ((!creates && !updates) || [403, 404, 409].includes(step.status) || SERVERS_OWN.test(message)) {
    return undefined;
  }
  const validation = place.query.get('fieldValidation') ?? 'Warn';
  const body = textOf(step.body);
  if (!['Strict', 'Warn', 'Ignore'].includes(validation) || (place.query.get('dryRun') ?? 'All') !== 'All') {
    return undefined;
  }
  try {
    const decoded = decodeBody(kind, body, { fieldValidation: validation as FieldValidation });
    const { object } = decoded;
    if (updates) {
      const old = stored.get(key(place, name));
      if (!old) return undefined;
      // The server's own check, before any of the kind.
      if (kind.allowUnconditionalUpdate === false && !object.metadata.resourceVersion) return undefined;
      return update(place, object, structuredClone(old), decoded.warnings);
    }
    return create(kind, object, decoded.warnings);
  } catch (error) {
    if (error instanceof StatusError) return { status: error.code, body: error.toStatus(), warnings: [] };
    throw error;
  }
}

function create(kind: KindDefinition, object: KubeObject, decodeWarnings: readonly string[]): Answer {
  const { metadata } = object;
  if (kind.namespaced) metadata.namespace ||= NAMESPACE;
  else delete metadata.namespace;
  kind.defaults?.(object, context);
  admitLikeUpstream(kind, object);
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.managedFields;
  if (kind.tracksGeneration) metadata.generation = 1;
  metadata.uid = NEW_UID;
  kind.prepareForCreate?.(object, context);
  if (!metadata.name && metadata.generateName) metadata.name = `${metadata.generateName}bcdfg`;
  const errors = validateCreate(kind, object, context);
  if (errors.length > 0) throw invalid(kind, metadata.name ?? '', errors);
  const warnings = kind.warnings?.(object, undefined) ?? [];
  return { status: 201, body: object, warnings: [...decodeWarnings, ...warnings] };
}

function update(
  place: Place,
  next: KubeObject,
  old: KubeObject,
  decodeWarnings: readonly string[],
): Answer | undefined {
  const { kind, subresource } = place;
  const here: StrategyContext = subresource === '' ? context : { ...context, subresource };
  if (kind.namespaced) next.metadata.namespace ||= NAMESPACE;
  kind.defaults?.(next, here);
  if (subresource === '') admitLikeUpstream(kind, next, old);
  carryMetadata(next.metadata, old.metadata);
  if (subresource === 'status') {
    if (kind.subresources?.status?.prepareForUpdate) {
      kind.subresources.status.prepareForUpdate(next, old, here);
    } else {
      const status = (next as { status?: unknown }).status;
      Object.assign(next, structuredClone(old), { metadata: next.metadata, status });
    }
  } else {
    kind.prepareForUpdate?.(next, old, here);
  }
  next.metadata.resourceVersion = old.metadata.resourceVersion || '1';
  const errors = validateUpdate(kind, next, old, here);
  if (errors.length > 0) throw invalid(kind, next.metadata.name ?? '', errors);
  if (kind.tracksGeneration && subresource === '') delete next.metadata.generation;
  const warnings = kind.warnings?.(next, old) ?? [];
  return { status: 200, body: next, warnings: [...decodeWarnings, ...warnings] };
}

function compare(step: OracleStep, got: Answer, place: Place): string[] {
  const out: string[] = [];
  if (got.status !== step.status) out.push(`status: upstream ${step.status}, here ${got.status}`);
  const ignore = [...(step.ignore ?? []), ...(place.kind.tracksGeneration ? ['/metadata/generation'] : [])];
  out.push(...differences(normalise(step.response, ignore), normalise(got.body, ignore)));
  const { deprecation } = place.kind;
  const warnings = [...(deprecation ? [deprecation] : []), ...got.warnings].map(
    w => `299 - ${JSON.stringify(w)}`,
  );
  if (step.status < 300 && JSON.stringify(warnings) !== JSON.stringify(step.warnings ?? [])) {
    out.push(`warnings: upstream ${JSON.stringify(step.warnings)}, here ${JSON.stringify(warnings)}`);
  }
  return out;
}

/** What upstream stored is what the next step starts from. */
function remember(step: OracleStep, place: Place, stored: Map<string, KubeObject>): void {
  if (step.status >= 300 || place.query.get('dryRun')) return;
  if (!['POST', 'PUT', 'PATCH'].includes(step.method)) return;
  const response = step.response as Partial<KubeObject> | null;
  if (response?.kind === place.kind.kind && response.metadata?.name) {
    stored.set(key(place, response.metadata.name), response as KubeObject);
  }
}

const key = (place: Place, name: string) => `${place.kind.group}/${place.kind.plural}/${name}`;

function textOf(body: unknown): string {
  if (typeof body === 'object' && body !== null && '$text' in body) return String(body.$text);
  return body === undefined || body === null ? '' : JSON.stringify(body);
}

function locate(path: string, kinds: readonly KindDefinition[]): Place | undefined {
  const url = new URL(path, 'http://x');
  const parts = decodeURIComponent(url.pathname).split('/').filter(Boolean);
  const core = parts[0] === 'api';
  const [group, version, rest] = core ? ['', parts[1], parts.slice(2)] : [parts[1], parts[2], parts.slice(3)];
  const inNamespace =
    rest[0] === 'namespaces' && rest.length > 2 && !['status', 'finalize'].includes(rest[2] ?? '');
  const [plural, name, subresource = ''] = inNamespace ? rest.slice(2) : rest;
  const kind = kinds.find(k => k.group === group && k.version === version && k.plural === plural);
  return kind && { kind, name, subresource, query: url.searchParams };
}
