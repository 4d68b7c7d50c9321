/** Endpoints: the older form of EndpointSlices, for the first address family of each Service. */
import { objectKey } from '../../api/object.ts';
import { isStatusError } from '../../api/status-error.ts';
import { ignoreNotFound } from '../../client/ignore-not-found.ts';
import { parseKey } from '../../client/indexed-store.ts';
import { ENDPOINTS, PODS, SERVICES } from '../../client/resources.ts';
import type { Endpoints, Pod, Service } from '../../generated/core-v1.ts';
import { batchDelayMs } from '../batching.ts';
import type { Controller, ControllerContext, ControllerDefinition } from '../controller.ts';
import { isManaged, planEndpoints } from './endpoints-plan.ts';
import { type AddressType, endpointsOf, hasSelector } from './service-endpoints.ts';
import { selectedPods, watchServicesAndPods } from './service-queue.ts';
import { TriggerTimes } from './trigger-time.ts';

export const endpointsController: ControllerDefinition = { name: 'endpoints', build };

function build(context: ControllerContext): Controller {
  const services = context.informer<Service>(SERVICES);
  const pods = context.informer<Pod>(PODS);
  const endpoints = context.informer<Endpoints>(ENDPOINTS);
  const client = context.client.resource<Endpoints>(ENDPOINTS);
  const triggerTimes = new TriggerTimes();

  /** Every change writes all addresses anew: what few read must not cost what many need. */
  const enqueueBatched = (key: string) => {
    const subsets = endpoints.lister.getByKey(key)?.subsets ?? [];
    const members = subsets.reduce(
      (sum, { addresses = [], notReadyAddresses = [] }) => sum + addresses.length + notReadyAddresses.length,
      0,
    );
    context.enqueueAfter(key, 4 * batchDelayMs(members));
  };
  watchServicesAndPods(services, pods, context.enqueue, enqueueBatched);
  // Endpoints that were changed or deleted by hand come back; those of Services that went are
  // looked at too, at the start as well.
  endpoints.addHandlers({
    added: object => context.enqueue(objectKey(object)),
    updated: object => context.enqueue(objectKey(object)),
    deleted: object => context.enqueue(objectKey(object)),
  });

  const reconcile = async (key: string): Promise<void> => {
    const service = services.lister.getByKey(key);
    const existing = endpoints.lister.getByKey(key);
    if (!service) {
      triggerTimes.forget(key);
      if (existing && isManaged(existing)) await ignoreNotFound(client.delete(parseKey(key)));
      return;
    }
    if (!hasSelector(service)) return;
    const selected = selectedPods(service, pods);
    const family = (service.spec.ipFamilies?.[0] ?? 'IPv4') as AddressType;
    const next = planEndpoints({
      service,
      endpoints: endpointsOf(service, selected, family),
      existing,
      triggerTime: triggerTimes.next(key, service, selected),
    });
    if (!next) return;
    try {
      if (existing) await client.update(next);
      else await client.create(next);
    } catch (error) {
      // Whoever deletes the namespace wants no new Endpoints in it.
      if (!isStatusError(error, 'Forbidden')) throw error;
    }
  };

  return { reconcile };
}
