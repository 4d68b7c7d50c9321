import { expect, test } from 'vitest';
import { forbiddenSysctl } from './sysctls.ts';

const pod = (name: string, spec = {}) => ({
  metadata: { name: 'a' },
  spec: { containers: [], securityContext: { sysctls: [{ name, value: '1' }] }, ...spec },
});

test.each([
  ['kernel.shm_rmid_forced', {}, undefined],
  ['net/ipv4/tcp_syncookies', {}, undefined],
  ['net.ipv4.tcp_syncookies', { hostIPC: true }, undefined],
  ['net.ipv4.tcp_syncookies', { hostNetwork: true }, 'not allowed with host net enabled'],
  ['kernel.shm_rmid_forced', { hostIPC: true }, 'not allowed with host ipc enabled'],
  ['kernel.msgmax', {}, 'not allowlisted'],
  ['net.core.somaxconn', {}, 'not allowlisted'],
  ['constructor', {}, 'not allowlisted'],
])('%s with %j: %s', (name, spec, problem) => {
  const found = forbiddenSysctl(pod(name, spec));
  expect(found).toBe(problem && `"${name}" ${problem}`);
});
