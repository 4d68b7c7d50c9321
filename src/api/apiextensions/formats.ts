/** Formats of strings that upstream's validator knows; others are kept, and warned of. */
import type { CustomResourceDefinition } from '../../generated/apiextensions-v1.ts';
import { additionalOf, itemsOf, propertiesOf, type Schema } from './schema.ts';

const KNOWN: ReadonlySet<string> = new Set(
  `bsonobjectid uri email hostname ipv4 ipv6 cidr mac uuid uuid3 uuid4 uuid5 isbn isbn10 isbn13 creditcard ssn
   hexcolor rgbcolor byte password date duration datetime k8sshortname k8slongname`.split(/\s+/),
);

export function formatWarnings(next: CustomResourceDefinition, old?: CustomResourceDefinition): string[] {
  const before = new Set(old ? unknownFormats(old) : []);
  return [...new Set(unknownFormats(next))]
    .filter(format => !before.has(format))
    .map(format => `unrecognized format ${JSON.stringify(format)}`);
}

const unknownFormats = ({ spec }: CustomResourceDefinition): string[] =>
  (spec.versions ?? []).flatMap(version => formatsOf(version.schema?.openAPIV3Schema));

function formatsOf(schema: Schema | undefined): string[] {
  if (!schema) return [];
  const { format = '', type } = schema;
  const unknown = type === 'string' && format !== '' && !KNOWN.has(format.replaceAll('-', ''));
  const inner = [
    itemsOf(schema),
    additionalOf(schema),
    ...propertiesOf(schema).map(([, property]) => property),
    ...(schema.allOf ?? []),
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    schema.not,
  ];
  return [...(unknown ? [format] : []), ...inner.flatMap(formatsOf)];
}
