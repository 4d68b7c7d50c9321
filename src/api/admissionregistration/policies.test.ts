/** Rules of admission policies, bindings and webhooks that no recording of single changes shows. */
import { expect, test } from 'vitest';
import type { FieldError } from '../field-error.ts';
import type { StrategyContext } from '../kind.ts';
import { mutatingAdmissionPolicy } from './mutating-admission-policy.ts';
import { validatingAdmissionPolicy } from './validating-admission-policy.ts';
import { validatingAdmissionPolicyBinding } from './validating-admission-policy-binding.ts';
import { validatingWebhookConfiguration } from './validating-webhook-configuration.ts';

const context = {} as StrategyContext;
const metadata = { name: 'p' };
const texts = (errors: readonly FieldError[] | undefined) => errors?.map(e => `${e.field}: ${e.body}`);

const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] };
const match = (resourceRules: readonly object[]) => ({
  matchPolicy: 'Exact',
  namespaceSelector: {},
  objectSelector: {},
  resourceRules,
});
const policySpec = (spec: object) => ({
  failurePolicy: 'Fail',
  matchConstraints: match([rule]),
  validations: [{ expression: 'true' }],
  ...spec,
});
const policy = (spec: object) =>
  texts(validatingAdmissionPolicy.validate?.({ metadata, spec: policySpec(spec) } as never, context));
const binding = (spec: object) =>
  texts(
    validatingAdmissionPolicyBinding.validate?.(
      { metadata, spec: { policyName: 'p', validationActions: ['Deny'], ...spec } } as never,
      context,
    ),
  );

test.each([
  ['a/b/c', ['spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c']],
  ['g.example/', ['spec.paramKind.apiVersion: Invalid value: "g.example/": version must be specified']],
  ['/v1', []],
  ['g.example/v1', []],
])('the parameters of a policy are of version %s', (apiVersion, expected) => {
  expect(policy({ paramKind: { apiVersion, kind: 'Kind' } })).toEqual(expected);
});

test('group and version of parameters are told by themselves', () => {
  const [group = '', version = ''] = policy({ paramKind: { apiVersion: 'A_/1', kind: 'K' } }) ?? [];
  expect(group).toMatch(/^spec\.paramKind\.apiVersion: Invalid value: "A_": a lowercase RFC 1123 subdomain/);
  expect(version).toMatch(/^spec\.paramKind\.apiVersion: Invalid value: "1": a DNS-1035 label/);
});

test.each(['if', 'true', 'namespace', 'a-b', '1a'])('%s names no variable', name => {
  expect(policy({ variables: [{ name, expression: '1' }] })).toEqual([
    `spec.variables[0].name: Invalid value: "${name}": must be a valid CEL identifier`,
  ]);
});

test('messages are looked at after the expression that makes them', () => {
  const validations = [{ expression: ' ', message: 'a\rb', messageExpression: ' ', reason: 'X' }];
  expect(policy({ validations })).toEqual([
    'spec.validations[0].expression: Required value: expression is not specified',
    'spec.validations[0].messageExpression: Invalid value: " ": must be non-empty if specified',
    'spec.validations[0].message: Invalid value: "a\\rb": must not contain line breaks',
    'spec.validations[0].reason: Unsupported value: "X": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
  ]);
  expect(policy({ validations: [{ expression: 'true', messageExpression: '' }] })).toEqual([]);
});

