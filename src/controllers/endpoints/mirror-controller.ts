/**
 * EndpointSlice mirroring: Endpoints that were written by hand, for a Service without selector, are
 * told in EndpointSlices too, which is all that proxies and DNS read.
 */
import { objectKey } from '../../api/object.ts';
import { isStatusError } from '../../api/status-error.ts';
import { SERVICE_NAME_LABEL, SLICE_MANAGED_BY_LABEL } from '../../api/well-known.ts';
import { ENDPOINT_SLICES, ENDPOINTS, SERVICES } from '../../client/resources.ts';
import type { Endpoints, Service } from '../../generated/core-v1.ts';
import type { EndpointSlice } from '../../generated/discovery-v1.ts';
import type { Controller, ControllerContext, ControllerDefinition } from '../controller.ts';
import { Expectations } from '../pod-management/expectations.ts';
import { followSlices } from './follow-slices.ts';
import { MAX_ADDRESSES, MIRRORED_BY, type MirrorPlan, planMirror, wantsMirror } from './mirror-plan.ts';
import { createSlices, removeSlice } from './slice-writes.ts';

export const endpointSliceMirroringController: ControllerDefinition = {
  name: 'endpointslicemirroring',
  build,
};

function build(context: ControllerContext): Controller {
  const services = context.informer<Service>(SERVICES);
  const endpoints = context.informer<Endpoints>(ENDPOINTS);
  const slices = context.informer<EndpointSlice>(ENDPOINT_SLICES);
  const client = context.client.resource<EndpointSlice>(ENDPOINT_SLICES);
  const recorder = context.recorder('endpoint-slice-mirroring-controller');
  // Names are generated: without these, a cache that lags would lead to the same slice twice.
  const expectations = new Expectations(context.clock);

  const mirrorOf = ({ metadata: { namespace, labels = {} } }: EndpointSlice): string | undefined => {
    const name = labels[SERVICE_NAME_LABEL];
    return name && labels[SLICE_MANAGED_BY_LABEL] === MIRRORED_BY ? `${namespace}/${name}` : undefined;
  };
  const mirrors = slices.index('mirroredEndpoints', slice => {
    const key = mirrorOf(slice);
    return key ? [key] : [];
  });
  const enqueue = (object: Endpoints | Service) => context.enqueue(objectKey(object));
  endpoints.addHandlers({ added: enqueue, updated: enqueue, deleted: enqueue });
  services.addHandlers({
    added: enqueue,
    updated: (service, old) => {
      if (isSelecting(service) !== isSelecting(old)) enqueue(service);
    },
    deleted: enqueue,
  });
  followSlices(slices, { keyOf: mirrorOf, expectations, enqueue: context.enqueue });

  const reconcile = async (key: string): Promise<void> => {
    const service = services.lister.getByKey(key);
    const source = endpoints.lister.getByKey(key);
    const existing = mirrors.get(key);
    if (!service || isSelecting(service) || !source || !wantsMirror(source)) {
      expectations.forget(key);
      for (const slice of existing) await removeSlice(client, slice);
      return;
    }
    // The garbage collector takes the slices of Endpoints that are on their way out.
    if (source.metadata.deletionTimestamp || !expectations.satisfied(key)) return;
    const plan = planMirror(source, existing);
    tell(source, plan);
    try {
      await createSlices(client, expectations, key, plan.create);
      for (const slice of plan.update) await client.update(slice);
      for (const slice of plan.remove) await removeSlice(client, slice);
    } catch (error) {
      // Whoever deletes the namespace wants no new slices in it.
      if (!isStatusError(error, 'Forbidden')) throw error;
    }
  };

  const tell = (source: Endpoints, { invalid, skipped }: MirrorPlan) => {
    if (invalid > 0) {
      const message = `Skipped ${invalid} invalid IP addresses when mirroring to EndpointSlices`;
      recorder.event(source, 'Warning', 'InvalidIPAddress', message);
    }
    if (skipped > 0) {
      const message = `A max of ${MAX_ADDRESSES} addresses can be mirrored to EndpointSlices per Endpoints subset. ${skipped + invalid} addresses were skipped`;
      recorder.event(source, 'Warning', 'TooManyAddressesToMirror', message);
    }
  };

  return { reconcile };
}

/** Its Endpoints are another controller's, and so are its slices. */
const isSelecting = ({ spec }: Service) => Object.keys(spec.selector ?? {}).length > 0;
