/**
 * A value as upstream's internal struct, printed by encoding/json: every field in its declared
 * order, zero values included. (Internal types have no JSON tags.)
 */
import { goJson, LABEL_SELECTOR_ORDER } from '../meta/go-json.ts';
import { INTERNAL_TYPES } from './internal-types.ts';

interface InternalField {
  readonly goName: string;
  readonly jsonName: string;
  readonly form:
    | 'string'
    | 'number'
    | 'bool'
    | 'pointer'
    | 'struct'
    | 'structPointer'
    | 'list'
    | 'wire'
    | 'inline';
  readonly type: string;
}

const compiled = new Map<string, readonly InternalField[]>();

/** Of a type in internal-types.ts. */
export function toInternal(type: string, value: object): Record<string, unknown> {
  const source = value as Record<string, unknown>;
  return Object.fromEntries(
    fieldsOf(type).flatMap(f => {
      const field = source[f.jsonName];
      if (f.form === 'inline') return Object.entries(goJson(field ?? {}) as object);
      return [[f.goName, convert(f, field)]];
    }),
  );
}

function convert({ form, type }: InternalField, value: unknown): unknown {
  switch (form) {
    case 'string':
      return value ?? '';
    case 'number':
      return value ?? 0;
    case 'bool':
      return value ?? false;
    case 'struct':
      return toInternal(type, (value as object | undefined) ?? {});
    case 'structPointer':
      return value === undefined ? null : toInternal(type, value as object);
    case 'list':
      return value === undefined || value === null || (value as unknown[]).length === 0
        ? null
        : (value as object[]).map(item => toInternal(type, item));
    case 'inline':
    case 'pointer':
    case 'wire':
      return value === undefined ? null : goJson(value, LABEL_SELECTOR_ORDER);
  }
}

function fieldsOf(type: string): readonly InternalField[] {
  let fields = compiled.get(type);
  if (!fields) {
    const words = (INTERNAL_TYPES[type] ?? '').split(/\s+/).filter(Boolean);
    fields = words.flatMap(w => (w.startsWith('@') ? fieldsOf(w.slice(1)) : [parseField(w)]));
    compiled.set(type, fields);
  }
  return fields;
}

const FORMS: Readonly<Record<string, InternalField['form']>> = {
  '': 'string',
  '#': 'number',
  '!': 'bool',
  '?': 'pointer',
  '~': 'wire',
  '[]': 'pointer',
  '{}': 'pointer',
  ':': 'struct',
  '*': 'structPointer',
  '[': 'list',
};

function parseField(word: string): InternalField {
  if (word.startsWith('^')) return { goName: '', jsonName: word.slice(1), form: 'inline', type: '' };
  const parts = /^(\w+)([#!?~:*]|\[\]|\{\}|\[)?(\w*)\]?(?:=(\w+))?$/.exec(word) ?? [];
  const [, goName = '', mark = '', type = '', wireName] = parts;
  return { goName, jsonName: wireName ?? jsonName(goName), form: FORMS[mark] ?? 'string', type };
}

const IRREGULAR: Readonly<Record<string, string>> = { CephFS: 'cephfs', StorageOS: 'storageos' };

/** HTTPGet → httpGet, TTY → tty, HostIP → hostIP. */
function jsonName(goName: string): string {
  const irregular = IRREGULAR[goName];
  if (irregular) return irregular;
  const capitals = /^[A-Z]+/.exec(goName)?.[0].length ?? 0;
  if (capitals === goName.length) return goName.toLowerCase();
  const lower = capitals > 1 ? capitals - 1 : 1;
  return goName.slice(0, lower).toLowerCase() + goName.slice(lower);
}

/** The names on the wire of a type's fields; undefined for a type that is not in the table. */
export function internalFieldNames(type: string): readonly string[] | undefined {
  return INTERNAL_TYPES[type] === undefined ? undefined : fieldsOf(type).map(f => f.jsonName);
}

/** The internal PodSpec keeps the host namespaces in its security context. */
export function internalPodSpec(spec: object): Record<string, unknown> {
  const source = spec as Record<string, unknown>;
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace, hostUsers } = source;
  const securityContext = {
    ...(source.securityContext as object | undefined),
    hostNetwork,
    hostPID,
    hostIPC,
    shareProcessNamespace,
    hostUsers,
  };
  return toInternal('PodSpec', { ...source, securityContext });
}
