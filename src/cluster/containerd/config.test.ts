import { expect, test } from 'vitest';
import { containerdConfig, registryHostsConfig } from './config.ts';

const paths = {
  root: '/d/root',
  state: '/d/state',
  socket: '/d/containerd.sock',
  registryHosts: '/d/hosts.d',
  cniConf: '/d/net.d',
  cniBin: '/usr/lib/cni',
};

test('the configuration names our own places, and none of the system’s containerd', () => {
  const text = containerdConfig({
    paths,
    sandboxImage: 'docker.io/library/pause:latest',
    snapshotter: 'native',
    restrictOomScoreAdj: true,
  });
  expect(text).toMatchSnapshot();
  expect(text).not.toContain('/run/containerd');
  expect(text).not.toContain('/var/lib/containerd');
});

test('the node’s registry is asked first, and no other is shut out', () => {
  expect(registryHostsConfig('127.0.0.1:5000')).toBe(
    '[host."http://127.0.0.1:5000"]\ncapabilities = ["pull","resolve"]\n',
  );
});
