/** GET /containerLogs/{namespace}/{pod}/{container}, with the options of pods/log. */
import { badRequest, StatusError } from '../../api/status-error.ts';
import type { LogOptions, NodeStreams } from '../../wire/streams/contract.ts';
import { type NodePod, nameOf, namespaceOf, uidOf } from '../pods/pod.ts';
import { type KubeletHandler, textAnswer } from './answer.ts';

/** The handler throws StatusError: 400 for a path or options that cannot be, 404 for what is not there. */
export function containerLogs(
  pods: () => readonly NodePod[],
  streams: Pick<NodeStreams, 'logs'>,
): KubeletHandler {
  return async ({ query, signal }, [namespace = '', name = '', container = '', ...more]) => {
    if (namespace === '' || name === '' || container === '' || more.length > 0)
      throw badRequest('the path is /containerLogs/{namespace}/{pod}/{container}');
    const pod = pods().find(p => namespaceOf(p) === namespace && nameOf(p) === name);
    if (!pod)
      throw new StatusError({
        reason: 'NotFound',
        message: `pod "${name}" not found in namespace "${namespace}"`,
      });
    const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
    if (![...containers, ...initContainers, ...ephemeralContainers].some(c => c.name === container))
      throw new StatusError({
        reason: 'NotFound',
        message: `container "${container}" not found in pod "${name}"`,
      });
    const target = { namespace, pod: name, uid: uidOf(pod), container };
    return textAnswer(200, await streams.logs(target, logOptions(query), signal));
  };
}

/** @throws StatusError 400 */
export function logOptions(query: URLSearchParams): LogOptions {
  const flag = (name: string) => query.has(name) && !['false', '0'].includes(query.get(name) ?? '');
  const sinceTime = query.get('sinceTime');
  if (sinceTime !== null && Number.isNaN(Date.parse(sinceTime)))
    throw badRequest(`sinceTime ${JSON.stringify(sinceTime)} is no time in RFC 3339`);
  const numbers = (
    [
      ['sinceSeconds', 1],
      ['tailLines', 0],
      ['limitBytes', 1],
    ] as const
  ).flatMap(([name, least]) => number(query, name, least));
  const stream = query.get('stream');
  if (stream !== null && !['All', 'Stdout', 'Stderr'].includes(stream))
    throw badRequest(`stream ${JSON.stringify(stream)} must be All, Stdout or Stderr`);
  return {
    follow: flag('follow'),
    previous: flag('previous'),
    timestamps: flag('timestamps'),
    ...(sinceTime !== null && { sinceTime }),
    ...(stream !== null && { stream }),
    ...Object.fromEntries(numbers),
  };
}

function number(query: URLSearchParams, name: string, least: number): [string, number][] {
  const text = query.get(name);
  if (text === null || text === '') return [];
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least)
    throw badRequest(`${name} ${JSON.stringify(text)} must be a whole number, ${least} or more`);
  return [[name, value]];
}
