import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import type { CommandRunner } from '../../base/run-command.ts';
import { ownNetworkNamespace } from '../host/cluster-list.ts';
import { bridgeName, newSettings, parsePort } from './new-settings.ts';
import { belongs } from './traces.ts';

const routes = (...destinations: string[]): CommandRunner => ({
  run: async () => ({ stdout: JSON.stringify(destinations.map(dst => ({ dst }))), stderr: '' }),
});

const free = async () => true;

test('a first cluster gets the well-known addresses', async () => {
  expect(await newSettings({ name: 'peapod', nodeName: 'Box' }, [], routes('default'), free)).toEqual({
    name: 'peapod',
    port: 6443,
    kubeletPort: 10250,
    nodeName: 'box',
    podCidr: '10.244.0.0/24',
    serviceCidr: '10.96.0.0/12',
    kubernetesIp: '10.96.0.1',
    dnsIp: '10.96.0.10',
    clusterDomain: 'cluster.local',
    bridge: 'peapod0',
  });
});

test('another one keeps out of the way of routes, and of clusters in its network namespace only', async () => {
  const other = {
    name: 'o',
    dataDir: '/o',
    port: 6443,
    kubeletPort: 10250,
    podCidr: '10.244.0.0/24',
    serviceCidr: '10.96.0.0/12',
  };
  const here = { ...other, networkNamespace: ownNetworkNamespace() };
  const elsewhere = { ...other, podCidr: '10.244.1.0/24', networkNamespace: 'net:[1]' };
  const made = await newSettings(
    { name: 'b', nodeName: 'n' },
    [here, elsewhere],
    routes('default', '10.244.2.0/24'),
    async port => port !== 10251,
  );
  expect([made.podCidr, made.serviceCidr, made.dnsIp]).toEqual([
    '10.244.1.0/24',
    '10.112.0.0/12',
    '10.112.0.10',
  ]);
  // 10250 is the other cluster's, 10251 some program's.
  expect(made.kubeletPort).toBe(10252);
});

test('a range that was given is taken where no usual one is free, and the other keeps out of its way', async () => {
  const make = (over: object) =>
    newSettings({ name: 'b', nodeName: 'n', ...over }, [], routes('10.0.0.0/8'), free);
  await expect(make({})).rejects.toThrow('give one with --pod-cidr');
  const made = await make({ podCidr: '10.96.0.0/16' });
  expect([made.podCidr, made.serviceCidr]).toEqual(['10.96.0.0/16', '10.112.0.0/12']);
  await expect(make({ podCidr: '10.96.7.0/24', serviceCidr: '10.96.0.0/16' })).rejects.toThrow(
    'pods in 10.96.7.0/24 and services in 10.96.0.0/16',
  );
});

test('bad values are refused with the option’s name', async () => {
  const make = (over: object) => newSettings({ name: 'b', ...over }, [], routes(), free);
  await expect(make({ port: '70000' })).rejects.toThrow('--port 70000');
  await expect(make({ kubeletPort: '0' })).rejects.toThrow('--kubelet-port 0');
  await expect(make({ podCidr: '10.0.0.1/24' })).rejects.toThrow('--pod-cidr');
  await expect(make({ serviceCidr: 'x' })).rejects.toThrow('--service-cidr');
  await expect(make({ nodeName: 'a_b' })).rejects.toThrow('--node-name');
  expect(() => parsePort('1e3')).toThrow('--port');
  expect((await make({})).nodeName).toBe(hostname().toLowerCase());
});

test('names of bridges fit the kernel’s limit and differ', () => {
  const names = ['peapod', 'a', 'a'.repeat(32), `${'a'.repeat(31)}b`].map(bridgeName);
  expect(new Set(names).size).toBe(4);
  for (const name of names) expect(name.length).toBeLessThanOrEqual(15);
});

test('only a cluster’s own processes count as its traces', () => {
  const dir = '/var/lib/peapod';
  expect(
    belongs('/usr/bin/containerd-shim-runc-v2', ['-address', `${dir}/containerd/containerd.sock`], dir),
  ).toBe(true);
  expect(belongs('containerd', ['--config', `${dir}/containerd/config.toml`], dir)).toBe(true);
  expect(belongs('/usr/bin/node', ['/x/bin/peapod', 'server', '--data-dir', dir], dir)).toBe(true);
  expect(belongs('/usr/bin/node', ['/x/bin/peapod', 'delete', '--data-dir', dir], dir)).toBe(false);
  expect(belongs('containerd', ['--config', '/var/lib/peapod-2/containerd/config.toml'], dir)).toBe(false);
  expect(belongs('vi', [`${dir}/cluster.json`], dir)).toBe(false);
});
