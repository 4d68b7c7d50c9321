/** Kinds that are questions: POST one, and its status is the answer. Nothing is stored. */
import type { KubeObject } from '../../api/object.ts';
import { badRequest } from '../../api/status-error.ts';
import { trackUpdate } from '../apply/field-manager.ts';
import { writerOf } from '../apply/writer.ts';
import { decodeObject } from '../codec/decode.ts';
import { negotiate, type Transform } from '../codec/negotiate.ts';
import { partialObjectMetadata } from '../codec/partial.ts';
import { encodeValue } from '../codec/respond.ts';
import type { ResourceExchange } from '../exchange.ts';
import type { ApiResponse } from '../request.ts';
import { writeOptions } from '../verbs/write-options.ts';

/** Not as a table: what is not stored has no rows. */
const FORMS: readonly Transform[] = ['PartialObjectMetadata'];

export type Answer = (exchange: ResourceExchange, review: KubeObject) => KubeObject | Promise<KubeObject>;

export function reviewHandler(answer: Answer): (exchange: ResourceExchange) => Promise<ApiResponse> {
  return async exchange => {
    const form = negotiate(exchange.request.header('accept'), FORMS);
    const { manager } = writeOptions(exchange, 'CreateOptions');
    const review = await decodeObject(exchange);
    placeInNamespace(exchange, review);
    const writer = writerOf(exchange.core, exchange.resource, { subresource: '', manager });
    trackUpdate(writer, writer.empty(), review);
    const answered = await answer(exchange, review);
    const shown = form.transform === 'none' ? answered : partialObjectMetadata(answered);
    return encodeValue(exchange, 201, shown, form);
  };
}

/** @throws StatusError 400 when it names another namespace; where there are none, its own is forgotten. */
function placeInNamespace({ resource, target }: ResourceExchange, { metadata }: KubeObject): void {
  if (!resource.namespaced) {
    delete metadata.namespace;
    return;
  }
  if (metadata.namespace && metadata.namespace !== target.namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  metadata.namespace = target.namespace;
}
