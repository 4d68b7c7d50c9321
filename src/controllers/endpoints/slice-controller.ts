/** EndpointSlice: writes who is behind each Service, for proxies and DNS. */
import { isStatusError } from '../../api/status-error.ts';
import { SERVICE_NAME_LABEL, SLICE_MANAGED_BY_LABEL, ZONE_LABEL } from '../../api/well-known.ts';
import { ENDPOINT_SLICES, NODES, PODS, SERVICES } from '../../client/resources.ts';
import type { Node, Pod, Service } from '../../generated/core-v1.ts';
import type { EndpointSlice } from '../../generated/discovery-v1.ts';
import { batchDelayMs } from '../batching.ts';
import type { Controller, ControllerContext, ControllerDefinition } from '../controller.ts';
import { Expectations } from '../pod-management/expectations.ts';
import { followSlices } from './follow-slices.ts';
import { type AddressType, endpointsOf, hasSelector } from './service-endpoints.ts';
import { selectedPods, watchServicesAndPods } from './service-queue.ts';
import { MANAGED_BY, planSlices } from './slice-plan.ts';
import { createSlices, removeSlice } from './slice-writes.ts';
import { TriggerTimes } from './trigger-time.ts';

export const endpointSliceController: ControllerDefinition = { name: 'endpointslice', build };

function build(context: ControllerContext): Controller {
  const services = context.informer<Service>(SERVICES);
  const pods = context.informer<Pod>(PODS);
  const nodes = context.informer<Node>(NODES);
  const slices = context.informer<EndpointSlice>(ENDPOINT_SLICES);
  const client = context.client.resource<EndpointSlice>(ENDPOINT_SLICES);
  const recorder = context.recorder('endpoint-slice-controller');
  const triggerTimes = new TriggerTimes();
  // Names are generated: without these, a cache that lags would lead to the same slice twice.
  const expectations = new Expectations(context.clock);

  const serviceKeyOf = (slice: EndpointSlice): string | undefined => {
    const { labels = {}, namespace } = slice.metadata;
    const name = labels[SERVICE_NAME_LABEL];
    return name && labels[SLICE_MANAGED_BY_LABEL] === MANAGED_BY ? `${namespace}/${name}` : undefined;
  };
  const slicesOfService = slices.index('managedService', slice => {
    const key = serviceKeyOf(slice);
    return key ? [key] : [];
  });

  const enqueueBatched = (key: string) => {
    // A full slice for each hundred endpoints, and one that is not.
    const members = (slicesOfService.count(key) - 1) * context.options.maxEndpointsPerSlice;
    context.enqueueAfter(key, batchDelayMs(members));
  };
  watchServicesAndPods(services, pods, context.enqueue, enqueueBatched);
  followSlices(slices, { keyOf: serviceKeyOf, expectations, enqueue: context.enqueue });
  nodes.addHandlers({
    updated: (node, old) => {
      if (node.metadata.labels?.[ZONE_LABEL] === old.metadata.labels?.[ZONE_LABEL]) return;
      for (const key of slicesOfService.values()) context.enqueue(key);
    },
  });

  const reconcile = async (key: string): Promise<void> => {
    const service = services.lister.getByKey(key);
    // What a Service leaves behind, the garbage collector takes.
    if (!service || service.metadata.deletionTimestamp) {
      expectations.forget(key);
      return triggerTimes.forget(key);
    }
    if (!hasSelector(service) || !expectations.satisfied(key)) return;
    const selected = selectedPods(service, pods);
    const triggerTime = triggerTimes.next(key, service, selected);
    const existing = slicesOfService.get(key);
    const families = (service.spec.ipFamilies ?? ['IPv4']) as readonly AddressType[];
    const obsolete = existing.filter(slice => !families.includes(slice.addressType as AddressType));
    const plans = families.map(addressType =>
      planSlices({
        service,
        addressType,
        endpoints: endpointsOf(service, selected, addressType),
        slices: existing.filter(slice => slice.addressType === addressType),
        zoneOf: name => nodes.lister.get({ name })?.metadata.labels?.[ZONE_LABEL],
        maxEndpoints: context.options.maxEndpointsPerSlice,
        triggerTime,
      }),
    );
    try {
      await createSlices(
        client,
        expectations,
        key,
        plans.flatMap(plan => plan.create),
      );
      for (const slice of plans.flatMap(plan => plan.update)) await client.update(slice);
      for (const slice of plans.flatMap(plan => plan.remove)) await removeSlice(client, slice);
      for (const slice of obsolete) await removeSlice(client, slice);
    } catch (error) {
      // Whoever deletes the namespace wants no new slices in it.
      if (isStatusError(error, 'Forbidden')) return;
      if (!isStatusError(error, 'Conflict')) {
        const why = error instanceof Error ? error.message : String(error);
        const message = `Error updating Endpoint Slices for Service ${key}: ${why}`;
        recorder.event(service, 'Warning', 'FailedToUpdateEndpointSlices', message);
      }
      throw error;
    }
  };

  return { reconcile };
}
