/**
 * The versions of a custom resource: schema, subresources, printer columns and selectable fields. What
 * all versions have alike is reported once, at the spec, as upstream's stored form has it.
 */
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  CustomResourceSubresourceScale,
} from '../../generated/apiextensions-v1.ts';
import { at, child, type FieldError, forbiddenField, invalidValue, required } from '../field-error.ts';
import { dns1035Label } from '../meta/names.ts';
import { semanticEqual } from '../validation/checks.ts';
import { validateDefaults } from './default-values.ts';
import { validateSelectableFields } from './field-path.ts';
import { validateOpenApiSchema } from './open-api-schema.ts';
import { createRuleCompiler } from './rules.ts';
import { itemListOf, type Schema, shownSchema, someSchema } from './schema.ts';
import { validateStructural } from './structural.ts';

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['int32', 'int64', 'float', 'double', 'byte', 'date', 'date-time', 'password'];
const ONE_OF_TYPES = `must be one of ${COLUMN_TYPES.join(',')}`;
const ONE_OF_FORMATS = `must be one of ${[...COLUMN_FORMATS].sort().join(',')}`;

export type Version = CustomResourceDefinitionVersion;

const PER_VERSION = ['schema', 'subresources', 'additionalPrinterColumns', 'selectableFields'] as const;
type PerVersion = (typeof PER_VERSION)[number];

/** Upstream's form: what the versions have alike stands at the top, and with no version. */
export interface StoredVersions {
  /** What is alike. */
  readonly common: Partial<Pick<Version, PerVersion>>;
  readonly versions: readonly Version[];
}

/** Takes what all versions have alike out of each of them. */
export function storedVersions(versions: readonly Version[]): StoredVersions {
  const [first, ...rest] = versions;
  const alike = PER_VERSION.filter(
    field => first && rest.every(version => semanticEqual(version[field], first[field])),
  );
  const common: Partial<Record<PerVersion, unknown>> = {};
  for (const field of alike) common[field] = first?.[field];
  return {
    common: common as StoredVersions['common'],
    versions: versions.map(version => {
      const own = { ...version };
      for (const field of alike) delete own[field];
      return own;
    }),
  };
}

/** As upstream's struct prints: it has no JSON names. */
export const shownVersions = (versions: readonly Version[]) => versions.map(shownVersion);

function shownVersion(version: Version) {
  const { subresources, additionalPrinterColumns: columns, selectableFields } = version;
  const schema = version.schema?.openAPIV3Schema;
  return {
    Name: version.name ?? '',
    Served: version.served ?? false,
    Storage: version.storage ?? false,
    Deprecated: version.deprecated ?? false,
    DeprecationWarning: version.deprecationWarning ?? null,
    Schema: version.schema ? { OpenAPIV3Schema: schema ? shownSchema(schema) : null } : null,
    Subresources: subresources
      ? {
          Status: subresources.status ? {} : null,
          Scale: subresources.scale
            ? {
                SpecReplicasPath: subresources.scale.specReplicasPath,
                StatusReplicasPath: subresources.scale.statusReplicasPath,
                LabelSelectorPath: subresources.scale.labelSelectorPath ?? null,
              }
            : null,
        }
      : null,
    AdditionalPrinterColumns:
      columns?.map(c => ({
        Name: c.name,
        Type: c.type,
        Format: c.format ?? '',
        Description: c.description ?? '',
        Priority: c.priority ?? 0,
        JSONPath: c.jsonPath,
      })) ?? null,
    SelectableFields: selectableFields?.map(f => ({ JSONPath: f.jsonPath })) ?? null,
  };
}

/** The versions one by one, then what they share as a list. */
export function validateVersions(
  spec: CustomResourceDefinitionSpec,
  stored: StoredVersions,
  wroteEmpty: boolean,
): FieldError[] {
  const { versions } = stored;
  const shared = stored.common.subresources;
  const errors = versions.flatMap((version, i) => {
    const path = at('spec.versions', i);
    const bad = dns1035Label(version.name).join(',');
    const status = (version.subresources ?? shared)?.status !== undefined;
    return [
      ...(bad ? [invalidValue(`${path}.name`, version.name, bad)] : []),
      ...deprecationErrors(version, path),
      ...validateContents(version, path, 'schema', status),
    ];
  });
  if (new Set(versions.map(v => v.name)).size < versions.length)
    errors.push(invalidValue('spec.versions', shownVersions(versions), 'must contain unique version names'));
  if (versions.filter(v => v.storage).length !== 1) {
    const one = 'must have exactly one version marked as storage version';
    const shown = spec.versions?.length ? shownVersions(versions) : wroteEmpty ? [] : null;
    errors.push(invalidValue('spec.versions', shown, one));
  }
  const [first] = versions;
  const wrong = first?.name ? dns1035Label(first.name).join(',') : '';
  return wrong ? [...errors, invalidValue('spec.version', first?.name, wrong)] : errors;
}

/** What stands at the top; the schema is called `validation` there. */
export function validateCommon({ common, versions }: StoredVersions): FieldError[] {
  const status = [common, ...versions].some(v => v.subresources?.status !== undefined);
  return validateContents(common, 'spec', 'validation', status);
}

const WARNING_MAX = 256;

