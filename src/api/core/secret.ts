import type { Secret } from '../../generated/core-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { at, type FieldError, invalidValue, required, tooLong } from '../field-error.ts';
import { immutable } from '../validation/checks.ts';
import { decodedLength, MAX_DATA_BYTES, validateKeys, validateSealed } from '../validation/config-data.ts';
import { jsonObjectError } from '../validation/go-json-syntax.ts';
import { keyPairProblem } from '../validation/key-pair.ts';

const SERVICE_ACCOUNT_NAME = 'kubernetes.io/service-account.name';

const decode = (base64: string) => Buffer.from(base64, 'base64').toString();

/** stringData is a write-only way to give data without encoding it. */
function defaults(secret: Secret): void {
  secret.type ||= 'Opaque';
  const { stringData } = secret;
  if (stringData === undefined) return;
  delete secret.stringData;
  for (const [key, value] of Object.entries(stringData)) {
    secret.data = { ...secret.data, [key]: Buffer.from(value).toString('base64') };
  }
}

function validate(secret: Secret): FieldError[] {
  const { data = {} } = secret;
  const errors = validateKeys(data, 'data');
  const size = Object.values(data).reduce((sum, value) => sum + decodedLength(value), 0);
  if (size > MAX_DATA_BYTES) errors.push(tooLong('data', MAX_DATA_BYTES));
  return [...errors, ...validateType(secret)];
}

/** What each well-known type must hold. */
function validateType({ type, data = {}, metadata }: Secret): FieldError[] {
  const missing = (...keys: string[]) =>
    keys.filter(key => data[key] === undefined).map(key => required(at('data', key)));
  switch (type) {
    case 'kubernetes.io/service-account-token':
      return metadata.annotations?.[SERVICE_ACCOUNT_NAME]
        ? []
        : [required(at('metadata.annotations', SERVICE_ACCOUNT_NAME))];
    case 'kubernetes.io/dockercfg':
      return validateDockerConfig(data, '.dockercfg');
    case 'kubernetes.io/dockerconfigjson':
      return validateDockerConfig(data, '.dockerconfigjson');
    case 'kubernetes.io/basic-auth': {
      const errors = missing('username', 'password');
      return errors.length === 2 ? errors : [];
    }
    case 'kubernetes.io/ssh-auth':
      return data['ssh-privatekey'] ? [] : [required(at('data', 'ssh-privatekey'))];
    case 'kubernetes.io/tls':
      return missing('tls.crt', 'tls.key');
    default:
      return [];
  }
}

function validateDockerConfig(data: Readonly<Record<string, string>>, key: string): FieldError[] {
  const value = data[key];
  if (value === undefined) return [required(at('data', key))];
  const error = jsonObjectError(decode(value));
  return error === undefined ? [] : [invalidValue(at('data', key), '<secret contents redacted>', error)];
}

/** A TLS secret that no server could use is accepted. */
function warnings({ type, data = {} }: Secret): string[] {
  if (type !== 'kubernetes.io/tls') return [];
  const problem = keyPairProblem(decode(data['tls.crt'] ?? ''), decode(data['tls.key'] ?? ''));
  return problem === undefined ? [] : [problem];
}

export const secret = defineKind<Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  singular: 'secret',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Secret',
  defaults,
  prepareForUpdate: (next, old) => {
    next.type ||= old.type;
  },
  validate,
  validateUpdate: (next, old) => [
    ...immutable('type', next.type, old.type),
    ...validateSealed(next, old, ['data']),
    ...validate(next),
  ],
  warnings,
  columns: [
    name,
    column('Type', o => o.type ?? ''),
    column('Data', o => Object.keys(o.data ?? {}).length),
    age,
  ],
  selectableFields: { type: o => o.type ?? '' },
});
