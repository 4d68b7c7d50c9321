import { expect, test } from 'vitest';
import type { PodSpec } from '../../../generated/core-v1.ts';
import { toldInDetail, toldInShort, violationsOf } from './evaluate.ts';
import type { Level, LevelVersion } from './policy.ts';

type Json = Record<string, unknown>;

const of = (level: Level, version: LevelVersion['version'], spec: Json, annotations = {}) =>
  violationsOf(
    { metadata: { annotations }, spec: { containers: [], ...spec } as unknown as PodSpec },
    { level, version },
  );

const told = (...args: Parameters<typeof of>) => toldInDetail(of(...args));

/** A container of each name with this security context. */
const all = (names: string, securityContext?: Json): Json => ({
  containers: names.split('').map(name => ({ name, ...(securityContext ? { securityContext } : {}) })),
});

const ofProbe = (host: string) => ({ httpGet: { host, port: 80 } });

test.each<[string, Json, string]>([
  ['nothing', all('a'), ''],
  [
    'host namespaces',
    { hostIPC: true, hostNetwork: true },
    'host namespaces (hostNetwork=true, hostIPC=true)',
  ],
  [
    'volumes of the host',
    {
      volumes: [
        { name: 'b', hostPath: {} },
        { name: 'c', emptyDir: {} },
        { name: 'a', hostPath: {} },
      ],
    },
    'hostPath volumes (volumes "b", "a")',
  ],
  [
    'ports of the host',
    {
      containers: [
        { name: 'a', ports: [{ hostPort: 9 }, { hostPort: 10 }, {}] },
        { name: 'b', ports: [{ hostPort: 0 }] },
      ],
    },
    'hostPort (container "a" uses hostPorts 10, 9)',
  ],
  [
    'probes of others',
    {
      initContainers: [{ name: 'i', lifecycle: { preStop: { tcpSocket: { host: 'x' } } } }],
      containers: [{ name: 'c', livenessProbe: ofProbe('y'), startupProbe: ofProbe('') }],
    },
    'probe or lifecycle host (containers "c", "i" use probe or lifecycle hosts "x", "y")',
  ],
  [
    'privileged',
    {
      ...all('ab', { privileged: true }),
      initContainers: [{ name: 'i', securityContext: { privileged: true } }],
    },
    'privileged (containers "i", "a", "b" must not set securityContext.privileged=true)',
  ],
  [
    'capabilities',
    all('a', { capabilities: { add: ['NET_RAW', 'CHOWN', 'BPF'] } }),
    'non-default capabilities (container "a" must not include "BPF", "NET_RAW" in securityContext.capabilities.add)',
  ],
  [
    'proc mounts',
    all('a', { procMount: 'Unmasked' }),
    'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
  ],
  ['proc mounts in a user namespace', { ...all('a', { procMount: 'Unmasked' }), hostUsers: false }, ''],
  [
    'SELinux',
    {
      securityContext: { seLinuxOptions: { type: 'container_engine_t', role: 'r' } },
      ...all('a', { seLinuxOptions: { type: 'spc_t' } }),
    },
    'seLinuxOptions (pod and container "a" set forbidden securityContext.seLinuxOptions: type "spc_t"; role may not be set)',
  ],
  [
    'seccomp',
    { securityContext: { seccompProfile: { type: 'Unconfined' } }, ...all('ab') },
    'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
  ],
  [
    'sysctls',
    { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem' }, { name: 'kernel.x' }, { name: 'a.b' }] } },
    'forbidden sysctls (kernel.x, a.b)',
  ],
  [
    'processes of the host',
    {
      securityContext: { windowsOptions: { hostProcess: true } },
      ...all('a', { windowsOptions: { hostProcess: true } }),
    },
    'hostProcess (pod and container "a" must not set securityContext.windowsOptions.hostProcess=true)',
  ],
  [
    'several, in the order of their names',
    { hostPID: true, ...all('a', { privileged: true, appArmorProfile: { type: 'Unconfined' } }) },
    'forbidden AppArmor profile (container "a" must not set AppArmor profile type to "Unconfined"), host namespaces (hostPID=true), privileged (container "a" must not set securityContext.privileged=true)',
  ],
])('baseline: %s', (_, spec, violations) => {
  expect(told('baseline', 'latest', spec)).toBe(violations);
  expect(told('privileged', 'latest', spec)).toBe('');
});

test('profiles by annotation', () => {
  const annotations = {
    'container.apparmor.security.beta.kubernetes.io/a': 'unconfined',
    'container.apparmor.security.beta.kubernetes.io/b': 'localhost/x',
    'container.seccomp.security.alpha.kubernetes.io/a': 'unconfined',
  };
  const appArmor =
    'forbidden AppArmor profile (annotation must not set AppArmor profile type to "container.apparmor.security.beta.kubernetes.io/a="unconfined"")';
  expect(told('baseline', 'latest', all('ab'), annotations)).toBe(appArmor);
  const seccomp =
    'seccompProfile (forbidden annotation container.seccomp.security.alpha.kubernetes.io/a="unconfined")';
  expect(told('baseline', 18, all('ab'), annotations)).toBe(`${appArmor}, ${seccomp}`);
});

const good = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

test.each<[string, Json, string]>([
  ['all as it should be', all('ab', good), ''],
  [
    'nothing said',
    all('n'),
    [
      'allowPrivilegeEscalation != false (container "n" must set securityContext.allowPrivilegeEscalation=false)',
      'unrestricted capabilities (container "n" must set securityContext.capabilities.drop=["ALL"])',
      'runAsNonRoot != true (pod or container "n" must set securityContext.runAsNonRoot=true)',
      'seccompProfile (pod or container "n" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ].join(', '),
  ],
  [
    'for Windows',
    { os: { name: 'windows' }, ...all('a') },
    'runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true)',
  ],
  [
    'capabilities dropped and added',
    {
      containers: [
        { name: 'a', securityContext: { ...good, capabilities: { drop: ['ALL'], add: ['CHOWN'] } } },
        { name: 'b', securityContext: { ...good, capabilities: { add: ['NET_BIND_SERVICE'] } } },
      ],
    },
    'unrestricted capabilities (container "b" must set securityContext.capabilities.drop=["ALL"]; container "a" must not include "CHOWN" in securityContext.capabilities.add)',
  ],
  [
    'volumes',
    {
      ...all('a', good),
      volumes: [
        { name: 'h', hostPath: {} },
        { name: 'n', nfs: {} },
        { name: 'i', image: {} },
      ],
    },
    'restricted volume types (volumes "h", "n" use restricted volume types "hostPath", "nfs")',
  ],
  [
    'root',
    { securityContext: { runAsUser: 0, runAsNonRoot: false }, ...all('a', { ...good, runAsUser: 0 }) },
    'runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false), runAsUser=0 (pod and container "a" must not set runAsUser=0)',
  ],
  [
    'root in a user namespace',
    {
      hostUsers: false,
      securityContext: { runAsUser: 0, runAsNonRoot: false },
      ...all('a', { ...good, procMount: 'Unmasked' }),
    },
    'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
  ],
  [
    'seccomp, said once',
    {
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'Unconfined' } },
      ...all('a', { ...good, seccompProfile: undefined }),
    },
    'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
  ],
])('restricted: %s', (_, spec, violations) => {
  expect(told('restricted', 'latest', spec)).toBe(violations);
});

