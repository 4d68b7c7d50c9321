/**
 * NodeDeclaredFeatureValidator (KEP-5328): a change of a pod that is on a node may need something
 * that the node has to say it can do. In v1.36 that is changing the resources of a pod as a whole, and
 * those of init containers.
 */
import { forbidden } from '../../api/status-error.ts';
import { semanticEqual } from '../../api/validation/checks.ts';
import type { Pod } from '../../generated/core-v1.ts';
import type { ServerCore } from '../core.ts';
import type { AdmissionPlugin } from './chain.ts';
import { boundPodUpdate } from './pods/update.ts';

/** In the order of their names. */
const NEEDS: Readonly<Record<string, (pod: Pod, old: Pod) => boolean>> = {
  InPlacePodLevelResourcesVerticalScaling: ({ spec }, old) =>
    !semanticEqual(spec.resources, old.spec.resources),
  InPlacePodVerticalScalingInitContainers: changesInitContainers,
};

export function nodeDeclaredFeatures(core: () => ServerCore): AdmissionPlugin {
  return {
    name: 'NodeDeclaredFeatureValidator',
    validate(request) {
      const update = boundPodUpdate(core, request, ['', 'resize']);
      if (!update) return;
      const { pod, old } = update;
      const needed = Object.keys(NEEDS).filter(feature => NEEDS[feature]?.(pod, old));
      if (needed.length === 0) return;
      const { metadata, status } = update.node();
      const missing = needed.filter(feature => !status?.declaredFeatures?.includes(feature));
      if (missing.length === 0) return;
      const why = `pod update requires features ${missing.join(', ')} which are not available on node`;
      throw forbidden(request.resource.named, request.name, `${why} ${JSON.stringify(metadata.name)}`);
    },
  };
}

/** Sidecars are as other containers. */
function changesInitContainers({ spec }: Pod, old: Pod): boolean {
  return (old.spec.initContainers ?? []).some(
    ({ restartPolicy, resources }, i) =>
      restartPolicy !== 'Always' && !semanticEqual(resources, spec.initContainers?.[i]?.resources),
  );
}
