/** The scale subresource of a custom resource: where its replicas and its selector stand (upstream: registry/customresource). */

import { ownField, setOwnField } from '../../base/own-field.ts';
import type { CustomResourceSubresourceScale } from '../../generated/apiextensions-v1.ts';
import { type FieldError, invalidValue } from '../field-error.ts';
import { goFormat } from '../go-format.ts';
import type { ScaleSubresource } from '../kind.ts';
import type { KubeObject } from '../object.ts';
import { internalError } from '../status-error.ts';
import { isObject, type JsonObject } from './structural.ts';

const MAX_INT32 = 2 ** 31 - 1;

const pathOf = (jsonPath: string): readonly string[] => jsonPath.replace(/^\./, '').split('.');

/**
 * Its functions throw StatusError 500, as upstream, where something else than a number stands.
 *
 * @param paths as the definition has them; they have been validated with it
 */
export function customScale(paths: CustomResourceSubresourceScale): ScaleSubresource<KubeObject> {
  const spec = pathOf(paths.specReplicasPath);
  const numberAt = (object: KubeObject, path: readonly string[]) => {
    const found = read(object, path, 'int64');
    if (found.problem !== undefined) throw internalError(new Error(found.problem));
    return typeof found.value === 'number' ? found.value : undefined;
  };
  return {
    replicasPath: spec,
    customPath: paths.specReplicasPath,
    replicas: object => numberAt(object, spec),
    statusReplicas: object => numberAt(object, pathOf(paths.statusReplicasPath)) ?? 0,
    selector: object =>
      paths.labelSelectorPath
        ? String(read(object, pathOf(paths.labelSelectorPath), 'string').value ?? '')
        : '',
    setReplicas: (object, replicas) => write(object as unknown as JsonObject, spec, replicas),
  };
}

/** Whatever the schema says, replicas are counted and the selector is a text. */
export function validateScale(
  object: KubeObject,
  paths: CustomResourceSubresourceScale,
): readonly FieldError[] {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = paths;
  return [
    ...validateReplicas(object, specReplicasPath),
    ...validateScaleStatus(object, { statusReplicasPath, labelSelectorPath }),
  ];
}

/** The part of it that a status update can change. */
export function validateScaleStatus(
  object: KubeObject,
  { statusReplicasPath, labelSelectorPath }: Omit<CustomResourceSubresourceScale, 'specReplicasPath'>,
): readonly FieldError[] {
  const selector = labelSelectorPath ? read(object, pathOf(labelSelectorPath), 'string').problem : undefined;
  return [
    ...validateReplicas(object, statusReplicasPath),
    ...(labelSelectorPath && selector !== undefined ? [invalidValue(labelSelectorPath, '', selector)] : []),
  ];
}

function validateReplicas(object: KubeObject, path: string): readonly FieldError[] {
  const { value, problem } = read(object, pathOf(path), 'int64');
  if (problem !== undefined) return [invalidValue(path, 0, problem)];
  if (typeof value !== 'number') return [];
  if (value < 0) return [invalidValue(path, value, 'should be a non-negative integer')];
  return value > MAX_INT32 ? [invalidValue(path, value, `should be less than or equal to ${MAX_INT32}`)] : [];
}

interface Found {
  readonly value?: unknown;
  /** Something else stands there, in the words of apimachinery's accessors. */
  readonly problem?: string;
}

function read(object: unknown, path: readonly string[], wanted: 'int64' | 'string'): Found {
  let at: unknown = object;
  for (const [i, name] of path.entries()) {
    if (at === null || at === undefined) return {};
    if (!isObject(at)) return { problem: wrongType(path.slice(0, i), at, 'map[string]interface {}') };
    at = ownField(at, name);
  }
  if (at === undefined) return {};
  const fits = wanted === 'string' ? typeof at === 'string' : Number.isSafeInteger(at);
  return fits ? { value: at } : { problem: wrongType(path, at, wanted) };
}

const wrongType = (path: readonly string[], value: unknown, wanted: string) =>
  `.${path.join('.')} accessor error: ${goFormat(value)} is of the type ${goType(value)}, expected ${wanted}`;

function goType(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'int64' : 'float64';
  return typeof value === 'string' ? 'string' : 'map[string]interface {}';
}

function write(object: JsonObject, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) {
    setOwnField(object, name, value);
    return;
  }
  const present = ownField(object, name);
  const inner = isObject(present) ? present : {};
  setOwnField(object, name, inner);
  write(inner, rest, value);
}
