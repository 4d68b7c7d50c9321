import { expect, test } from 'vitest';
import { virtualClock } from '../../testing/virtual-clock.ts';
import { createFakeRuntime } from '../cri/fake.ts';
import type { NodePod } from '../pods/pod.ts';
import { formatDuration, formatSeconds } from './duration.ts';
import { createImageIds } from './image-id.ts';
import { ImagePuller } from './image-puller.ts';
import { credentialsFor, parsePullSecret } from './pull-secrets.ts';
import { fullImageName, imageNameProblem, registryOf } from './reference.ts';

test.each([
  ['nginx', 'docker.io/library/nginx:latest'],
  ['myapp:v1', 'docker.io/library/myapp:v1'],
  ['me/app', 'docker.io/me/app:latest'],
  ['localhost/app', 'localhost/app:latest'],
  ['127.0.0.1:5000/app', '127.0.0.1:5000/app:latest'],
  ['quay.io/a/b@sha256:00', 'quay.io/a/b@sha256:00'],
])('%s is %s', (name, full) => {
  expect(fullImageName(name)).toBe(full);
  expect(registryOf(name)).toBe(full.split('/')[0]);
});

test.each([
  ['nginx', undefined],
  ['Host/app', undefined],
  ['localhost:5000/a/b_c__d-e.f:v1.2', undefined],
  [`quay.io/a@sha256:${'0'.repeat(64)}`, undefined],
  [`quay.io/a@sha256:${'0'.repeat(40)}`, 'invalid checksum digest length'],
  [`quay.io/a@md5:${'0'.repeat(32)}`, 'unsupported digest algorithm'],
  ['Bad:x', 'invalid reference format: repository name (library/Bad) must be lowercase'],
  ['quay.io/Bad', 'invalid reference format: repository name (Bad) must be lowercase'],
  ['https://quay.io/a', 'invalid reference format'],
  ['a:b:c', 'invalid reference format'],
  ['a b', 'invalid reference format'],
  ['a:', 'invalid reference format'],
  ['a'.repeat(64), 'invalid repository name'],
])('of %s it is said: %s', (image, problem) => {
  const said = imageNameProblem(image);
  if (problem === undefined) expect(said).toBeUndefined();
  else expect(said).toContain(problem);
});

test('durations are written as Go writes them', () => {
  expect([56, 1234, 60_000, 62_500].map(formatDuration)).toEqual(['56ms', '1.234s', '1m0s', '1m2.5s']);
  expect([10_000, 80_000, 300_000].map(formatSeconds)).toEqual(['10s', '1m20s', '5m0s']);
});

const secret = (json: object, type = 'kubernetes.io/dockerconfigjson') => ({
  metadata: {},
  type,
  data: {
    [type.endsWith('json') ? '.dockerconfigjson' : '.dockercfg']: Buffer.from(JSON.stringify(json)).toString(
      'base64',
    ),
  },
});

test('the credentials of a registry are those whose name fits, the longest first', () => {
  const secrets = parsePullSecret(
    secret({
      auths: {
        'https://index.docker.io/v1/': { auth: 'hub' },
        'quay.io': { username: 'u', password: 'p' },
        'quay.io/team': { identitytoken: 't' },
      },
    }),
  );
  expect(credentialsFor('nginx', secrets)).toEqual([{ auth: 'hub' }]);
  expect(credentialsFor('quay.io/team/app', secrets)).toEqual([
    { identityToken: 't' },
    { username: 'u', password: 'p' },
  ]);
  expect(credentialsFor('quay.io.evil/team', secrets)).toEqual([]);
  expect(parsePullSecret(secret({ 'quay.io': { auth: 'x' } }, 'kubernetes.io/dockercfg'))).toHaveLength(1);
  expect(parsePullSecret({ metadata: {}, data: {} })).toEqual([]);
});

const podOf = (uid: string): NodePod => ({ metadata: { uid }, spec: { containers: [] } });

function puller() {
  const clock = virtualClock();
  const runtime = createFakeRuntime(clock);
  const images = new ImagePuller({ runtime, clock, pullSecrets: async () => [], onPulled: () => {} });
  const said: string[] = [];
  const ensure = (uid: string, image: string, imagePullPolicy = 'IfNotPresent') =>
    images.ensure({
      pod: podOf(uid),
      container: { name: 'c', image, imagePullPolicy },
      event: (_, reason) => said.push(reason),
      sandboxConfig: undefined,
      signal: new AbortController().signal,
    });
  return { clock, runtime, images, ensure, said };
}

test('Always pulls what is there too; Never takes only what is there', async () => {
  const { runtime, ensure, said } = puller();
  runtime.images.set('a', {});
  runtime.registry.set('a', {});
  await ensure('1', 'a', 'Always');
  await ensure('1', 'a', 'Never');
  expect(said).toEqual(['Pulling', 'Pulled', 'Pulled']);
  expect(runtime.calls).toEqual(['pullImage a']);
  await expect(ensure('1', 'b', 'Never')).rejects.toMatchObject({ reason: 'ErrImageNeverPull' });
});

test('pods that want one image share its pull', async () => {
  const { runtime, ensure } = puller();
  runtime.registry.set('a', {});
  await Promise.all(['1', '2', '3'].map(uid => ensure(uid, 'a')));
  expect(runtime.calls).toEqual(['pullImage a']);
});

test('a failed pull is refused for 10 s, then 20 s, and only for its pod', async () => {
  const { clock, ensure, images } = puller();
  const refused = (reason: string) => expect(ensure('1', 'x')).rejects.toMatchObject({ reason });
  await refused('ErrImagePull');
  await refused('ImagePullBackOff');
  await expect(ensure('2', 'x')).rejects.toMatchObject({ reason: 'ErrImagePull' });
  await clock.advance(10_000);
  await refused('ErrImagePull');
  await clock.advance(10_000);
  await refused('ImagePullBackOff');
  expect(images.retryAfterMs(podOf('1'), 'x')).toBe(10_000);
  images.forget('1');
  await refused('ErrImagePull');
});

test('a loaded image goes by its id, one from a registry by its digest there', async () => {
  const { runtime } = puller();
  runtime.images.set('docker.io/library/app@sha256:d', {});
  const status = (image: string) => ({ image, imageRef: 'docker.io/library/app@sha256:d' }) as never;
  const ids = createImageIds({ runtime, isLoaded: async image => image === 'docker.io/library/app:v1' });
  expect(await ids(status('docker.io/library/app:v2'))).toBe('docker.io/library/app@sha256:d');
  expect(await ids(status('docker.io/library/app:v1'))).toBe('sha256:docker.io/library/app@sha256:d');
});
