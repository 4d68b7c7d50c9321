/**
 * PodSecurity (KEP-2579): the labels of a namespace say which Pod Security Standard its pods keep to.
 * Pods that break it are refused; for what makes pods there are only warnings, since its pods are
 * judged when they are made.
 */
import { toldInDetail, toldInShort, violationsOf } from '../../../api/core/pod-security/evaluate.ts';
import {
  isStricter,
  type LevelVersion,
  type Policy,
  policyOf,
  sameLevelVersion,
  showLevelVersion,
} from '../../../api/core/pod-security/policy.ts';
import { forbidden, internalError, invalid } from '../../../api/status-error.ts';
import type { Namespace, Pod, PodTemplateSpec } from '../../../generated/core-v1.ts';
import { keyFor, prefixFor } from '../../cache/keys.ts';
import type { ServerCore } from '../../core.ts';
import { type AdmissionPlugin, type AdmissionRequest, shownName } from '../chain.ts';

const NAMESPACES = { group: '', resource: 'namespaces' };
const PODS = { group: '', resource: 'pods' };

/** Those of a namespace are not all looked at when there are very many. */
const MAX_PODS = 3000;

/** They do not change what a pod is. */
const OTHER_SUBRESOURCES = ['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status'];

interface Templated {
  readonly template?: PodTemplateSpec;
  readonly spec?: {
    readonly template?: PodTemplateSpec;
    readonly jobTemplate?: { readonly spec?: { readonly template?: PodTemplateSpec } };
  };
}

/** Where those that make pods keep what they make them from. */
const TEMPLATES: Readonly<Record<string, (maker: Templated) => PodTemplateSpec | undefined>> = {
  '/podtemplates': ({ template }) => template,
  '/replicationcontrollers': ({ spec }) => spec?.template,
  'apps/replicasets': ({ spec }) => spec?.template,
  'apps/deployments': ({ spec }) => spec?.template,
  'apps/statefulsets': ({ spec }) => spec?.template,
  'apps/daemonsets': ({ spec }) => spec?.template,
  'batch/jobs': ({ spec }) => spec?.template,
  'batch/cronjobs': ({ spec }) => spec?.jobTemplate?.spec?.template,
};

export function podSecurity(core: () => ServerCore): AdmissionPlugin {
  const policyIn = (namespace: string): Policy | undefined => {
    const found = core().cache.get<Namespace>(keyFor(NAMESPACES, '', namespace));
    return found && policyOf(found.object.metadata.labels).policy;
  };
  return {
    name: 'PodSecurity',
    validate(request) {
      const { operation, resource, subresource, namespace, object } = request;
      if (operation !== 'CREATE' && operation !== 'UPDATE') return;
      const { group, resource: plural } = resource.named;
      const what = `${group}/${plural}`;
      if (what === '/namespaces') return validateNamespace(core(), request);
      if (what === '/pods') {
        if (OTHER_SUBRESOURCES.includes(subresource)) return;
        const policy = policyIn(namespace);
        if (!policy) throw internalError(`failed to lookup namespace ${JSON.stringify(namespace)}`);
        return validatePod(request, policy);
      }
      const templateOf = TEMPLATES[what];
      if (!templateOf || subresource !== '') return;
      const policy = policyIn(namespace);
      const template = policy && templateOf(object as Templated);
      if (template) warnOf(request, template, policy.warn);
    },
  };
}

function validatePod(request: AdmissionRequest, { enforce, warn }: Policy): void {
  const pod = request.object as Pod;
  if (request.operation === 'UPDATE' && !changesImages(pod, request.oldObject as Pod)) return;
  const violations = violationsOf(pod, enforce);
  if (violations.length > 0) {
    const why = `violates PodSecurity "${showLevelVersion(enforce)}": ${toldInDetail(violations)}`;
    throw forbidden(request.resource.named, shownName(request), why);
  }
  warnOf(request, pod, warn);
}

function warnOf(request: AdmissionRequest, pod: Pod | PodTemplateSpec, warn: LevelVersion): void {
  if (!pod.spec) return;
  const { metadata = {}, spec } = pod;
  const violations = violationsOf({ metadata, spec }, warn);
  if (violations.length > 0)
    request.warn(`would violate PodSecurity "${showLevelVersion(warn)}": ${toldInDetail(violations)}`);
}

/** All else that the standards look at stays as it was made; so pods from before a policy can go on. */
function changesImages({ spec }: Pod, { spec: old }: Pod): boolean {
  const differ = (next: Pod['spec']['containers'] = [], before: Pod['spec']['containers'] = []) =>
    next.length !== before.length || next.some((container, i) => container.image !== before[i]?.image);
  return (
    differ(spec.containers, old.containers) ||
    differ(spec.initContainers, old.initContainers) ||
    (spec.ephemeralContainers ?? []).some(
      ({ name, image }) => old.ephemeralContainers?.find(other => other.name === name)?.image !== image,
    )
  );
}

/** Labels are to be right, unless they were wrong already; then, whether the pods there keep to them. */
function validateNamespace(core: ServerCore, request: AdmissionRequest): void {
  const { operation, resource, subresource, object, oldObject } = request;
  if (subresource !== '') return;
  const name = shownName(request);
  const next = policyOf((object as Namespace).metadata.labels);
  const old = operation === 'UPDATE' ? policyOf((oldObject as Namespace).metadata.labels) : undefined;
  const text = (errors: typeof next.errors) => JSON.stringify(errors);
  if (next.errors.length > 0 && text(next.errors) !== text(old?.errors ?? []))
    throw invalid(resource.definition, name, next.errors);
  if (!old) return;
  const [enforce, before] = [next.policy.enforce, old.policy.enforce];
  if (sameLevelVersion(enforce, before) || enforce.level === 'privileged') return;
  if (enforce.version === before.version && !isStricter(enforce.level, before.level)) return;
  for (const text of warningsOfPods(core, name, enforce)) request.warn(text);
}

function* warningsOfPods(core: ServerCore, namespace: string, enforce: LevelVersion): Iterable<string> {
  const pods = core.cache.list<Pod>(prefixFor(PODS, namespace)).map(({ object }) => object);
  const looked = oneOfEachFirst(pods).slice(0, MAX_PODS);
  const byWarning = new Map<string, string[]>();
  for (const pod of looked) {
    const why = toldInShort(violationsOf(pod, enforce));
    const broken = byWarning.get(why) ?? [];
    broken.push(pod.metadata.name ?? '');
    if (why !== '') byWarning.set(why, broken);
  }
  if (looked.length < pods.length) {
    const some = `the first ${looked.length} of ${pods.length} existing pods`;
    yield `new PodSecurity enforce level only checked against ${some}`;
  }
  if (byWarning.size === 0) return;
  const level = showLevelVersion(enforce);
  yield `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level "${level}"`;
  const told = [...byWarning].map(([why, broken]) => {
    const [first = ''] = broken.toSorted();
    const others = broken.length - 1;
    if (others === 0) return `${first}: ${why}`;
    return `${first} (and ${others} other ${others === 1 ? 'pod' : 'pods'}): ${why}`;
  });
  yield* told.sort();
}

/** Pods of one controller are much the same: the others of its come last. */
function oneOfEachFirst(pods: readonly Pod[]): Pod[] {
  const seen = new Set<string>();
  const [first, others]: [Pod[], Pod[]] = [[], []];
  for (const pod of pods) {
    const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller)?.uid;
    const again = owner !== undefined && seen.has(owner);
    if (owner !== undefined) seen.add(owner);
    (again ? others : first).push(pod);
  }
  return [...first, ...others];
}
