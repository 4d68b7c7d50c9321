/** DeleteOptions from the body, or from the query when there is no body (both upstream's). */
import { goQuote } from '../../api/go-quote.ts';
import { DecodeError, decodeType } from '../../api/schema/decode.ts';
import { parseJson } from '../../api/schema/json-parse.ts';
import { JsonSyntaxError } from '../../api/schema/json-syntax-error.ts';
import { readTypeHead } from '../../api/schema/type-head.ts';
import { badRequest } from '../../api/status-error.ts';
import { bodyFormat } from '../codec/body.ts';
import { yamlValue } from '../codec/decode.ts';
import { protobufBody } from '../codec/protobuf-body.ts';
import type { ResourceExchange } from '../exchange.ts';
import type { DeleteOptions } from '../operations/delete-options.ts';
import { deletionWarningOf } from '../registry/deprecations.ts';
import type { ApiRequest } from '../request.ts';
import { booleanParameter } from '../request-info.ts';
import { integerParameter } from './parameters.ts';

const SCHEMA = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';

/** @throws StatusError 400, 415 */
export async function deleteOptions(request: ApiRequest): Promise<DeleteOptions> {
  const bytes = await request.body();
  if (bytes.length === 0) return fromQuery(request.query);
  const format = bodyFormat(request);
  const value =
    format === 'json'
      ? json(bytes.toString())
      : format === 'yaml'
        ? yamlValue(bytes.toString())
        : protobufBody(bytes, { apiVersion: 'v1', kind: 'DeleteOptions' });
  try {
    checkKind(value);
    return decodeType(SCHEMA, value).value as DeleteOptions;
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(error.message);
    throw error;
  }
}

/** Of kinds whose children stay unless the client says otherwise. */
export function warnAboutChildren({ resource, caller }: ResourceExchange, options: DeleteOptions): void {
  const text = deletionWarningOf(resource);
  if (text === undefined || options.propagationPolicy !== undefined || options.orphanDependents !== undefined)
    return;
  caller.warn(text);
}

function json(text: string): unknown {
  try {
    return parseJson(text, { duplicates: false });
  } catch (error) {
    if (error instanceof JsonSyntaxError)
      throw badRequest(`couldn't get version/kind; json parse error: ${error.message}`);
    throw error;
  }
}

/** Options of any version are read. @throws StatusError 400 @throws DecodeError */
function checkKind(value: unknown): void {
  const { kind, apiVersion } = readTypeHead(value);
  if (apiVersion.split('/').length > 2) throw badRequest(`unexpected GroupVersion string: ${apiVersion}`);
  if (kind !== 'DeleteOptions' && kind !== '')
    throw badRequest(
      `no kind ${goQuote(kind)} is registered for version ${goQuote(apiVersion || 'v1')} in scheme "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"`,
    );
}

function fromQuery(query: URLSearchParams): DeleteOptions {
  const grace = integerParameter(query, 'gracePeriodSeconds');
  const policy = query.get('propagationPolicy');
  const orphan = query.get('orphanDependents');
  const dryRun = query.getAll('dryRun');
  const uid = query.get('uid') ?? '';
  const resourceVersion = query.get('resourceVersion') ?? '';
  const preconditions = { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) };
  return {
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    ...(policy === null ? {} : { propagationPolicy: policy }),
    ...(orphan === null ? {} : { orphanDependents: booleanParameter(orphan) }),
    ...(dryRun.length === 0 ? {} : { dryRun }),
    ...(uid || resourceVersion ? { preconditions } : {}),
  };
}