test('audit annotations are few, and their expressions short', () => {
  const auditAnnotations = Array.from({ length: 21 }, (_, i) => ({ key: `k${i}`, valueExpression: "'x'" }));
  const [many = '', ...rest] = policy({ auditAnnotations }) ?? [];
  expect(rest).toEqual([]);
  expect(many).toMatch(
    /^spec\.auditAnnotations: Invalid value: \[\{"Key":"k0","ValueExpression":"'x'"\}.*: must not have more than 20 auditAnnotations$/,
  );
  const long = { key: 'k', valueExpression: `'${'x'.repeat(6000)}'` };
  expect(policy({ auditAnnotations: [long] })).toEqual([
    'spec.auditAnnotations[0].valueExpression: Required value: must not exceed 5120 bytes in length',
  ]);
});

test('what type checking found says what and where', () => {
  const status = {
    typeChecking: {
      expressionWarnings: [
        { fieldRef: '', warning: '' },
        { fieldRef: 'f', warning: 'w' },
      ],
    },
  };
  const object = { metadata, spec: {}, status } as never;
  const { validateUpdate } = validatingAdmissionPolicy.subresources?.status ?? {};
  expect(texts(validateUpdate?.(object, object, context))).toEqual([
    'status.typeChecking.expressionWarnings[0].warning: Required value',
    'status.typeChecking.expressionWarnings[0].fieldRef: Required value',
  ]);
});

test.each([
  [['pods', '*'], []],
  [
    ['*', 'pods'],
    [
      'resources: Invalid value: ["*","pods"]: if \'*\' is present, must not specify other resources without subresources',
    ],
  ],
  [['', '*'], ['resources[0]: Required value']],
])('resources %j', (resources, expected) => {
  const prefix = 'spec.matchConstraints.resourceRules[0].';
  expect(policy({ matchConstraints: match([{ ...rule, resources }]) })).toEqual(
    expected.map(text => prefix + text),
  );
});

test('the names of a rule’s resources stand before the rest of it', () => {
  const named = { ...rule, operations: [], resourceNames: ['a/b', 'a', 'a'] };
  expect(policy({ matchConstraints: match([named]) })).toEqual([
    'spec.matchConstraints.resourceRules[0].resourceNames[0]: Invalid value: "a/b": may not contain \'/\'',
    'spec.matchConstraints.resourceRules[0].resourceNames[2]: Duplicate value: "a"',
    'spec.matchConstraints.resourceRules[0].operations: Required value',
  ]);
});

test('the parameters of a binding are named or selected', () => {
  const paramRef = { name: 'a/b', selector: { matchLabels: { '': 'x' } }, parameterNotFoundAction: '' };
  const fields = binding({ paramRef })?.map(text => text.replace(/: .*/, ''));
  expect(fields).toEqual([
    'spec.paramRef.name',
    'spec.paramRef.name',
    'spec.paramRef.selector.matchLabels',
    'spec.paramRef.selector.matchLabels',
    'spec.paramRef.selector',
    'spec.paramRef.parameterNotFoundAction',
  ]);
});

test('the actions of a binding are told as they were written', () => {
  expect(binding({ validationActions: ['Warn', 'X', 'X', 'Deny'] })).toEqual([
    'spec.validationActions[1]: Unsupported value: "X": supported values: "Audit", "Deny", "Warn"',
    'spec.validationActions[2]: Unsupported value: "X": supported values: "Audit", "Deny", "Warn"',
    'spec.validationActions[2]: Duplicate value: "X"',
    'spec.validationActions: Invalid value: ["Warn","X","X","Deny"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
  ]);
});

test.each([
  ['JSONPatch', { applyConfiguration: { expression: 'Object{}' } }, ['jsonPatch', 'applyConfiguration']],
  ['ApplyConfiguration', { jsonPatch: { expression: '[]' } }, ['applyConfiguration', 'jsonPatch']],
])('a mutation by %s has its own expression and no other', (patchType, patch, fields) => {
  const { validations: _, ...spec } = policySpec({ reinvocationPolicy: 'Never' }) as Record<string, unknown>;
  const object = { metadata, spec: { ...spec, mutations: [{ patchType, ...patch }] } } as never;
  const errors = mutatingAdmissionPolicy.validate?.(object, context);
  expect(errors?.map(e => e.field)).toEqual(fields.map(field => `spec.mutations[0].${field}`));
});

test.each([
  [{}, ['name', 'namespace']],
  [{ name: 's' }, ['name']],
  [{ namespace: 'n' }, ['namespace']],
])('a webhook behind the Service %j: upstream takes name and namespace for each other', (service, fields) => {
  const webhook = {
    name: 'h.example.com',
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    clientConfig: { service },
  };
  const object = { metadata, webhooks: [webhook] } as never;
  expect(texts(validatingWebhookConfiguration.validate?.(object, context))).toEqual(
    fields.map(field => `webhooks[0].clientConfig.service.${field}: Required value`),
  );
});
