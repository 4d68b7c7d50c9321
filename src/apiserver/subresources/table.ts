/** The subresources of kinds, besides status and scale: adding one is its file and its line here. */
import type { NodeStreams } from '../../wire/streams/contract.ts';
import type { TokenIssuer } from '../authn/service-account-tokens.ts';
import type { Proxy } from '../reverse-proxy/proxy.ts';
import { bindingSubresource } from './binding.ts';
import { evictionSubresource } from './eviction.ts';
import { finalizeSubresource } from './finalize.ts';
import { logSubresource } from './log.ts';
import type { SubresourceTable } from './lookup.ts';
import { approvalSubresource, partOfKind } from './same-form.ts';
import { streamingSubresource } from './streaming.ts';
import { tokenSubresource } from './token.ts';

export interface SubresourceDependencies {
  /** Undefined while no node offers streams. */
  readonly streams: () => NodeStreams | undefined;
  readonly tokens: TokenIssuer;
  readonly proxy: Proxy;
}

export function subresourceTable({ streams, tokens, proxy }: SubresourceDependencies): SubresourceTable {
  return {
    '/namespaces': { finalize: finalizeSubresource },
    '/nodes': { proxy: proxy.nodes },
    '/pods': {
      attach: streamingSubresource('attach', 'PodAttachOptions'),
      binding: bindingSubresource,
      ephemeralcontainers: partOfKind('ephemeralcontainers'),
      eviction: evictionSubresource,
      exec: streamingSubresource('exec', 'PodExecOptions'),
      log: logSubresource(streams),
      proxy: proxy.pods,
      portforward: streamingSubresource('portforward', 'PodPortForwardOptions'),
      resize: partOfKind('resize'),
    },
    '/services': { proxy: proxy.services },
    '/serviceaccounts': { token: tokenSubresource(tokens) },
    'certificates.k8s.io/certificatesigningrequests': { approval: approvalSubresource },
  };
}
