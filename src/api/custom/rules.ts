/**
 * The rules of custom resources (x-kubernetes-validations, KEP-2876): evaluated once the value fits its
 * schema, from the root down. Rules about changes see the old value, where that can be told; what did not
 * change is not found fault with (KEP-4008).
 */
import { deepEqual } from '../../base/deep-equal.ts';
import type { ValidationRule } from '../../generated/apiextensions-v1.ts';
import { ruleType } from '../apiextensions/rule-types.ts';
import type { Schema } from '../apiextensions/schema.ts';
import { type Compiled, compile } from '../cel/compile.ts';
import { evaluate } from '../cel/evaluate.ts';
import { CelFault, Optional, Unsupported, type Value } from '../cel/values.ts';
import { child, type FieldError, forbiddenField, invalidValue, show } from '../field-error.ts';
import { ruleValue } from './rule-values.ts';
import { additional, isObject, type Structural } from './structural.ts';

const NOWHERE = '<nil>';
/** What makes rules useless: they may read what is not there. */
const BLOCKING: ReadonlySet<string> = new Set([
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);
const UNCHECKED =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';
const MESSAGE_MAX = 5120;

/** `errors` of the schema before; the same with what the rules find. */
export function withRules(
  errors: readonly FieldError[],
  schema: Structural,
  value: unknown,
  old?: unknown,
  warn: Warn = () => {},
): readonly FieldError[] {
  if (!hasRules(schema)) return errors;
  if (errors.some(e => BLOCKING.has(e.reason)))
    return [
      ...errors,
      { field: NOWHERE, reason: 'FieldValueInvalid', body: `Invalid value: null: ${UNCHECKED}` },
    ];
  return [...errors, ...check({ value, old, schema, path: '', root: true, warn })];
}

/** What the rules of a value find that fits its schema: of a default. */
export const ruleErrors = (schema: Structural, value: unknown, path: string): FieldError[] =>
  check({ value, old: undefined, schema, path, root: false, warn: () => {} });

const known = new WeakMap<Structural, boolean>();

function hasRules(schema: Structural): boolean {
  const found = known.get(schema);
  if (found !== undefined) return found;
  const rest = additional(schema);
  const parts = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.items ? [schema.items] : []),
    ...(rest ? [rest] : []),
  ];
  const has = (schema['x-kubernetes-validations'] ?? []).length > 0 || parts.some(hasRules);
  known.set(schema, has);
  return has;
}

type Warn = (text: string) => void;

interface Checked {
  readonly value: unknown;
  readonly old: unknown;
  readonly schema: Structural;
  readonly path: string;
  readonly root: boolean;
  readonly warn: Warn;
}

function check(checked: Checked): FieldError[] {
  const { value, old, schema, path, warn } = checked;
  if (value === null || value === undefined || !hasRules(schema)) return [];
  const errors = own(checked);
  const below = (item: unknown, before: unknown, part: Structural, where: string) =>
    check({ value: item, old: before, schema: part, path: where, root: false, warn });
  const { items } = schema;
  if (Array.isArray(value) && items)
    errors.push(
      ...value.flatMap((item, i) => below(item, oldItem(item, old, schema), items, `${path}[${i}]`)),
    );
  if (!isObject(value)) return errors;
  const before = isObject(old) ? old : {};
  const rest = additional(schema);
  for (const name of Object.keys(value).sort()) {
    const field = Object.hasOwn(schema.properties ?? {}, name) ? schema.properties?.[name] : undefined;
    const where = field ? child(path, name) : `${path}[${name}]`;
    const part = field ?? rest;
    const previous = Object.hasOwn(before, name) ? before[name] : undefined;
    if (part) errors.push(...below(value[name], previous, part, where));
  }
  return errors;
}

/** Items of list maps are the same by their keys; those of other lists are nobody's successors. */
function oldItem(item: unknown, old: unknown, schema: Structural): unknown {
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(old) || !isObject(item)) return undefined;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  return old.find(other => isObject(other) && keys.every(key => deepEqual(other[key], item[key])));
}

