/**
 * Subresources in the object's own form that take a part of it: approval here; what resize and
 * ephemeralcontainers take is the pod's to say.
 */
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

/** What is taken is the business of the kind's prepareForUpdate. */
export const partOfKind = (name: string): Subresource => ({
  verbs: {
    get,
    update: exchange => update(exchange, name),
    patch: exchange => patch(exchange, name),
  },
});

const status = (object: Json): Json => (object['status'] ??= {}) as Json;

/** certificatesigningrequests/approval: only the conditions. */
export const approvalSubresource = sameForm('approval', (into, sent, { clock }) => {
  const conditions = status(sent)['conditions'];
  const as = (object: Json) => object as unknown as CertificateSigningRequest;
  stampConditions(as(sent), as(into), clock.now());
  if (conditions === undefined) delete status(into)['conditions'];
  else status(into)['conditions'] = conditions;
});
