/**
 * Field numbers and types of every message of the Kubernetes API, from facts/wire.tsv (columns
 * message, field, number, label, type). Read once, at the first use.
 */
import { readFileSync } from 'node:fs';

export interface MessageField {
  /** As in JSON; EMBEDDED: the message's own fields stand one level up there (Go embedding). */
  readonly name: string;
  readonly label: 'optional' | 'repeated' | 'map';
  /** A scalar's name, or a message's full name; of a map: of its values (keys are strings). */
  readonly type: string;
}

export type Message = ReadonlyMap<number, MessageField>;

export const EMBEDDED = '';

/** Type.field of the table to the name in JSON, where they differ. */
const JSON_NAMES: Readonly<Record<string, string>> = {
  'MutatingWebhookConfiguration.Webhooks': 'webhooks',
  'ValidatingWebhookConfiguration.Webhooks': 'webhooks',
  'NamedRuleWithOperations.ruleWithOperations': EMBEDDED,
  'RuleWithOperations.rule': EMBEDDED,
  'Validation.Expression': 'expression',
  'Variable.Name': 'name',
  'Variable.Expression': 'expression',
  'BoundObjectReference.uID': 'uid',
  'ConfigMapEnvSource.localObjectReference': EMBEDDED,
  'ConfigMapKeySelector.localObjectReference': EMBEDDED,
  'ConfigMapProjection.localObjectReference': EMBEDDED,
  'ConfigMapVolumeSource.localObjectReference': EMBEDDED,
  'SecretEnvSource.localObjectReference': EMBEDDED,
  'SecretKeySelector.localObjectReference': EMBEDDED,
  'SecretProjection.localObjectReference': EMBEDDED,
  'EphemeralContainer.ephemeralContainerCommon': EMBEDDED,
  'PersistentVolumeSpec.persistentVolumeSource': EMBEDDED,
  'Probe.handler': EMBEDDED,
  'Volume.volumeSource': EMBEDDED,
  'IngressClassParametersReference.aPIGroup': 'apiGroup',
  'IngressRule.ingressRuleValue': EMBEDDED,
  'DeviceAllocationConfiguration.deviceConfiguration': EMBEDDED,
  'DeviceClaimConfiguration.deviceConfiguration': EMBEDDED,
  'DeviceClassConfiguration.deviceConfiguration': EMBEDDED,
  'JSONSchemaProps.schema': '$schema',
  'JSONSchemaProps.ref': '$ref',
  'JSONSchemaProps.xKubernetesPreserveUnknownFields': 'x-kubernetes-preserve-unknown-fields',
  'JSONSchemaProps.xKubernetesEmbeddedResource': 'x-kubernetes-embedded-resource',
  'JSONSchemaProps.xKubernetesIntOrString': 'x-kubernetes-int-or-string',
  'JSONSchemaProps.xKubernetesListMapKeys': 'x-kubernetes-list-map-keys',
  'JSONSchemaProps.xKubernetesListType': 'x-kubernetes-list-type',
  'JSONSchemaProps.xKubernetesMapType': 'x-kubernetes-map-type',
  'JSONSchemaProps.xKubernetesValidations': 'x-kubernetes-validations',
};

const SCALARS = new Set(['string', 'bytes', 'bool', 'int32', 'int64', 'uint32', 'uint64', 'double']);

/** How a value stands on the wire (protobuf.dev, "Message Structure"). */
export const WIRE_TYPE = { varint: 0, fixed64: 1, lengthDelimited: 2 } as const;

/** Of one value: what is repeated or in a map has its own rule. */
export function wireTypeOf(type: string): number {
  if (type === 'double') return WIRE_TYPE.fixed64;
  const numeric = isScalar(type) && type !== 'string' && type !== 'bytes';
  return numeric ? WIRE_TYPE.varint : WIRE_TYPE.lengthDelimited;
}

let messages: Map<string, Map<number, MessageField>> | undefined;

export function isScalar(type: string): boolean {
  return SCALARS.has(type);
}

/** `name` as in the table: k8s.io.api.core.v1.Pod. */
export function messageNamed(name: string): Message | undefined {
  messages ??= load();
  return messages.get(name);
}

function load(): Map<string, Map<number, MessageField>> {
  const all = new Map<string, Map<number, MessageField>>();
  for (const { message, fields } of allMessages()) {
    const dot = message.lastIndexOf('.');
    const scope = message.slice(0, dot);
    const compiled = new Map<number, MessageField>();
    for (const { field, number, label, type } of fields) {
      const name = JSON_NAMES[`${message.slice(dot + 1)}.${field}`] ?? field;
      compiled.set(number, { name, label, type: resolve(scope, type) });
    }
    all.set(message, compiled);
  }
  // The table has a line a field: messages without fields stand in it as types only.
  const types = [...all.values()].flatMap(fields => [...fields.values()].map(f => f.type));
  for (const type of types) if (!isScalar(type) && !all.has(type)) all.set(type, new Map());
  return all;
}

export interface MessageFact {
  readonly message: string;
  readonly fields: readonly {
    readonly field: string;
    readonly number: number;
    readonly label: MessageField['label'];
    /** As a proto file has it: `map<string, ObjectMeta>`. */
    readonly type: string;
  }[];
}

/** The table as it is. */
export function allMessages(): MessageFact[] {
  const text = readFileSync(new URL('../../api/facts/wire.tsv', import.meta.url), 'utf8');
  const all = new Map<string, MessageFact['fields'][number][]>();
  for (const line of text.split('\n').slice(1)) {
    const [message, field, number, label, type] = line.split('\t');
    if (!message || !field || !number || !type) continue;
    const fields = all.get(message) ?? [];
    all.set(message, fields);
    fields.push({ field, number: Number(number), label: label as MessageField['label'], type });
  }
  return [...all].map(([message, fields]) => ({ message, fields }));
}

/** Names are relative to the message's package unless they start with a dot. */
function resolve(scope: string, type: string): string {
  const value = /^map<string, (.*)>$/.exec(type)?.[1] ?? type;
  if (isScalar(value)) return value;
  return value.startsWith('.') ? value.slice(1) : `${scope}.${value}`;
}
