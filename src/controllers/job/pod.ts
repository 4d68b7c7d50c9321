/** The pod of a Job: tracked by a finalizer, and told its index in an Indexed one. Pure. */
import type { Job } from '../../generated/batch-v1.ts';
import type { Container, Pod } from '../../generated/core-v1.ts';
import { JOB_KIND } from '../owner-kinds.ts';
import { podFromTemplate } from '../pod-management/pod-control.ts';
import { TRACKING_FINALIZER } from './counting.ts';
import { FAILURE_COUNT, IGNORED_FAILURE_COUNT } from './index-failures.ts';
import { INDEX_ANNOTATION } from './indexes.ts';
import type { NewPod } from './next-step.ts';

const MAX_HOSTNAME = 63;

/** Longer ones are cut by the API server, which would take the index off. */
const MAX_GENERATED_NAME = 58;

/** A new pod of the Job, with the finalizer that keeps it until it has been counted. */
export function jobPod(job: Job, { index, failures }: NewPod): Pod {
  const pod = podFromTemplate(job.spec?.template ?? {}, job, JOB_KIND);
  const finalizers = [...(pod.metadata.finalizers ?? []), TRACKING_FINALIZER];
  if (index === undefined) return { ...pod, metadata: { ...pod.metadata, finalizers } };
  const text = String(index);
  const name = `${job.metadata.name}-${text}`;
  const tail = `-${text}-`;
  const annotations = {
    ...pod.metadata.annotations,
    [INDEX_ANNOTATION]: text,
    ...(failures ? { [FAILURE_COUNT]: String(failures.counted) } : {}),
    ...(failures && failures.ignored > 0 ? { [IGNORED_FAILURE_COUNT]: String(failures.ignored) } : {}),
  };
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      generateName: `${(job.metadata.name ?? '').slice(0, MAX_GENERATED_NAME - tail.length)}${tail}`,
      finalizers,
      labels: { ...pod.metadata.labels, [INDEX_ANNOTATION]: text },
      annotations,
    },
    spec: {
      ...pod.spec,
      ...(name.length <= MAX_HOSTNAME ? { hostname: name } : {}),
      containers: pod.spec.containers.map(withIndex),
      ...(pod.spec.initContainers ? { initContainers: pod.spec.initContainers.map(withIndex) } : {}),
    },
  };
}

/** A variable of that name in the template stays as it is. */
function withIndex(container: Container): Container {
  const name = 'JOB_COMPLETION_INDEX';
  if (container.env?.some(variable => variable.name === name)) return container;
  const fieldRef = { apiVersion: 'v1', fieldPath: `metadata.labels['${INDEX_ANNOTATION}']` };
  return { ...container, env: [...(container.env ?? []), { name, valueFrom: { fieldRef } }] };
}
