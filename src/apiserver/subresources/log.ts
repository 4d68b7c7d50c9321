/** pods/log: a container's output, from its node (API reference, "read log of the specified Pod"). */
import { type FieldError, forbiddenField, invalidValue } from '../../api/field-error.ts';
import { badRequest, invalid, StatusError } from '../../api/status-error.ts';
import type { LogOptions, NodeStreams } from '../../wire/streams/contract.ts';
import type { ResourceExchange } from '../exchange.ts';
import { type ApiResponse, EMPTY } from '../request.ts';
import { booleanParameter } from '../request-info.ts';
import { checkHost, containerOf, findPod, targetOf } from '../streams/pod-target.ts';
import { integerParameter } from '../verbs/parameters.ts';
import type { Subresource } from './subresource.ts';

export function logSubresource(streams: () => NodeStreams | undefined): Subresource {
  return { verbs: { get: exchange => logs(exchange, streams) } };
}

async function logs(
  exchange: ResourceExchange,
  streams: () => NodeStreams | undefined,
): Promise<ApiResponse> {
  const { core, target, request } = exchange;
  const { query } = request;
  const options = logOptions(query);
  const pod = findPod(core, target.namespace, target.name);
  const errors = logErrors(options);
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, target.name, errors);
  const container = containerOf(pod, query.get('container') ?? '');
  // Nothing has run yet, so there is nothing to show.
  if (!pod.spec.nodeName) return { status: 204, contentType: undefined, body: EMPTY };
  checkHost(core, pod);
  const node = streams();
  if (!node)
    throw new StatusError({ reason: 'ServiceUnavailable', message: 'no node offers container logs yet' });
  const body = await node.logs(targetOf(pod, container), options, request.signal);
  return { status: 200, contentType: 'text/plain', body };
}

/** @throws StatusError 400 */
function logOptions(query: URLSearchParams): LogOptions {
  const sinceTime = query.get('sinceTime');
  if (sinceTime !== null && Number.isNaN(Date.parse(sinceTime)))
    throw badRequest(
      `parsing time ${JSON.stringify(sinceTime)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(sinceTime)} as "2006"`,
    );
  const numbers = {
    sinceSeconds: integerParameter(query, 'sinceSeconds'),
    tailLines: integerParameter(query, 'tailLines'),
    limitBytes: integerParameter(query, 'limitBytes'),
  };
  const stream = query.get('stream');
  return {
    follow: booleanParameter(query.get('follow')),
    previous: booleanParameter(query.get('previous')),
    timestamps: booleanParameter(query.get('timestamps')),
    ...(sinceTime === null ? {} : { sinceTime }),
    ...(stream === null ? {} : { stream }),
    ...Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined)),
  };
}

function logErrors(options: LogOptions): FieldError[] {
  const errors: FieldError[] = [];
  const { tailLines, limitBytes, sinceSeconds, sinceTime, stream } = options;
  if (tailLines !== undefined && tailLines < 0)
    errors.push(invalidValue('tailLines', tailLines, 'must be greater than or equal to 0'));
  if (limitBytes !== undefined && limitBytes < 1)
    errors.push(invalidValue('limitBytes', limitBytes, 'must be greater than 0'));
  if (sinceSeconds !== undefined && sinceTime !== undefined)
    errors.push(forbiddenField('[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  else if (sinceSeconds !== undefined && sinceSeconds < 1)
    errors.push(invalidValue('sinceSeconds', sinceSeconds, 'must be greater than 0'));
  if (stream !== undefined) errors.push(forbiddenField('stream', 'may not be specified'));
  return errors;
}
