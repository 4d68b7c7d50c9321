/** What Jobs and the templates of CronJobs share. */
import type { JobSpec } from '../../generated/batch-v1.ts';
import { defaultPodTemplate } from '../core/pod-spec/defaults.ts';
import { dnsLabel } from '../meta/names.ts';
import type { KubeObject } from '../object.ts';

/** Defaults inside the spec that templates get, too. */
export function defaultJobTemplate(spec: JobSpec): void {
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True';
  }
  defaultPodTemplate(spec.template);
}

export function warnAboutName({ metadata: { name = '' } }: KubeObject): string[] {
  const wrong = dnsLabel(name);
  return wrong.length === 0
    ? []
    : [
        `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${wrong.join(' ')}]`,
      ];
}
