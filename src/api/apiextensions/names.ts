/** The names of a custom resource: what they are by default and what they may be. */
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
} from '../../generated/apiextensions-v1.ts';
import { at, type FieldError, invalidValue, required } from '../field-error.ts';
import { dns1035Label } from '../meta/names.ts';

export function defaultNames({ spec }: CustomResourceDefinition): void {
  const { names } = spec;
  names.singular ||= names.kind.toLowerCase();
  if (!names.listKind && names.kind) names.listKind = `${names.kind}List`;
}

/** Those that a spec has to say; a status need not. */
export function requireNames({
  plural,
  singular = '',
  kind,
  listKind = '',
}: CustomResourceDefinitionNames): FieldError[] {
  return Object.entries({ plural, singular, kind, listKind })
    .filter(([, value]) => !value)
    .map(([field]) => required(`spec.names.${field}`));
}

export function validateNames(names: CustomResourceDefinitionNames, path: string): FieldError[] {
  const { plural, singular = '', kind, listKind = '', shortNames, categories } = names;
  const label = (field: string, value: string) => {
    const wrong = dns1035Label(value).join(',');
    return wrong ? [invalidValue(`${path}.${field}`, value, wrong)] : [];
  };
  const mixed = (field: string, value: string) => {
    const wrong = dns1035Label(value.toLowerCase()).join(',');
    const why = `may have mixed case, but should otherwise match: ${wrong}`;
    return wrong ? [invalidValue(`${path}.${field}`, value, why)] : [];
  };
  return [
    ...(plural ? label('plural', plural) : []),
    ...(singular ? label('singular', singular) : []),
    ...(kind ? mixed('kind', kind) : []),
    ...(listKind ? mixed('listKind', listKind) : []),
    ...(shortNames ?? []).flatMap((name, i) => label(at('shortNames', i), name)),
    ...(kind && kind === listKind
      ? [invalidValue(`${path}.listKind`, listKind, 'kind and listKind may not be the same')]
      : []),
    ...(categories ?? []).flatMap((name, i) => label(at('categories', i), name)),
  ];
}