function own({ value, old, schema, path, root, warn }: Checked): FieldError[] {
  const rules = programsOf(schema, root);
  if (rules.length === 0) return [];
  const resource = root || schema['x-kubernetes-embedded-resource'] === true;
  const self = ruleValue(value, schema, resource);
  if (self === undefined) return [];
  const oldSelf = old === undefined || old === null ? undefined : ruleValue(old, schema, resource);
  const same = old !== undefined && deepEqual(value, old);
  return rules.flatMap(rule => {
    const { usesOld } = rule;
    if (usesOld && oldSelf === undefined && !rule.validation.optionalOldSelf) return [];
    const previous = rule.validation.optionalOldSelf ? new Optional(oldSelf) : (oldSelf ?? null);
    const found = broken(rule, { self, oldSelf: previous }, { schema, value, path });
    if (!found) return [];
    if (!same || usesOld || found.fault) return [found.error];
    // What was so before may stay so.
    warn(`${found.error.field}: ${found.error.body}`);
    return [];
  });
}

interface Program {
  readonly validation: ValidationRule;
  readonly rule: Exclude<Compiled, { error: string }>;
  readonly message: Exclude<Compiled, { error: string }> | undefined;
  readonly usesOld: boolean;
}

const programs = new WeakMap<Structural, readonly Program[]>();

function programsOf(schema: Structural, root: boolean): readonly Program[] {
  const found = programs.get(schema);
  if (found) return found;
  const self = ruleType(schema as Schema, 'self', root);
  const made = self
    ? (schema['x-kubernetes-validations'] ?? []).flatMap((validation): Program[] => {
        const oldSelf = validation.optionalOldSelf ? ({ kind: 'optional', of: self } as const) : self;
        const rule = compile(validation.rule, { self, oldSelf });
        const message = compile(validation.messageExpression || "''", { self, oldSelf });
        if ('error' in rule) return [];
        return [
          {
            validation,
            rule,
            message: 'error' in message || !validation.messageExpression ? undefined : message,
            usesOld: rule.used.has('oldSelf'),
          },
        ];
      })
    : [];
  programs.set(schema, made);
  return made;
}

type Scope = Readonly<Record<string, Value>>;

interface Place {
  readonly schema: Structural;
  readonly value: unknown;
  readonly path: string;
}

/** `fault`: the rule could not be evaluated. */
interface Broken {
  readonly error: FieldError;
  readonly fault: boolean;
}

function broken(program: Program, scope: Scope, place: Place): Broken | undefined {
  const { schema, path, value } = place;
  const { validation, rule } = program;
  const field = path || NOWHERE;
  const shown = (validation.message || validation.rule).trim();
  try {
    if (evaluate(rule, scope) === true) return undefined;
  } catch (e) {
    if (e instanceof Unsupported) return undefined;
    if (!(e instanceof CelFault)) throw e;
    const words = e.message.startsWith('no such overload')
      ? `'${e.message}': call arguments did not match a supported operator, function or macro signature for rule: ${shown}`
      : `${e.message} evaluating rule: ${shown}`;
    return { error: invalidValue(field, schema.type ?? '', words), fault: true };
  }
  const said = messageOf(program, scope) ?? validation.message?.trim();
  const error = failure(whereOf(validation, path) || NOWHERE, validation, said || `failed rule: ${shown}`);
  // Objects and lists are too large to be shown.
  const isShown = typeof value !== 'object' && !/^(Required|Forbidden)/.test(error.body);
  const body = isShown ? error.body.replace(' value', () => ` value: ${show(value)}`) : error.body;
  return { error: { ...error, body }, fault: false };
}

function failure(field: string, { reason }: ValidationRule, detail: string): FieldError {
  switch (reason) {
    case 'FieldValueForbidden':
      return forbiddenField(field, detail);
    case 'FieldValueRequired':
      return { field, reason, body: `Required value: ${detail}` };
    case 'FieldValueDuplicate':
      return { field, reason, body: 'Duplicate value' };
    default:
      return { field, reason: 'FieldValueInvalid', body: `Invalid value: ${detail}` };
  }
}

/** One line of text, or nothing. */
function messageOf({ message }: Program, scope: Scope): string | undefined {
  if (!message) return undefined;
  try {
    const value = evaluate(message, scope);
    const text = typeof value === 'string' ? value.trim() : '';
    return text === '' || text.includes('\n') || Buffer.byteLength(text) > MESSAGE_MAX ? undefined : text;
  } catch (e) {
    if (e instanceof CelFault || e instanceof Unsupported) return undefined;
    throw e;
  }
}

/** .a['b'].c below the path. */
function whereOf({ fieldPath }: ValidationRule, path: string): string {
  if (!fieldPath) return path;
  const keys = /\['((?:[^'\\]|\\.)*)'\]/g;
  const below = fieldPath.replace(keys, (_, key: string) => `[${key.replace(/\\(.)/g, '$1')}]`);
  return child(path, below.replace(/^\./, ''));
}
