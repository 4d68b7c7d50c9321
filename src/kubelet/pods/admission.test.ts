import { expect, test } from 'vitest';
import { type AdmissionInput, admit } from './admission.ts';
import type { NodePod } from './pod.ts';

const pod = (spec: Partial<NodePod['spec']> = {}): NodePod => ({
  metadata: { name: 'a', namespace: 'default', uid: 'u' },
  spec: { containers: [{ name: 'c' }], ...spec },
});
const ask = (spec: Partial<NodePod['spec']>, more: Partial<AdmissionInput> = {}) =>
  admit({
    pod: pod(spec),
    others: [],
    allocatable: { cpu: '2', memory: '4Gi', pods: '3' },
    node: { name: 'n', labels: { disk: 'ssd' }, taints: [] },
    appArmor: false,
    ...more,
  });
const requesting = (requests: Record<string, string>) => ({
  containers: [{ name: 'c', resources: { requests } }],
});
const onPort = (hostPort: number, hostIP?: string) => ({
  containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort, ...(hostIP ? { hostIP } : {}) }] }],
});

test('a pod that fits is welcome', () => {
  expect(ask(requesting({ cpu: '2', memory: '4Gi' }))).toBeUndefined();
  expect(ask({ nodeSelector: { disk: 'ssd' } })).toBeUndefined();
});

test('of several resources that lack, cpu is told first', () => {
  expect(ask(requesting({ memory: '8Gi', cpu: '3' }), { others: [pod(requesting({ cpu: '1' }))] })).toEqual({
    reason: 'OutOfcpu',
    message: "Node didn't have enough resource: cpu, requested: 3000, used: 1000, capacity: 2000",
  });
  expect(ask({}, { others: [pod(), pod(), pod()] })?.message).toBe(
    "Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3",
  );
});

test('extended resources count only where the node has them', () => {
  expect(ask(requesting({ 'example.com/gpu': '1' }))).toBeUndefined();
  const allocatable = { 'example.com/gpu': '0' };
  expect(ask(requesting({ 'example.com/gpu': '1' }), { allocatable })?.reason).toBe('OutOfexample.com/gpu');
});

test('host ports of the pods that are there are taken', () => {
  expect(ask(onPort(8080), { others: [pod(onPort(8080, '127.0.0.1'))] })).toEqual({
    reason: 'NodePorts',
    message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
  });
  expect(ask(onPort(8080, '10.0.0.1'), { others: [pod(onPort(8080, '127.0.0.1'))] })).toBeUndefined();
  const ended = { ...pod(onPort(8080)), status: { phase: 'Succeeded' } };
  expect(ask(onPort(8080), { others: [ended] })).toBeUndefined();
});

test('required node affinity counts as the selector does', () => {
  const terms = [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['hdd'] }] }];
  const required = { nodeSelectorTerms: terms };
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
  expect(ask({ affinity })?.reason).toBe('NodeAffinity');
});

test('only taints that would throw the pod out refuse it', () => {
  const taints = (effect: string) => ({
    node: { name: 'n', labels: {}, taints: [{ key: 'k', effect }] },
  });
  expect(ask({}, taints('NoSchedule'))).toBeUndefined();
  expect(ask({}, taints('NoExecute'))).toEqual({
    reason: 'TaintToleration',
    message: "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate",
  });
  expect(ask({ tolerations: [{ operator: 'Exists' }] }, taints('NoExecute'))).toBeUndefined();
});

test('AppArmor profiles need a kernel that has it', () => {
  const securityContext = { appArmorProfile: { type: 'RuntimeDefault' } };
  expect(ask({ securityContext })).toEqual({
    reason: 'AppArmor',
    message: 'Cannot enforce AppArmor: AppArmor is not enabled on the host',
  });
  expect(ask({ securityContext }, { appArmor: true })).toBeUndefined();
  const own = { securityContext: { appArmorProfile: { type: 'Unconfined' } } };
  expect(ask({ securityContext, containers: [{ name: 'c', ...own }] })).toBeUndefined();
});
