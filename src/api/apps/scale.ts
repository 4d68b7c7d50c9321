/** The scale subresource of workloads that keep a number of replicas of a template. */
import type { LabelSelector } from '../../generated/meta-v1.ts';
import { selectorString } from '../columns.ts';
import type { ScaleSubresource } from '../kind.ts';
import type { KubeObject } from '../object.ts';

interface Replicated extends KubeObject {
  spec?: { replicas?: number | undefined; selector: LabelSelector } | undefined;
  status?: { replicas?: number | undefined } | undefined;
}

export const workloadScale: ScaleSubresource<Replicated> = {
  replicas: o => o.spec?.replicas ?? 0,
  statusReplicas: o => o.status?.replicas ?? 0,
  selector: o => selectorString(o.spec?.selector),
  setReplicas: (o, replicas) => {
    if (o.spec) o.spec.replicas = replicas;
  },
};
