/**
 * Writes to pods/resize: CPU and memory of containers, and of the pod as a whole, may change but not
 * go, and the pod keeps its class of service (KEP-1287).
 */
import type { Container, Pod, PodSpec, ResourceRequirements } from '../../../generated/core-v1.ts';
import { at, child, type FieldError, forbiddenField, invalidValue } from '../../field-error.ts';
import { semanticEqual } from '../../validation/checks.ts';
import { podSpecOptions } from '../pod-spec/options.ts';
import { isMirrorPod } from './annotations.ts';
import { qosClassOf } from './qos.ts';
import { validatePod } from './validate.ts';

const ONLY = 'only cpu and memory resources';

export function validateResize(next: Pod, old: Pod): FieldError[] {
  if (isMirrorPod(old)) return [forbiddenField('', 'static pods cannot be resized')];
  if (old.spec.os?.name === 'windows') return [forbiddenField('', 'windows pods cannot be resized')];
  const errors = validatePod(next, podSpecOptions(next.spec, old.spec));
  const before = old.status?.qosClass || qosClassOf(old.spec);
  if (qosClassOf(next.spec) !== before) {
    errors.push(invalidValue('spec', before, 'Pod QOS Class may not change as a result of resizing'));
  }
  if (!nodeResizes(old)) {
    errors.push(forbiddenField('spec', 'Pod running on node without support for resize'));
  }
  errors.push(...validatePodLevel(next.spec, old.spec));
  const others = LISTS.flatMap(list => validateSameContainers(next.spec, old.spec, list));
  if (others.length > 0) return [...errors, ...others];
  for (const list of ['initContainers', 'containers'] as const) {
    for (const [i, before] of (old.spec[list] ?? []).entries()) {
      const path = child(at(`spec.${list}`, i), 'resources');
      errors.push(
        ...validateNoneRemoved(next.spec[list]?.[i]?.resources, before.resources, path, 'resource'),
      );
    }
  }
  errors.push(...validateContainers(next.spec, old.spec), ...validateInitContainers(next.spec, old.spec));
  const rest = ({ containers: _, initContainers: __, resources: ___, ...spec }: PodSpec) => spec;
  if (errors.length === 0 && !semanticEqual(rest(next.spec), rest(old.spec))) {
    errors.push(forbiddenField('spec', `${ONLY} are mutable`));
  }
  return errors;
}

/** A kubelet that resizes says what its running containers have. */
function nodeResizes({ status }: Pod): boolean {
  const running = status?.containerStatuses?.find(c => c.state?.running);
  return running === undefined || running.resources !== undefined;
}

const LISTS = ['containers', 'initContainers'] as const;

function validateSameContainers(next: PodSpec, old: PodSpec, list: (typeof LISTS)[number]): FieldError[] {
  const [now, before] = [next[list] ?? [], old[list] ?? []];
  const path = `spec.${list}`;
  if (now.length !== before.length) {
    return [forbiddenField(path, `${list} may not be added or removed on resize`)];
  }
  return before.flatMap(({ name }, i) =>
    now[i]?.name === name
      ? []
      : [forbiddenField(child(at(path, i), 'name'), `${list} may not be renamed or reordered on resize`)],
  );
}

const KINDS = ['requests', 'limits'] as const;

function validateNoneRemoved(
  next: ResourceRequirements | undefined,
  old: ResourceRequirements | undefined,
  path: string,
  what: string,
): FieldError[] {
  return KINDS.flatMap(kind => {
    const left = next?.[kind] ?? {};
    const removed = Object.keys(old?.[kind] ?? {}).some(name => left[name] === undefined);
    return removed ? [forbiddenField(child(path, kind), `${what} ${kind} cannot be removed`)] : [];
  });
}

function validatePodLevel({ resources: next }: PodSpec, { resources: old }: PodSpec): FieldError[] {
  const says = (r: ResourceRequirements | undefined) =>
    KINDS.some(kind => Object.keys(r?.[kind] ?? {}).length > 0);
  if (!says(next) && !says(old)) return [];
  const path = 'spec.resources';
  if (!next) return [forbiddenField(path, 'pod-level resources cannot be removed')];
  const errors = validateNoneRemoved(next, old, path, 'pod-level resource');
  const rest = (r: ResourceRequirements | undefined) => ({ ...withoutResizable(r), claims: r?.claims });
  if (!semanticEqual(rest(next), rest(old))) {
    errors.push(forbiddenField('spec', `${ONLY} are mutable at pod-level`));
  }
  return errors;
}

function validateContainers({ containers: next }: PodSpec, { containers: old }: PodSpec): FieldError[] {
  return next.flatMap((container, i) =>
    changesOnlyResizable(container, old[i]) ? [] : [forbiddenField('spec', `${ONLY} are mutable`)],
  );
}

function validateInitContainers(next: PodSpec, old: PodSpec): FieldError[] {
  return (next.initContainers ?? []).flatMap((container, i) => {
    const path = at('spec.initContainers', i);
    const before = old.initContainers?.[i];
    const errors: FieldError[] = [];
    if (!changesOnlyResizable(container, before)) {
      errors.push(forbiddenField(path, `${ONLY} for init or sidecar containers are mutable`));
    }
    const restarts = container.resizePolicy?.some(p => p.restartPolicy === 'RestartContainer') ?? false;
    if (restarts && container.restartPolicy !== 'Always' && !semanticEqual(container, before)) {
      const detail = 'non-sidecar init containers with a resize policy of RestartContainer cannot be resized';
      errors.push(forbiddenField(path, detail));
    }
    return errors;
  });
}

/** As upstream compares, what claims devices is a change always: it is dropped from one of the two. */
function changesOnlyResizable(next: Container, old: Container | undefined): boolean {
  if ((old?.resources?.claims ?? []).length > 0) return false;
  const rest = (container: Container | undefined) => ({
    ...container,
    resources: withoutResizable(container?.resources),
  });
  return semanticEqual(rest(next), rest(old));
}

/** What is limited and requested besides CPU and memory. */
function withoutResizable(resources: ResourceRequirements | undefined): object {
  return Object.fromEntries(
    KINDS.flatMap(kind => {
      const { cpu: _, memory: __, ...rest } = resources?.[kind] ?? {};
      return Object.keys(rest).length === 0 ? [] : [[kind, rest]];
    }),
  );
}
