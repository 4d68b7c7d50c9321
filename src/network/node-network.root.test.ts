import { existsSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { NetLab } from '../testing/programs/net-lab.ts';

let lab: NetLab | undefined;
afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

const get = (url: string) => ['curl', '-s', '--max-time', '3', url];

test('a pod gets an address, reaches the host and the world outside, and is reached by both', async () => {
  lab = await NetLab.create('pp-netlab-1');
  const info = await lab.setUpNetwork();
  expect(info).toMatchObject({
    nodeAddress: NetLab.nodeAddress,
    gateway: '10.244.0.1',
    bridgeNetfilter: true,
  });
  expect(lab.network.health()).toEqual({ healthy: true, message: '', warnings: [] });

  const pod = await lab.addPod('a');
  const other = await lab.addPod('b');
  await lab.serve(pod);
  expect(pod.ip).toBe('10.244.0.2');
  expect((await lab.node.run(get(`http://${pod.ip}:8080`))).stdout).toBe('a 10.244.0.1\n');
  expect((await other.commands.run(get(`http://${pod.ip}:8080`))).stdout).toBe(`a ${other.ip}\n`);

  // The world outside has no route to pods: it sees the node's address.
  await lab.serve(lab.host('outside'), 9090);
  expect((await pod.commands.run(get(`http://${NetLab.outsideAddress}:9090`))).stdout).toBe(
    `outside ${NetLab.nodeAddress}\n`,
  );
  await expect(lab.outside.run(get(`http://${pod.ip}:8080`))).rejects.toThrow();
});

test('set-up again changes nothing and pods keep their connections', async () => {
  lab = await NetLab.create('pp-netlab-2');
  await lab.setUpNetwork();
  const pod = await lab.addPod('a');
  await lab.serve(pod);
  const { node } = lab;
  const links = () => node.run(['ip', '-br', 'link']).then(({ stdout }) => stdout);
  const before = await links();
  await lab.setUpNetwork();
  expect(await links()).toBe(before);
  expect((await lab.node.run(get(`http://${pod.ip}:8080`))).stdout).toBe('a 10.244.0.1\n');
});

test('without any other address the node has that of the bridge', async () => {
  lab = await NetLab.create('pp-netlab-3');
  await lab.node.run(['ip', 'link', 'delete', 'eth0']);
  expect(await lab.setUpNetwork()).toMatchObject({ nodeAddress: '10.244.0.1' });
});

test('host ports work, also from the host itself', async () => {
  lab = await NetLab.create('pp-netlab-4');
  await lab.setUpNetwork();
  const pod = await lab.addPod('a', [{ hostPort: 8081, containerPort: 8080 }]);
  await lab.serve(pod);
  expect((await lab.outside.run(get(`http://${NetLab.nodeAddress}:8081`))).stdout).toBe(
    `a ${NetLab.outsideAddress}\n`,
  );
  expect((await lab.node.run(get('http://127.0.0.1:8081'))).stdout).toMatch(/^a /);
});

test('on a machine that drops what it forwards, pods reach each other all the same', async () => {
  lab = await NetLab.create('pp-netlab-6');
  await lab.node.run(['iptables', '-P', 'FORWARD', 'DROP']);
  await lab.setUpNetwork();
  const [a, b] = [await lab.addPod('a'), await lab.addPod('b')];
  await lab.serve(a);
  expect((await b.commands.run(get(`http://${a.ip}:8080`))).stdout).toBe(`a ${b.ip}\n`);
  await lab.network.tearDown();
  expect((await lab.node.run(['iptables', '-S', 'FORWARD'])).stdout).toBe('-P FORWARD DROP\n');
});

test('tear-down leaves no interface, route, table, file or record, even of pods that were left', async () => {
  lab = await NetLab.create('pp-netlab-5');
  await lab.setUpNetwork();
  const removed = await lab.addPod('a', [{ hostPort: 8081, containerPort: 8080 }]);
  await lab.removePod(removed);
  await lab.addPod('b', [{ hostPort: 8082, containerPort: 8080 }]);
  await lab.network.tearDown();
  const { stdout: links } = await lab.node.run(['ip', '-br', 'link']);
  expect(links.split('\n').map(line => line.split(/[@\s]/)[0])).toEqual(['lo', 'eth0', '']);
  expect((await lab.node.run(['ip', 'route'])).stdout).toBe(
    '192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.2 \n',
  );
  expect((await lab.node.run(['nft', 'list', 'tables'])).stdout).toBe('');
  expect(existsSync(lab.options.configDir)).toBe(false);
  expect(existsSync(lab.options.ipamDir)).toBe(false);
  await lab.network.tearDown();
});
