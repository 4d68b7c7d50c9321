/**
 * What each version of a custom resource adds to its schema: printer columns and the scale. What all
 * versions have alike is reported once, at the spec, as upstream's stored form has it.
 */
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresourceScale,
} from '../../generated/apiextensions-v1.ts';
import { at, child, type FieldError, invalidValue, required } from '../field-error.ts';
import { semanticEqual } from '../validation/checks.ts';

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const ONE_OF_TYPES = `must be one of ${COLUMN_TYPES.join(',')}`;

type PerVersion = 'additionalPrinterColumns' | 'subresources';

/** The places at which a field of the versions is looked at. */
function places<F extends PerVersion>(
  versions: readonly CustomResourceDefinitionVersion[],
  field: F,
): (readonly [string, CustomResourceDefinitionVersion[F]])[] {
  const [first, ...rest] = versions;
  if (first && rest.every(version => semanticEqual(version[field], first[field]))) {
    return [[`spec.${field}`, first[field]]];
  }
  return versions.map((version, i) => [`${at('spec.versions', i)}.${field}`, version[field]] as const);
}

export function validateVersionContents(versions: readonly CustomResourceDefinitionVersion[]): FieldError[] {
  return [
    ...places(versions, 'subresources').flatMap(([path, value]) =>
      value?.scale ? validateScale(value.scale, child(path, 'scale')) : [],
    ),
    ...places(versions, 'additionalPrinterColumns').flatMap(([path, columns]) =>
      (columns ?? []).flatMap((column, i) => validateColumn(column, at(path, i))),
    ),
  ];
}

const simplePath = (path: string, text: string): FieldError[] =>
  text.startsWith('.') ? [] : [invalidValue(path, text, 'must be a simple json path starting with .')];

function validateColumn(
  { name, type, jsonPath }: CustomResourceColumnDefinition,
  path: string,
): FieldError[] {
  const where = child(path, 'JSONPath');
  return [
    ...(name ? [] : [required(child(path, 'name'))]),
    ...(type ? [] : [required(child(path, 'type'), ONE_OF_TYPES)]),
    ...(type && !COLUMN_TYPES.includes(type) ? [invalidValue(child(path, 'type'), type, ONE_OF_TYPES)] : []),
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