function deprecationErrors({ deprecated, deprecationWarning: text }: Version, path: string): FieldError[] {
  if (text === undefined) return [];
  const say = (why: string) => invalidValue(`${path}.deprecationWarning`, text, why);
  if (!deprecated) return [say('can only be set for deprecated versions')];
  const control = Array.from(text).find(c => !/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(c));
  const index = control === undefined ? -1 : Buffer.byteLength(text.slice(0, text.indexOf(control)));
  return [
    ...(Buffer.byteLength(text) > WARNING_MAX ? [say('must be <= 256 characters long')] : []),
    ...(text === '' ? [say('must not be an empty string')] : []),
    ...(index < 0
      ? []
      : [
          say(
            `must only contain printable UTF-8 characters; non-printable character found at index ${index}`,
          ),
        ]),
  ];
}

function validateContents(
  { schema, subresources, additionalPrinterColumns = [], selectableFields = [] }: Partial<Version>,
  path: string,
  schemaField: string,
  status: boolean,
): FieldError[] {
  const openApi = schema?.openAPIV3Schema;
  const fieldsPath = child(path, 'selectableFields');
  const errors = [
    ...(openApi ? validateSchema(openApi, `${child(path, schemaField)}.openAPIV3Schema`, status) : []),
    ...(subresources?.scale ? validateScale(subresources.scale, child(path, 'subresources.scale')) : []),
    ...(additionalPrinterColumns ?? []).flatMap((column, i) =>
      validateColumn(column, at(child(path, 'additionalPrinterColumns'), i)),
    ),
  ];
  if (!selectableFields?.length) return errors;
  if (openApi) return [...errors, ...validateSelectableFields(selectableFields, openApi, fieldsPath)];
  const why =
    schemaField === 'schema'
      ? 'selectableFields may only be set when version.schema.openAPIV3Schema is not included'
      : 'selectableFields may only be set when validations.schema is included';
  return [...errors, invalidValue(fieldsPath, '', why)];
}

/** Fields that may stand at the root when the status is a subresource, in upstream's order and words. */
const AT_ROOT =
  'Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations';

function validateRoot(schema: Schema, path: string): FieldError[] {
  const zero = shownSchema({});
  const shown = shownSchema(schema);
  for (const [field, value] of Object.entries(shown)) {
    if (semanticEqual(value, zero[field])) continue;
    if (field === 'Type') {
      if (schema.type === 'object') continue;
      const why =
        'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
      return [invalidValue(child(path, 'type'), schema.type, why)];
    }
    if (AT_ROOT.split(' ').includes(field)) continue;
    const why = `only [${AT_ROOT}] fields are allowed at the root of the schema if the status subresource is enabled`;
    return [invalidValue(path, shown, why)];
  }
  return [];
}

const hasUnsupported = (schema: Schema): boolean =>
  schema.$ref !== undefined ||
  Boolean(schema.$schema) ||
  Boolean(schema.id) ||
  schema.additionalItems !== undefined ||
  schema.dependencies !== undefined ||
  Object.keys({ ...schema.patternProperties, ...schema.definitions }).length > 0 ||
  itemListOf(schema).length > 0;

function validateSchema(schema: Schema, path: string, status: boolean): FieldError[] {
  const errors = status ? validateRoot(schema, path) : [];
  if (schema.nullable)
    errors.push(forbiddenField(child(path, 'nullable'), 'nullable cannot be true at the root'));
  // What a structural schema has no place for is refused below; it is not judged as one.
  if (someSchema(schema, hasUnsupported)) {
    const refused = [...errors, ...validateOpenApiSchema(schema, path)];
    // $schema alone is refused nowhere else.
    return refused.length > 0
      ? refused
      : [invalidValue(path, '', "OpenAPIV3Schema 'schema' is not supported")];
  }
  const structural = validateStructural(schema, path);
  const wrong = structural.length > 0 ? structural : validateDefaults(schema, path);
  if (wrong.length > 0) return [...errors, ...wrong, ...validateOpenApiSchema(schema, path)];
  const compiler = createRuleCompiler();
  return [...errors, ...validateOpenApiSchema(schema, path, compiler.compile), ...compiler.total(path)];
}

const simplePath = (path: string, text: string): FieldError[] =>
  text.startsWith('.') ? [] : [invalidValue(path, text, 'must be a simple json path starting with .')];

function validateColumn(
  { name, type, format, jsonPath }: CustomResourceColumnDefinition,
  path: string,
): FieldError[] {
  const where = child(path, 'JSONPath');
  return [
    ...(name ? [] : [required(child(path, 'name'))]),
    ...(type ? [] : [required(child(path, 'type'), ONE_OF_TYPES)]),
    ...(type && !COLUMN_TYPES.includes(type) ? [invalidValue(child(path, 'type'), type, ONE_OF_TYPES)] : []),
    ...(format && !COLUMN_FORMATS.includes(format)
      ? [invalidValue(child(path, 'format'), format, ONE_OF_FORMATS)]
      : []),
    ...(jsonPath ? simplePath(where, jsonPath) : [required(where)]),
  ];
}

function validateScale(scale: CustomResourceSubresourceScale, path: string): FieldError[] {
  const under = (field: string, text: string, ...roots: readonly string[]) => {
    const where = child(path, field);
    const simple = simplePath(where, text);
    if (simple.length > 0 || roots.some(root => text.startsWith(`${root}.`))) return simple;
    const which = roots.length > 1 ? `either ${roots.join(' or ')}` : roots[0];
    return [invalidValue(where, text, `should be a json path under ${which}`)];
  };
  const needed = (field: string, text: string, root: string) =>
    text ? under(field, text, root) : [required(child(path, field))];
  return [
    ...needed('specReplicasPath', scale.specReplicasPath, '.spec'),
    ...needed('statusReplicasPath', scale.statusReplicasPath, '.status'),
    ...(scale.labelSelectorPath
      ? under('labelSelectorPath', scale.labelSelectorPath, '.spec', '.status')
      : []),
  ];
}
