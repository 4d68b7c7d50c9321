/** Features that are off: what they would bring is dropped, wherever pods come from. */
import { expect, test } from 'vitest';
import { strategyContext } from '../../../testing/pods.ts';
import type { KindDefinition } from '../../kind.ts';
import { builtinKinds } from '../../kinds.ts';
import type { KubeObject } from '../../object.ts';

type Json = Record<string, unknown>;

const template = (stopSignal: boolean): Json => ({
  spec: {
    containers: [{ name: 'c', image: 'i', ...(stopSignal ? { lifecycle: { stopSignal: 'SIGINT' } } : {}) }],
  },
});

const WHERE: Readonly<Record<string, (template: Json) => Json>> = {
  PodTemplate: t => ({ template: t }),
  ReplicationController: t => ({ spec: { template: t } }),
  Deployment: t => ({ spec: { template: t } }),
  ReplicaSet: t => ({ spec: { template: t } }),
  StatefulSet: t => ({ spec: { template: t } }),
  DaemonSet: t => ({ spec: { template: t } }),
  Job: t => ({ spec: { template: t } }),
  CronJob: t => ({ spec: { jobTemplate: { spec: { template: t } } } }),
};

const kindOf = (name: string) => builtinKinds.find(k => k.kind === name) as KindDefinition;
const objectOf = (name: string, stopSignal: boolean) =>
  ({ metadata: { name: 'a', uid: 'u' }, ...WHERE[name]?.(template(stopSignal)) }) as unknown as KubeObject;
const usesIt = (object: KubeObject) => JSON.stringify(object).includes('stopSignal');

test.each(Object.keys(WHERE))('templates of a %s', name => {
  const kind = kindOf(name);
  const made = objectOf(name, true);
  kind.prepareForCreate?.(made, strategyContext());
  expect(usesIt(made)).toBe(false);
  const changed = objectOf(name, true);
  kind.prepareForUpdate?.(changed, objectOf(name, false), strategyContext());
  expect(usesIt(changed)).toBe(false);
  const kept = objectOf(name, true);
  kind.prepareForUpdate?.(kept, objectOf(name, true), strategyContext());
  expect(usesIt(kept)).toBe(true);
});
