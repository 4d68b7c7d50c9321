/** DefaultTolerationSeconds: pods stay five minutes on a node that has stopped answering. */
import type { Pod, Toleration } from '../../generated/core-v1.ts';
import type { AdmissionPlugin } from './chain.ts';

const SECONDS = 300;
const TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  admit({ operation, resource, subresource, object }) {
    if (operation === 'DELETE' || subresource !== '') return;
    if (resource.definition.group !== '' || resource.definition.kind !== 'Pod') return;
    const { spec } = object as Pod;
    const missing = TAINTS.filter(taint => !(spec.tolerations ?? []).some(t => tolerates(t, taint)));
    if (missing.length === 0) return;
    const added = missing.map(key => ({
      key,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: SECONDS,
    }));
    spec.tolerations = [...(spec.tolerations ?? []), ...added];
  },
};

function tolerates({ key = '', effect = '' }: Toleration, taint: string): boolean {
  return (key === taint || key === '') && (effect === 'NoExecute' || effect === '');
}
