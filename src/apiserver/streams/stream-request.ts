/**
 * What an exec, attach or port-forward request asks for, checked: the same for requests that
 * upgrade their connection and for those that forgot to.
 */
import { badRequest } from '../../api/status-error.ts';
import type { ContainerTarget, StdioOptions } from '../../wire/streams/contract.ts';
import type { ServerCore } from '../core.ts';
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
