/**
 * The Client for components that live in the API server's process: the same stages as a request
 * over HTTP (authorize, default, admit, validate, store), without the encoding. What it returns
 * are the watch cache's own frozen objects; a watch hands out the cache's events.
 */
import type { GroupVersionResource, KubeObject } from '../../api/object.ts';
import { decode } from '../../api/schema/decode-body.ts';
import { notFound, StatusError } from '../../api/status-error.ts';
import { applyTo } from '../../apiserver/apply/transform.ts';
import { writerOf } from '../../apiserver/apply/writer.ts';
import type { User } from '../../apiserver/authn/user.ts';
import { forbiddenError } from '../../apiserver/authz/forbidden.ts';
import type { Caller, ServerCore, Target } from '../../apiserver/core.ts';
import { clone } from '../../apiserver/operations/clone.ts';
import { createObject } from '../../apiserver/operations/create.ts';
import { deleteObject } from '../../apiserver/operations/delete.ts';
import { listObjects } from '../../apiserver/operations/list.ts';
import { selection } from '../../apiserver/operations/selection.ts';
import { replaceWith, type Transform, updateObject } from '../../apiserver/operations/update.ts';
import { patchTransform } from '../../apiserver/patch/transform.ts';
import type { Resource } from '../../apiserver/registry/resource.ts';
import { noSuchResource } from '../../apiserver/router.ts';
import type {
  Client,
  DeleteOptions,
  ListOptions,
  ListResult,
  ObjectRef,
  Patch,
  ResourceClient,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from '../../client/contract.ts';
import { watchInProcess } from './watch.ts';

export interface InProcessClientOptions {
  readonly core: ServerCore;
  /** Every component acts as its own user. */
  readonly user: User;
  /** Answers POSTs to subresources, as the HTTP server's router does. */
  readonly createSubresource: SubresourceCreate;
}

type SubresourceCreate = (
  target: Target,
  subresource: string,
  body: KubeObject,
  caller: Caller,
) => Promise<KubeObject>;

export function createInProcessClient(options: InProcessClientOptions): Client {
  const resources = new Map<string, ResourceClient<KubeObject>>();
  return {
    resource<T extends KubeObject>(r: GroupVersionResource): ResourceClient<T> {
      const key = `${r.group}/${r.version}/${r.resource}`;
      let found = resources.get(key);
      if (!found) {
        found = new InProcessResource(options, r);
        resources.set(key, found);
      }
      return found as unknown as ResourceClient<T>;
    },
  };
}

class InProcessResource implements ResourceClient<KubeObject> {
  private readonly core: ServerCore;
  private readonly caller: Caller;

  constructor(
    private readonly options: InProcessClientOptions,
    private readonly gvr: GroupVersionResource,
  ) {
    this.core = options.core;
    this.caller = { user: options.user, warn: () => {} };
  }

  // Looked up each time: kinds made at run time come and go.
  private target(
    verb: string,
    ref: { namespace?: string | undefined; name?: string },
    subresource = '',
  ): Target {
    const resource = this.core.resources.lookup(this.gvr.group, this.gvr.version, this.gvr.resource);
    if (!resource) throw noSuchResource();
    const { namespace = '', name = '' } = ref;
    this.authorize(resource, verb, namespace, name, subresource);
    return { resource, namespace: resource.namespaced ? namespace : '', name };
  }

  private authorize(
    resource: Resource,
    verb: string,
    namespace: string,
    name: string,
    subresource: string,
  ): void {
    const { group, version, plural } = resource.definition;
    const attributes = {
      verb,
      resourceRequest: true,
      path: '',
      group,
      version,
      namespace,
      resource: plural,
      subresource,
      name,
    };
    const decision = this.core.authorizer.authorize(this.caller.user, attributes);
    if (!decision.allowed) throw forbiddenError(this.caller.user, attributes, decision);
  }

  async get(ref: ObjectRef): Promise<KubeObject> {
    const { resource, namespace, name } = this.target('get', ref);
    const cached = this.core.cache.get(resource.key(namespace, name));
    if (!cached) throw notFound(resource.named, name);
    return resource.present(cached);
  }

  async list(options: ListOptions = {}): Promise<ListResult<KubeObject>> {
    const target = this.target('list', { namespace: options.namespace });
    const { resource } = target;
    const found = await listObjects(this.core, target, {
      selection: selection(resource.definition, options.labelSelector, options.fieldSelector),
      ...(options.limit === undefined ? {} : { limit: options.limit }),
      ...(options.continue === undefined ? {} : { continueToken: options.continue }),
    });
    return {
      items: found.items.map(item => resource.present(item)),
      resourceVersion: found.resourceVersion,
      ...(found.continueToken === undefined ? {} : { continue: found.continueToken }),
    };
  }

  async create(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const { namespace } = object.metadata;
    const target = this.target('create', { namespace });
    const result = await createObject(this.core, target, this.own(target, object), this.write(options));
    return result.object;
  }

  async update(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    return await this.replace(object, options, '');
  }

  async updateStatus(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    return await this.replace(object, options, 'status');
  }

  private async replace(object: KubeObject, options: WriteOptions, subresource: string): Promise<KubeObject> {
    const { namespace, name = '' } = object.metadata;
    const target = this.target('update', { namespace, name }, subresource);
    const next = replaceWith(this.own(target, object));
    const { result } = await updateObject(this.core, target, next, {
      ...this.write(options),
      subresource,
      createMissing: subresource === '',
    });
    return result.object;
  }

  async patch(ref: ObjectRef, patch: Patch, options: WriteOptions = {}): Promise<KubeObject> {
    const { subresource = '' } = options;
    const target = this.target('patch', ref, subresource);
    const { definition } = target.resource;
    const written = this.write(options);
    const transform: Transform = async old => {
      if (patch.type !== 'apply')
        return this.own(target, await patchTransform(definition, patch.type, patch.body)(old));
      const writer = writerOf(this.core, target.resource, { subresource, manager: written.manager });
      const live = old.metadata.uid ? old : writer.empty();
      const config = { apiVersion: target.resource.apiVersion, kind: definition.kind, ...patch.body };
      return applyTo(definition, writer, live, config, patch.force ?? false);
    };
    const applies = patch.type === 'apply';
    const { result } = await updateObject(this.core, target, transform, {
      ...written,
      subresource,
      patch: true,
      keepsManagedFields: applies,
      ...(applies && subresource === '' ? { createMissing: 'always' } : {}),
    });
    return result.object;
  }

  async delete(ref: ObjectRef, options: DeleteOptions = {}): Promise<void> {
    const target = this.target('delete', ref);
    await deleteObject(this.core, target, options, { caller: this.caller });
  }

  async deleteCollection(options: ListOptions & DeleteOptions): Promise<void> {
    const { namespace } = options;
    const { resource } = this.target('deletecollection', { namespace });
    const { items } = await this.list(options);
    for (const item of items) {
      const { namespace: where = '', name = '' } = item.metadata;
      try {
        await deleteObject(this.core, { resource, namespace: where, name }, options, { caller: this.caller });
      } catch (error) {
        if (!(error instanceof StatusError && error.reason === 'NotFound')) throw error;
      }
    }
  }

  async createSubresource(ref: ObjectRef, subresource: string, body: KubeObject): Promise<KubeObject> {
    const target = this.target('create', ref, subresource);
    return await this.options.createSubresource(target, subresource, clone(body), this.caller);
  }

  watch(options: WatchOptions): AsyncIterable<WatchEvent<KubeObject>> {
    const target = this.target('watch', { namespace: options.namespace });
    return watchInProcess(this.core, target, options);
  }

  private write({ dryRun = false, fieldManager }: WriteOptions) {
    return { caller: this.caller, dryRun, manager: fieldManager ?? managerOf(this.caller.user.name) };
  }

  /**
   * A copy that the stages may change (components' objects are often the cache's frozen ones), in
   * the form a decoded body has: canonical values, and the fields that are written though empty.
   */
  private own({ resource }: Target, object: KubeObject): KubeObject {
    const { kind } = resource.definition;
    const named = { ...object, kind, apiVersion: resource.apiVersion };
    return decode(resource.definition, named, { fieldValidation: 'Ignore' }, kind).object;
  }
}

/** As upstream's components name themselves: kube-scheduler of system:kube-scheduler, kubelet of nodes. */
function managerOf(user: string): string {
  return user.startsWith('system:node:') ? 'kubelet' : user.slice(user.lastIndexOf(':') + 1);
}
