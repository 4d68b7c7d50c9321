/**
 * What an exec, attach or port-forward request asks for, checked: the same for requests that
 * upgrade their connection and for those that forgot to.
 */
import { badRequest } from '../../api/status-error.ts';
import type { ContainerTarget, StdioOptions } from '../../wire/streams/contract.ts';
import { admitToSubresource } from '../admission/subresource.ts';
import type { Caller, ServerCore } from '../core.ts';
import { checkHost, containerOf, findPod, targetOf } from './pod-target.ts';
import { stdioOptions } from './remote-command.ts';

export const STREAM_SUBRESOURCES = ['exec', 'attach', 'portforward'] as const;
export type StreamSubresource = (typeof STREAM_SUBRESOURCES)[number];

export type StreamRequest =
  | {
      readonly kind: 'exec';
      readonly target: ContainerTarget;
      readonly stdio: StdioOptions;
      readonly command: readonly string[];
    }
  | { readonly kind: 'attach'; readonly target: ContainerTarget; readonly stdio: StdioOptions }
  | { readonly kind: 'portforward'; readonly target: ContainerTarget; readonly ports: readonly number[] };

const OPTIONS = {
  exec: 'PodExecOptions',
  attach: 'PodAttachOptions',
  portforward: 'PodPortForwardOptions',
} as const;

/** Asks admission, before the pod is looked for. @throws StatusError */
export async function admitStream(
  core: ServerCore,
  subresource: StreamSubresource,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  query: URLSearchParams,
  caller: Caller,
): Promise<void> {
  const resource = core.resources.lookup('', 'v1', 'pods');
  if (!resource) return;
  const kind = OPTIONS[subresource];
  const flags = ['stdin', 'stdout', 'stderr', 'tty'].filter(flag => /^(1|true)$/.test(query.get(flag) ?? ''));
  const object = {
    kind,
    apiVersion: 'v1',
    ...Object.fromEntries(flags.map(flag => [flag, true])),
    ...(query.get('container') ? { container: query.get('container') } : {}),
    ...(subresource === 'exec' ? { command: query.getAll('command') } : {}),
    ...(subresource === 'portforward' ? { ports: parsePorts(query) } : {}),
  };
  const request = { subresource, kind: { kind }, object, operation: 'CONNECT' as const };
  await admitToSubresource(core, { resource, namespace, name }, caller, request);
}

/** @throws StatusError 400, 404 */
export function streamRequest(
  core: ServerCore,
  kind: StreamSubresource,
  pod: { readonly namespace: string; readonly name: string },
  query: URLSearchParams,
): StreamRequest {
  if (kind === 'portforward') {
    const ports = parsePorts(query);
    const found = findPod(core, pod.namespace, pod.name);
    checkHost(core, found);
    return { kind, target: targetOf(found, ''), ports };
  }
  const found = findPod(core, pod.namespace, pod.name);
  const target = targetOf(found, containerOf(found, query.get('container') ?? ''));
  checkHost(core, found);
  const stdio = stdioOptions(query);
  return kind === 'attach'
    ? { kind, target, stdio }
    : { kind, target, stdio, command: query.getAll('command') };
}

function parsePorts(query: URLSearchParams): number[] {
  return query
    .getAll('ports')
    .flatMap(value => value.split(','))
    .filter(value => value !== '')
    .map(value => {
      if (!/^\d+$/.test(value))
        throw badRequest(
          `cannot convert to []int32: strconv.ParseUint: parsing ${JSON.stringify(value)}: invalid syntax`,
        );
      return Number(value);
    });
}
