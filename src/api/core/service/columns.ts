/** What `kubectl get services` shows. */
import type { Service } from '../../../generated/core-v1.ts';
import { age, column, labels, name, wide } from '../../columns.ts';
import type { Column } from '../../kind.ts';

/** Where the Service can be reached from outside: external IPs, the load balancer or another name. */
function externalIp({ spec, status }: Service): string {
  const externalIps = spec?.externalIPs ?? [];
  switch (spec?.type) {
    case 'ClusterIP':
    case 'NodePort':
      return externalIps.join(',') || '<none>';
    case 'LoadBalancer': {
      const ingress = status?.loadBalancer?.ingress ?? [];
      const balancers = new Set(ingress.map(i => i.ip || i.hostname || '').filter(Boolean));
      return [...[...balancers].sort(), ...externalIps].join(',') || '<pending>';
    }
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

function ports({ spec }: Service): string {
  const texts = (spec?.ports ?? []).map(({ port, nodePort, protocol }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return texts.join(',') || '<none>';
}

export const serviceColumns: readonly Column<Service>[] = [
  name,
  column('Type', o => o.spec?.type ?? ''),
  column('Cluster-IP', o => o.spec?.clusterIPs?.[0] ?? '<none>'),
  column('External-IP', externalIp),
  column('Port(s)', ports),
  age,
  wide('Selector', o => labels(o.spec?.selector)),
];