test.each<[Level, number, Json, string]>([
  ['restricted', 7, all('a'), 'runAsNonRoot != true'],
  ['restricted', 18, all('a'), 'allowPrivilegeEscalation != false, runAsNonRoot != true'],
  ['restricted', 21, all('a'), 'allowPrivilegeEscalation != false, runAsNonRoot != true, seccompProfile'],
  ['restricted', 22, all('a', { ...good, runAsUser: 0, capabilities: {} }), 'unrestricted capabilities'],
  ['restricted', 21, all('a', { ...good, capabilities: { add: ['BPF'] } }), 'non-default capabilities'],
  [
    'restricted',
    24,
    { os: { name: 'windows' }, ...all('a', { runAsNonRoot: true }) },
    'allowPrivilegeEscalation != false, unrestricted capabilities, seccompProfile',
  ],
  [
    'restricted',
    34,
    { hostUsers: false, ...all('a', { ...good, runAsNonRoot: false }) },
    'runAsNonRoot != true',
  ],
  ['baseline', 34, { hostUsers: false, ...all('a', { procMount: 'Unmasked' }) }, 'procMount'],
  ['baseline', 33, { containers: [{ name: 'a', livenessProbe: ofProbe('x') }] }, ''],
  ['baseline', 99, { containers: [{ name: 'a', livenessProbe: ofProbe('x') }] }, 'probe or lifecycle host'],
  ['baseline', 30, all('a', { seLinuxOptions: { type: 'container_engine_t' } }), 'seLinuxOptions'],
  ['baseline', 31, { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_wmem' }] } }, 'forbidden sysctls'],
  [
    'baseline',
    28,
    { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_fin_timeout' }] } },
    'forbidden sysctls',
  ],
  [
    'baseline',
    26,
    { securityContext: { sysctls: [{ name: 'net.ipv4.ip_local_reserved_ports' }] } },
    'forbidden sysctls',
  ],
])('%s as of v1.%i: %j', (level, version, spec, violations) => {
  expect(toldInShort(of(level, version, spec))).toBe(violations);
});
