/** Subresources in the object's own form that take a part of it: resize, approval, ephemeralcontainers. */
import { stampConditions } from '../../api/certificates/conditions.ts';
import type { StrategyContext } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import type { CertificateSigningRequest } from '../../generated/certificates-v1.ts';
import { clone } from '../operations/clone.ts';
import { get } from '../verbs/get.ts';
import { patch } from '../verbs/patch.ts';
import { update } from '../verbs/update.ts';
import type { Subresource } from './subresource.ts';

type Json = Record<string, unknown>;

/** `take` puts what the client may change into the copy of the old object that is stored. */
function sameForm(
  name: string,
  take: (into: Json, sent: Json, context: StrategyContext) => void,
): Subresource {
  const prepare = (next: KubeObject, old: KubeObject, context: StrategyContext) => {
    const sent = { ...next } as unknown as Json;
    const kept = clone(old) as unknown as Json;
    take(kept, sent, context);
    const target = next as unknown as Json;
    for (const key of Object.keys(target)) if (key !== 'metadata') delete target[key];
    for (const [key, value] of Object.entries(kept)) if (key !== 'metadata') target[key] = value;
    const { resourceVersion, ...metadata } = clone(old.metadata);
    const { managedFields } = next.metadata;
    next.metadata = { ...metadata, resourceVersion: next.metadata.resourceVersion ?? resourceVersion };
    if (managedFields) next.metadata.managedFields = managedFields;
    else delete next.metadata.managedFields;
  };
  return {
    verbs: {
      get,
      update: exchange => update(exchange, name, prepare),
      patch: exchange => patch(exchange, name, prepare),
    },
  };
}

const spec = (object: Json): Json => (object['spec'] ??= {}) as Json;
const status = (object: Json): Json => (object['status'] ??= {}) as Json;

interface Container {
  readonly name: string;
  resources?: unknown;
  resizePolicy?: unknown;
}

/** pods/resize: resources and resize policies of containers, matched by name. */
export const resizeSubresource = sameForm('resize', (into, sent) => {
  for (const list of ['containers', 'initContainers']) {
    const wanted = new Map(((spec(sent)[list] ?? []) as Container[]).map(c => [c.name, c]));
    for (const container of (spec(into)[list] ?? []) as Container[]) {
      const next = wanted.get(container.name);
      if (next?.resources !== undefined) container.resources = next.resources;
      if (next?.resizePolicy !== undefined) container.resizePolicy = next.resizePolicy;
    }
  }
});

/** pods/ephemeralcontainers: only that list. */
export const ephemeralContainersSubresource = sameForm('ephemeralcontainers', (into, sent) => {
  const list = spec(sent)['ephemeralContainers'];
  if (list === undefined) delete spec(into)['ephemeralContainers'];
  else spec(into)['ephemeralContainers'] = list;
});

/** certificatesigningrequests/approval: only the conditions. */
export const approvalSubresource = sameForm('approval', (into, sent, { clock }) => {
  const conditions = status(sent)['conditions'];
  const as = (object: Json) => object as unknown as CertificateSigningRequest;
  stampConditions(as(sent), as(into), clock.now());
  if (conditions === undefined) delete status(into)['conditions'];
  else status(into)['conditions'] = conditions;
});
