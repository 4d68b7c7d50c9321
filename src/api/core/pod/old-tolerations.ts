/**
 * Tolerations were an annotation before they were a field. Nobody acts on it any more, but what
 * stands there must be some. It is in the internal form, whose names are known in any case of letters.
 */
import type { Toleration } from '../../../generated/core-v1.ts';
import { jsonSyntaxError, jsonTypeOf } from '../../validation/go-json-syntax.ts';

/** By the name in small letters: the field, and the Go types that hold it. */
const FIELDS: Readonly<Record<string, readonly [field: keyof Toleration, goName: string, goType: string]>> = {
  key: ['key', 'Key', 'string'],
  operator: ['operator', 'Operator', 'core.TolerationOperator'],
  value: ['value', 'Value', 'string'],
  effect: ['effect', 'Effect', 'core.TaintEffect'],
  tolerationseconds: ['tolerationSeconds', 'TolerationSeconds', 'int64'],
};

/** The tolerations, or what Go's decoder says is wrong. */
export function decodeTolerations(text: string): readonly Toleration[] | string {
  const syntax = jsonSyntaxError(text);
  if (syntax !== undefined) return syntax;
  const list: unknown = JSON.parse(text);
  if (list === null) return [];
  if (!Array.isArray(list)) return cannotHold(list, 'Go value of type []core.Toleration');
  const decoded = list.map(decodeToleration);
  return decoded.find(d => typeof d === 'string') ?? decoded.filter(d => typeof d !== 'string');
}

function decodeToleration(item: unknown): Toleration | string {
  if (item === null) return {};
  if (typeof item !== 'object' || Array.isArray(item))
    return cannotHold(item, 'Go value of type core.Toleration');
  const toleration: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(item) as [string, unknown][]) {
    const [field, goName, goType] = FIELDS[name.toLowerCase()] ?? [];
    if (field === undefined || value === null) continue;
    const fits = goType === 'int64' ? Number.isInteger(value) : typeof value === 'string';
    if (!fits) return cannotHold(value, `Go struct field Toleration.${goName} of type ${goType}`);
    toleration[field] = value;
  }
  return toleration;
}

function cannotHold(value: unknown, what: string): string {
  const shown = typeof value === 'number' && !Number.isInteger(value) ? `number ${value}` : jsonTypeOf(value);
  return `json: cannot unmarshal ${shown} into ${what}`;
}
