/** Writes to pods/ephemeralcontainers and pods/resize: what they carry over, and what they allow. */
import type { Container, EphemeralContainer, Pod } from '../../../generated/core-v1.ts';
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
  const errors = validatePod(next, podSpecOptions(next.spec, old.spec));
  if (old.metadata.annotations?.[MIRROR_POD] !== undefined) {
    errors.push(forbiddenField('', 'static pods do not support ephemeral containers'));
  }
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

const RESIZABLE = ['cpu', 'memory'];

export function validateResize(next: Pod, old: Pod): FieldError[] {
  const errors = validatePod(next, podSpecOptions(next.spec, old.spec));
  if (old.metadata.annotations?.[MIRROR_POD] !== undefined) {
    errors.push(forbiddenField('', 'static pods cannot be resized'));
  }
  if (next.spec.os?.name === 'windows') errors.push(forbiddenField('', 'windows pods cannot be resized'));
  const before = qosClassOf(old.spec);
  if (qosClassOf(next.spec) !== before) {
    errors.push(invalidValue('spec', before, 'Pod QOS Class may not change as a result of resizing'));
  }
  for (const list of ['containers', 'initContainers'] as const) {
    (next.spec[list] ?? []).forEach((container, i) => {
      const was = old.spec[list]?.[i]?.resources;
      for (const kind of ['requests', 'limits'] as const) {
        const removed = RESIZABLE.some(r => was?.[kind]?.[r] && !container.resources?.[kind]?.[r]);
        if (removed) {
          errors.push(
            forbiddenField(
              `${at(`spec.${list}`, i)}.resources.${kind}`,
              `resource ${kind} cannot be removed`,
            ),
          );
        }
      }
    });
  }
  if (!semanticEqual(withoutResizable(next), withoutResizable(old))) {
    errors.push(forbiddenField('spec', 'only cpu and memory resources are mutable'));
  }
  return errors;
}

/** What a resize may change, taken out. */
function withoutResizable(pod: Pod): unknown {
  const spec = structuredClone(pod.spec);
  for (const holder of [spec, ...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    if ('resizePolicy' in holder) delete holder.resizePolicy;
    for (const kind of ['requests', 'limits'] as const) {
      const amounts = holder.resources?.[kind];
      if (!amounts || !holder.resources) continue;
      for (const resource of RESIZABLE) delete amounts[resource];
      if (Object.keys(amounts).length === 0) delete holder.resources[kind];
    }
  }
  return spec;
}
