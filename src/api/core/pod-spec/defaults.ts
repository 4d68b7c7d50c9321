/**
 * Defaults of pod specs, as templates get them (upstream's core/v1 defaults). What only a Pod
 * itself gets (requests from limits, enableServiceLinks, host ports) is in ../pod-defaults.ts.
 */
import type {
  Container,
  EphemeralContainer,
  HTTPGetAction,
  LifecycleHandler,
  PodSpec,
  PodTemplateSpec,
  Probe,
} from '../../../generated/core-v1.ts';
import type { ObjectMeta } from '../../../generated/meta-v1.ts';
import { roundResources, roundToMilli } from '../../validation/amounts.ts';
import { defaultVolume } from '../pod-volumes/defaults.ts';
import { defaultPullPolicy } from './image.ts';

export function defaultPodTemplate({ metadata, spec }: PodTemplateSpec): void {
  dropOldAnnotations(metadata);
  if (spec) defaultPodSpec(spec);
}

/** Init containers were annotations before v1.8. They are dropped lest old kubelets heed them. */
const OLD_ANNOTATIONS = ['beta', 'alpha'].flatMap(stage =>
  ['init-containers', 'init-container-statuses'].map(what => `pod.${stage}.kubernetes.io/${what}`),
);

export function dropOldAnnotations(metadata: ObjectMeta | undefined): void {
  const { annotations } = metadata ?? {};
  if (!metadata || !annotations || !OLD_ANNOTATIONS.some(key => annotations[key] !== undefined)) return;
  for (const key of OLD_ANNOTATIONS) delete annotations[key];
  if (Object.keys(annotations).length === 0) delete metadata.annotations;
}

export function defaultPodSpec(spec: PodSpec): void {
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.restartPolicy ||= 'Always';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= 'default-scheduler';
  syncServiceAccount(spec);
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of spec.initContainers ?? []) defaultContainer(container);
  for (const container of spec.containers ?? []) defaultContainer(container);
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container);
  if (spec.resources) roundResources(spec.resources);
  roundToMilli(spec.overhead);
}

/** The deprecated serviceAccount always says what serviceAccountName says. */
function syncServiceAccount(spec: PodSpec): void {
  const name = spec.serviceAccountName || spec.serviceAccount;
  if (!name) return;
  spec.serviceAccountName = name;
  spec.serviceAccount = name;
}

function defaultContainer(container: Container | EphemeralContainer): void {
  container.imagePullPolicy ||= defaultPullPolicy(container.image ?? '');
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  for (const port of container.ports ?? []) port.protocol ||= 'TCP';
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ||= 'v1';
    if (valueFrom?.fileKeyRef) valueFrom.fileKeyRef.optional ??= false;
  }
  if (container.resources) roundResources(container.resources);
  else container.resources = {};
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (probe) defaultProbe(probe);
  }
  defaultHandler(container.lifecycle?.postStart);
  defaultHandler(container.lifecycle?.preStop);
}

function defaultProbe(probe: Probe): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  if (probe.httpGet) defaultHttpGet(probe.httpGet);
  if (probe.grpc) probe.grpc.service ??= '';
}

function defaultHandler(handler: LifecycleHandler | undefined): void {
  if (handler?.httpGet) defaultHttpGet(handler.httpGet);
}

function defaultHttpGet(action: HTTPGetAction): void {
  action.path ||= '/';
  action.scheme ||= 'HTTP';
}
