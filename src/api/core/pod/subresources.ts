/** Writes to pods/ephemeralcontainers and pods/resize: what they carry over, and what they allow. */
import type { Container, EphemeralContainer, Pod, PodSpec } from '../../../generated/core-v1.ts';
import { at, type FieldError, forbiddenField, invalidValue } from '../../field-error.ts';
import { semanticEqual } from '../../validation/checks.ts';
import { toInternal } from '../../validation/internal-form.ts';
import { unifiedDiff } from '../../validation/unified-diff.ts';
import { podSpecOptions } from '../pod-spec/options.ts';
import { MIRROR_POD } from './annotations.ts';
import { qosClassOf } from './qos.ts';
import { validatePod } from './validate.ts';

/** Everything but the ephemeral containers stays as it was, metadata included. */
export function keepAllButEphemeralContainers(next: Pod, old: Pod): void {
  const { ephemeralContainers } = next.spec;
  restore(next, old);
  if (ephemeralContainers) next.spec.ephemeralContainers = ephemeralContainers;
  else delete next.spec.ephemeralContainers;
}

/** Everything but resources and resize policies of containers stays as it was. */
export function keepAllButResources(next: Pod, old: Pod): void {
  const { containers, initContainers, resources } = next.spec;
  restore(next, old);
  const carry = (to: readonly Container[] | undefined, from: readonly Container[] | undefined) => {
    if (!to || to.length !== from?.length) return;
    to.forEach((container, i) => {
      const changed = from[i];
      if (changed?.name !== container.name) return;
      container.resources = changed.resources;
      if (changed.resizePolicy) container.resizePolicy = changed.resizePolicy;
      else delete container.resizePolicy;
    });
  };
  carry(next.spec.containers, containers);
  carry(
    next.spec.initContainers?.filter(c => c.restartPolicy === 'Always'),
    initContainers?.filter(c => c.restartPolicy === 'Always'),
  );
  if (resources) next.spec.resources = resources;
  else delete next.spec.resources;
}

function restore(next: Pod, old: Pod): void {
  const { resourceVersion, uid, managedFields } = next.metadata;
  Object.assign(next, structuredClone(old));
  Object.assign(next.metadata, { resourceVersion, uid });
  if (managedFields) next.metadata.managedFields = managedFields;
}

export function validateEphemeralContainersUpdate(next: Pod, old: Pod): FieldError[] {
  const path = 'spec.ephemeralContainers';
  if (isStatic(old)) return [forbiddenField('', 'static pods do not support ephemeral containers')];
  const errors = validatePod(next, podSpecOptions(next.spec, old.spec));
  const byName = new Map((next.spec.ephemeralContainers ?? []).map(c => [c.name, c]));
  const text = (c: EphemeralContainer) => JSON.stringify(toInternal('EphemeralContainer', c), undefined, 1);
  for (const before of old.spec.ephemeralContainers ?? []) {
    const after = byName.get(before.name);
    const which = `existing ephemeral containers ${JSON.stringify(before.name)}`;
    if (!after) errors.push(forbiddenField(path, `${which} may not be removed\n`));
    else if (!semanticEqual(before, after)) {
      errors.push(
        forbiddenField(path, `${which} may not be changed\n${unifiedDiff(text(before), text(after))}`),
      );
    }
  }
  return errors;
}

const isStatic = ({ metadata }: Pod) => metadata.annotations?.[MIRROR_POD] !== undefined;

const RESIZABLE = ['cpu', 'memory'];
const RESOURCES = ['requests', 'limits'] as const;

export function validateResize(next: Pod, old: Pod): FieldError[] {
  if (isStatic(old)) return [forbiddenField('', 'static pods cannot be resized')];
  if (old.spec.os?.name === 'windows') return [forbiddenField('', 'windows pods cannot be resized')];
  const errors = validatePod(next, podSpecOptions(next.spec, old.spec));
  const before = qosClassOf(old.spec);
  if (qosClassOf(next.spec) !== before) {
    errors.push(invalidValue('spec', before, 'Pod QOS Class may not change as a result of resizing'));
  }
  for (const list of ['initContainers', 'containers'] as const) {
    for (const [i, container] of (next.spec[list] ?? []).entries()) {
      if (list === 'initContainers' && container.restartPolicy !== 'Always') continue;
      const path = `${at(`spec.${list}`, i)}.resources`;
      errors.push(...validateNoneRemoved(container, old.spec[list]?.[i], path));
    }
  }
  errors.push(
    ...validateOnlyResizable(next.spec.containers, old.spec.containers, 'only cpu and memory resources'),
    ...validateOnlyResizable(
      next.spec.initContainers ?? [],
      old.spec.initContainers ?? [],
      'only cpu and memory resources for sidecar containers',
    ),
  );
  const rest = ({ spec }: Pod) => withoutResizable({ ...spec, containers: [], initContainers: [] });
  if (errors.length === 0 && !semanticEqual(rest(next), rest(old))) {
    errors.push(forbiddenField('spec', 'only cpu and memory resources are mutable'));
  }
  return errors;
}

function validateNoneRemoved(next: Container, old: Container | undefined, path: string): FieldError[] {
  return RESOURCES.flatMap(kind => {
    const left = next.resources?.[kind] ?? {};
    const removed = Object.keys(old?.resources?.[kind] ?? {}).some(name => left[name] === undefined);
    return removed ? [forbiddenField(`${path}.${kind}`, `resource ${kind} cannot be removed`)] : [];
  });
}

function validateOnlyResizable(
  next: readonly Container[],
  old: readonly Container[],
  what: string,
): FieldError[] {
  return next.flatMap((container, i) =>
    semanticEqual(withoutResizable(container), withoutResizable(old[i] ?? {}))
      ? []
      : [forbiddenField('spec', `${what} are mutable`)],
  );
}

/** What a resize may change, taken out. */
function withoutResizable(from: Partial<PodSpec> | Partial<Container>): unknown {
  const holder = structuredClone(from);
  if ('resizePolicy' in holder) delete holder.resizePolicy;
  for (const kind of RESOURCES) {
    const amounts = holder.resources?.[kind];
    if (!amounts || !holder.resources) continue;
    for (const resource of RESIZABLE) delete amounts[resource];
    if (Object.keys(amounts).length === 0) delete holder.resources[kind];
  }
  return holder;
}
