// Installs the Debian packages a cluster needs and this machine lacks, and says which. With
// --tests, those of the tests too. Does nothing where all are there, wherever they came from:
// what counts are the programs.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

/** program → Debian package */
const needed = {
  containerd: 'containerd',
  runc: 'runc',
  '/usr/lib/cni/bridge': 'containernetworking-plugins',
  nft: 'nftables',
  ip: 'iproute2',
  conntrack: 'conntrack',
  iptables: 'iptables', // the CNI plugin for host ports calls it
  modprobe: 'kmod',
  mount: 'mount',
  nsenter: 'util-linux',
  '/etc/ssl/certs/ca-certificates.crt': 'ca-certificates',
};
const neededByTests = {
  etcd: 'etcd-server',
  tmux: 'tmux',
  curl: 'curl',
  ps: 'procps',
  python3: 'python3',
  '/usr/lib/python3/dist-packages/kubernetes/__init__.py': 'python3-kubernetes',
};

const programs = process.argv.includes('--tests') ? { ...needed, ...neededByTests } : needed;
const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];

function isThere(program) {
  return (program.startsWith('/') ? [program] : folders.map(f => join(f, program))).some(path => {
    try {
      accessSync(path, constants.R_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function fail(message) {
  console.error(`✗ ${message}`);
  process.exit(1);
}

const missing = Object.entries(programs).flatMap(([program, name]) => (isThere(program) ? [] : [name]));
if (missing.length === 0) process.exit(0);
const list = missing.join(' ');
if (!isThere('apt-get')) fail(`${list}: missing, and this is no Debian; install what has ${Object.keys(programs).join(', ')}`);
if (process.getuid?.() !== 0) fail(`${list}: missing; installing needs root: sudo apt-get install ${list}`);

console.log(`▸ Debian packages: ${list}`);
const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
const apt = (...args) => spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0;
/** Packages that bring a service we want only the program of: it is neither started nor enabled. */
const services = { 'etcd-server': 'etcd.service' };
const policy = '/usr/sbin/policy-rc.d';

function installQuietly(name) {
  // What Debian's maintainer scripts ask before they start anything; 101: they may not.
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return apt('install', '--yes', '--no-install-recommends', name);
  } finally {
    if (ours) rmSync(policy);
    spawnSync('systemctl', ['disable', '--quiet', services[name]], { stdio: 'ignore' });
  }
}

const plain = missing.filter(name => !(name in services));
const install = () =>
  (plain.length === 0 || apt('install', '--yes', '--no-install-recommends', ...plain)) &&
  missing.filter(name => name in services).every(installQuietly);
// The lists may be missing (slim images) or name what is gone: then they are fetched, and once more.
if (!install() && !(apt('update') && install())) fail(`Debian packages could not be installed: ${list}`);
