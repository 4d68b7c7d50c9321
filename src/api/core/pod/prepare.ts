/** What the server itself writes into a pod before it is validated. */

import { rfc3339 } from '../../../base/clock.ts';
import { ownField } from '../../../base/own-field.ts';
import type { Pod, PodSpec } from '../../../generated/core-v1.ts';
import type { LabelSelector } from '../../../generated/meta-v1.ts';
import type { StrategyContext } from '../../kind.ts';
import { dropDisabledFields } from '../pod-spec/disabled.ts';
import { applyAppArmorAnnotations } from './apparmor.ts';
import { qosClassOf } from './qos.ts';

export function preparePodForCreate(pod: Pod, { clock, warn }: StrategyContext): void {
  dropDisabledFields(pod.spec);
  pod.status = { phase: 'Pending', qosClass: qosClassOf(pod.spec) };
  if ((pod.spec.schedulingGates ?? []).length > 0) {
    pod.status.conditions = [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
        // Upstream writes a zero time as null, which the generated types leave out.
        lastProbeTime: null as unknown as string,
        lastTransitionTime: rfc3339(clock.now()),
      },
    ];
  }
  applyMatchLabelKeys(pod.spec, pod.metadata.labels ?? {});
  for (const text of applyAppArmorAnnotations(pod)) warn?.(text);
}

type Labels = Readonly<Record<string, string>>;

/** matchLabelKeys become expressions of the selectors beside them (KEP-3633, KEP-3243). */
function applyMatchLabelKeys(spec: PodSpec, labels: Labels): void {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  for (const affinity of [podAffinity, podAntiAffinity]) {
    const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const terms = [
      ...preferred.map(t => t.podAffinityTerm),
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ];
    for (const term of terms) {
      if (!term.labelSelector) continue;
      addKeys(term.labelSelector, term.matchLabelKeys, 'In', labels);
      addKeys(term.labelSelector, term.mismatchLabelKeys, 'NotIn', labels);
    }
  }
  for (const constraint of spec.topologySpreadConstraints ?? []) {
    if (constraint.labelSelector) addKeys(constraint.labelSelector, constraint.matchLabelKeys, 'In', labels);
  }
}

function addKeys(
  selector: LabelSelector,
  keys: readonly string[] | undefined,
  operator: 'In' | 'NotIn',
  labels: Labels,
): void {
  for (const key of keys ?? []) {
    const value = ownField(labels, key);
    if (value === undefined) continue;
    selector.matchExpressions ??= [];
    selector.matchExpressions.push({ key, operator, values: [value] });
  }
}
