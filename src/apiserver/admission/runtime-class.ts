/**
 * RuntimeClass (KEP-585, KEP-688): a pod of a class gets what the class costs on top and where its
 * handler runs; nobody sets the overhead by hand.
 */
import { forbidden } from '../../api/status-error.ts';
import { semanticEqual } from '../../api/validation/checks.ts';
import type { Pod, Toleration } from '../../generated/core-v1.ts';
import type { RuntimeClass } from '../../generated/node-v1.ts';
import { keyFor } from '../cache/keys.ts';
import type { ServerCore } from '../core.ts';
import { type AdmissionPlugin, type AdmissionRequest, shownName } from './chain.ts';

const PODS = { group: '', resource: 'pods' };
const CLASSES = { group: 'node.k8s.io', resource: 'runtimeclasses' };

export function runtimeClassAdmission(core: () => ServerCore): AdmissionPlugin {
  const classOf = (request: AdmissionRequest, { spec }: Pod): RuntimeClass | undefined => {
    const name = shownName(request);
    if (spec.runtimeClassName === undefined) return undefined;
    const found = core().cache.get<RuntimeClass>(keyFor(CLASSES, '', spec.runtimeClassName))?.object;
    if (found) return found;
    throw forbidden(
      PODS,
      name,
      `pod rejected: RuntimeClass ${JSON.stringify(spec.runtimeClassName)} not found`,
    );
  };
  return {
    name: 'RuntimeClass',
    admit(request) {
      if (!concerns(request)) return;
      const pod = request.object as Pod;
      const runtimeClass = classOf(request, pod);
      if (!runtimeClass) return;
      setOverhead(request, pod, runtimeClass);
      setScheduling(request, pod, runtimeClass);
    },
    validate(request) {
      if (!concerns(request)) return;
      const pod = request.object as Pod;
      const runtimeClass = classOf(request, pod);
      if (Object.keys(pod.spec.overhead ?? {}).length === 0) return;
      if (!runtimeClass?.overhead)
        throw forbidden(
          PODS,
          request.name,
          'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
        );
      checkOverhead(request, pod, runtimeClass);
    },
  };
}

const concerns = ({ operation, resource, subresource }: AdmissionRequest): boolean =>
  operation === 'CREATE' &&
  subresource === '' &&
  resource.named.group === '' &&
  resource.named.resource === 'pods';

function checkOverhead(request: AdmissionRequest, { spec }: Pod, { overhead }: RuntimeClass): void {
  const name = shownName(request);
  if (!semanticEqual(spec.overhead, overhead?.podFixed))
    throw forbidden(PODS, name, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
}

function setOverhead(request: AdmissionRequest, pod: Pod, runtimeClass: RuntimeClass): void {
  const { overhead } = runtimeClass;
  if (!overhead) return;
  if (Object.keys(pod.spec.overhead ?? {}).length > 0) checkOverhead(request, pod, runtimeClass);
  if (overhead.podFixed) pod.spec.overhead = { ...overhead.podFixed };
}

function setScheduling(request: AdmissionRequest, { spec }: Pod, { scheduling }: RuntimeClass): void {
  const name = shownName(request);
  if (!scheduling) return;
  const own = spec.nodeSelector ?? {};
  for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {})) {
    const wanted = own[key];
    if (wanted === undefined || wanted === value) continue;
    const why = `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${wanted}`;
    throw forbidden(PODS, name, why);
  }
  if (scheduling.nodeSelector) spec.nodeSelector = { ...own, ...scheduling.nodeSelector };
  if (scheduling.tolerations)
    spec.tolerations = mergeTolerations(spec.tolerations ?? [], scheduling.tolerations);
}

/** Without those that another one covers already. */
function mergeTolerations(first: readonly Toleration[], second: readonly Toleration[]): Toleration[] {
  const kept: Toleration[] = [];
  const all = [...first, ...second];
  all.forEach((toleration, i) => {
    const covered =
      kept.some(other => covers(other, toleration)) ||
      all.slice(i + 1).some(other => covers(other, toleration) && !semanticEqual(other, toleration));
    if (!covered) kept.push({ ...toleration });
  });
  return kept;
}

/** Everything that `narrow` tolerates, `wide` does, too, for at least as long. */
function covers(wide: Toleration, narrow: Toleration): boolean {
  if (semanticEqual(wide, narrow)) return true;
  const { key = '', operator = 'Equal', value = '', effect = '', tolerationSeconds: wideSeconds } = wide;
  if (key !== '' && key !== (narrow.key ?? '')) return false;
  if (effect !== '' && effect !== (narrow.effect ?? '')) return false;
  if (wide.effect === 'NoExecute' && wideSeconds !== undefined) {
    if (narrow.tolerationSeconds === undefined || wideSeconds < narrow.tolerationSeconds) return false;
  }
  return operator === 'Exists' || (narrow.operator !== 'Exists' && value === (narrow.value ?? ''));
}
