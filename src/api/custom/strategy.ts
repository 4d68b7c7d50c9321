/** What creating and updating a custom resource may touch, and what is checked (upstream: registry/customresource). */
import type { CustomResourceSubresources } from '../../generated/apiextensions-v1.ts';
import type { FieldError } from '../field-error.ts';
import type { KindDefinition, StatusSubresource } from '../kind.ts';
import type { KubeObject } from '../object.ts';
import { validateEmbedded } from './embedded.ts';
import { validateLists } from './list-types.ts';
import { withRules } from './rules.ts';
import { validateScale, validateScaleStatus } from './scale.ts';
import { isObject, type JsonObject, type Structural } from './structural.ts';
import { validateSchema } from './validate.ts';

interface Strategy
  extends Required<
    Pick<
      KindDefinition,
      'prepareForCreate' | 'prepareForUpdate' | 'validate' | 'validateUpdate' | 'generationInput'
    >
  > {
  readonly status: StatusSubresource<KubeObject>;
}

const json = (object: KubeObject) => object as unknown as JsonObject;

/** `status`, `scale`: which subresources the version has. With the first, the status is that one's alone. */
export function customStrategy(
  schema: Structural,
  { status, scale }: CustomResourceSubresources = {},
): Strategy {
  const embedded = { ...schema, 'x-kubernetes-embedded-resource': false };
  return {
    prepareForCreate: object => {
      if (status) delete json(object)['status'];
    },
    prepareForUpdate: (next, old) => {
      if (status) keepStatus(json(next), json(old));
    },
    // All but metadata counts, and the status where it is no subresource.
    generationInput: object => {
      const { apiVersion: _v, kind: _k, metadata: _m, ...rest } = json(object);
      if (status) delete rest['status'];
      return rest;
    },
    validate: object => {
      const errors = [
        ...validateSchema({ schema, value: object }),
        ...(scale ? validateScale(object, scale) : []),
        ...validateEmbedded(object, embedded),
        ...validateLists(object, schema),
      ];
      return withRules(errors, schema, object);
    },
    validateUpdate: (next, old, { warn }) => {
      const errors = [
        ...validateSchema({ schema, value: next, old }),
        ...(scale ? validateScale(next, scale) : []),
        ...validateEmbedded(next, embedded),
        ...ratchetedLists(next, old, schema),
      ];
      return withRules(errors, schema, next, old, warn);
    },
    status: {
      prepareForUpdate: (next, old) => keepAllButStatus(json(next), json(old)),
      validateUpdate: (next, old, { warn }) => {
        const errors = [
          ...validateStatus(json(next)['status'], json(old)['status'], schema),
          ...(scale ? validateScaleStatus(next, scale) : []),
          ...ratchetedLists(next, old, schema),
        ];
        return withRules(errors, schema, next, old, warn);
      },
    },
  };
}

/** What was doubled before may stay doubled. */
function ratchetedLists(next: unknown, old: unknown, schema: Structural): readonly FieldError[] {
  return validateLists(old, schema).length > 0 ? [] : validateLists(next, schema);
}

function validateStatus(value: unknown, old: unknown, schema: Structural): readonly FieldError[] {
  const own = schema.properties?.['status'];
  return value === undefined || !own ? [] : validateSchema({ schema: own, value, old, base: 'status' });
}

function keepStatus(next: JsonObject, old: JsonObject): void {
  if (old['status'] === undefined) delete next['status'];
  else next['status'] = structuredClone(old['status']);
}

/** Of a status update only the status counts: not even labels change. */
function keepAllButStatus(next: JsonObject, old: JsonObject): void {
  const { status, metadata } = next;
  for (const field of Object.keys(next)) if (field !== 'metadata') delete next[field];
  const { metadata: _m, status: _s, ...rest } = structuredClone(old);
  Object.assign(next, rest);
  if (status !== undefined) next['status'] = status;
  if (!isObject(metadata) || !isObject(old['metadata'])) return;
  const { managedFields, resourceVersion } = metadata;
  const kept: JsonObject = { ...structuredClone(old['metadata']), resourceVersion };
  delete kept['managedFields'];
  if (managedFields !== undefined) kept['managedFields'] = managedFields;
  next['metadata'] = kept;
}
