import { expect, test } from 'vitest';
import { allSchemas } from '../schema/compile.ts';
import { internalFieldNames, internalPodSpec, toInternal } from './internal-form.ts';
import { INTERNAL_TYPES } from './internal-types.ts';

/** Fields that stand elsewhere in the internal type, or no longer exist in it. */
const MOVED: Readonly<Record<string, readonly string[]>> = {
  PodSpec: ['serviceAccount', 'hostNetwork', 'hostPID', 'hostIPC', 'hostUsers', 'shareProcessNamespace'],
};
/** Fields that the internal type has from elsewhere. */
const ADDED: Readonly<Record<string, readonly string[]>> = {
  PodSecurityContext: ['hostNetwork', 'hostPID', 'hostIPC', 'hostUsers', 'shareProcessNamespace'],
};

test('the table of internal types names exactly the fields that the API has', () => {
  const wrong: Record<string, { missing: string[]; unknown: string[] }> = {};
  for (const type of Object.keys(INTERNAL_TYPES)) {
    const schemas = allSchemas();
    const schema = schemas[`io.k8s.api.core.v1.${type}`] ?? schemas[`io.k8s.api.resource.v1.${type}`];
    const properties = schema?.properties;
    if (!properties) continue;
    const names = new Set(internalFieldNames(type));
    const missing = Object.keys(properties).filter(p => !names.has(p) && !MOVED[type]?.includes(p));
    const unknown = [...names].filter(n => !(n in properties) && !ADDED[type]?.includes(n));
    if (missing.length > 0 || unknown.length > 0) wrong[type] = { missing, unknown };
  }
  expect(wrong).toEqual({});
});

test('zero values are printed, nil pointers and lists are null', () => {
  expect(toInternal('Toleration', { key: 'k' })).toEqual({
    Key: 'k',
    Operator: '',
    Value: '',
    Effect: '',
    TolerationSeconds: null,
  });
  expect(toInternal('PodDNSConfig', { nameservers: ['1.1.1.1'], options: [{ name: 'a' }] })).toEqual({
    Nameservers: ['1.1.1.1'],
    Searches: null,
    Options: [{ Name: 'a', Value: null }],
  });
});

test('the host namespaces of a pod stand in its security context', () => {
  expect(internalPodSpec({ containers: [], hostNetwork: true }).SecurityContext).toMatchObject({
    HostNetwork: true,
    HostPID: false,
    HostUsers: null,
  });
});
