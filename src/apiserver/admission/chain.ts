/**
 * The admission stage: plugins in order, each sees what those before it made. First all may
 * change the object, then all may refuse it (upstream: mutating, then validating admission).
 */
import type { KubeObject } from '../../api/object.ts';
import type { User } from '../authn/user.ts';
import type { Resource } from '../registry/resource.ts';

type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

export interface AdmissionRequest {
  readonly operation: AdmissionOperation;
  readonly resource: Resource;
  /** '' for the main resource. */
  readonly subresource: string;
  /** Of the object, where it is not the resource's. */
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
  readonly namespace: string;
  /** '' when the server is still to generate it, and for a collection. */
  readonly name: string;
  /** Mutable in `admit`. Undefined for DELETE. */
  readonly object: KubeObject | undefined;
  /** Frozen. Undefined for CREATE. */
  readonly oldObject: KubeObject | undefined;
  readonly user: User;
  readonly dryRun: boolean;
  warn(text: string): void;
  /** Called when the operation is over, whether it was stored or not: what was reserved is released. */
  afterwards(release: () => void): void;
}

/** What a refusal calls the object: while the server is still to make its name, its generateName. */
export function shownName({ name, object }: AdmissionRequest): string {
  return name || object?.metadata.name || object?.metadata.generateName || '';
}

export interface AdmissionPlugin {
  readonly name: string;
  /** Changes `request.object`, or throws StatusError. */
  admit?(request: AdmissionRequest): void | Promise<void>;
  /** Throws StatusError to refuse. */
  validate?(request: AdmissionRequest): void | Promise<void>;
}

export class AdmissionChain {
  private readonly mutating: readonly AdmissionPlugin[];
  private readonly validating: readonly AdmissionPlugin[];

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.mutating = plugins.filter(p => p.admit);
    this.validating = plugins.filter(p => p.validate);
  }

  /** @throws StatusError of the first plugin that refuses */
  async admit(request: AdmissionRequest): Promise<void> {
    for (const plugin of this.mutating) await plugin.admit?.(request);
  }

  /** @throws StatusError of the first plugin that refuses */
  async validate(request: AdmissionRequest): Promise<void> {
    for (const plugin of this.validating) await plugin.validate?.(request);
  }
}
