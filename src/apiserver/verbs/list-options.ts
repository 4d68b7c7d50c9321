/** Options of list, watch and deletecollection, read from the query and checked as upstream does. */
import { type FieldError, forbiddenField, notSupported } from '../../api/field-error.ts';
import type { KindDefinition } from '../../api/kind.ts';
import { badRequest, invalid } from '../../api/status-error.ts';
import { parseSelectors, type Selection, selectionOf } from '../operations/selection.ts';
import { booleanParameter } from '../request-info.ts';
import { integerParameter, resourceVersionParameter } from './parameters.ts';

export interface ListOptions {
  readonly selection: Selection;
  readonly limit: number;
  readonly continueToken: string;
  readonly resourceVersion: number | undefined;
  readonly exact: boolean;
  readonly timeoutSeconds: number | undefined;
  readonly allowWatchBookmarks: boolean;
  /** Undefined: of a watch from a version, or of a list. */
  readonly sendInitialEvents: boolean | undefined;
}

/** @throws StatusError 400, 422 */
export function listOptions(definition: KindDefinition, query: URLSearchParams, watch: boolean): ListOptions {
  // Of several faults upstream tells the first in this order.
  const selectors = parseSelectors(query.get('labelSelector') ?? '', query.get('fieldSelector') ?? '');
  const timeoutSeconds = integerParameter(query, 'timeoutSeconds');
  const limit = integerParameter(query, 'limit') ?? 0;
  const errors = watch ? watchErrors(query) : listErrors(query);
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
  const chosen = selectionOf(definition, selectors);
  const continueToken = query.get('continue') ?? '';
  const version = query.get('resourceVersion');
  const resourceVersion = resourceVersionParameter(version);
  if (!watch && continueToken !== '' && version !== null && version !== '' && version !== '0')
    throw badRequest('specifying resource version is not allowed when using continue');
  const match = query.get('resourceVersionMatch') ?? '';
  return {
    selection: chosen,
    // What any state of the cache may answer is given whole, as upstream's cache does.
    limit: version === '0' && match !== 'Exact' ? 0 : Math.max(0, limit),
    continueToken,
    resourceVersion,
    // Without a match, a limited list at a version has always been exactly of that version.
    exact: match === 'Exact' || (match === '' && limit > 0 && (resourceVersion ?? 0) > 0),
    timeoutSeconds,
    allowWatchBookmarks: booleanParameter(query.get('allowWatchBookmarks')),
    sendInitialEvents: sendsInitialEvents(query, watch),
  };
}

const MATCH = 'resourceVersionMatch';

/** A watch from no version begins with what is there (upstream SetListOptionsDefaults). */
function sendsInitialEvents(query: URLSearchParams, watch: boolean): boolean | undefined {
  const said = query.get('sendInitialEvents');
  if (said !== null) return booleanParameter(said);
  return watch && beginsAnywhere(query) ? true : undefined;
}

function beginsAnywhere(query: URLSearchParams): boolean {
  const version = query.get('resourceVersion') ?? '';
  return (query.get(MATCH) ?? '') === '' && (version === '' || version === '0');
}

function listErrors(query: URLSearchParams): FieldError[] {
  const errors: FieldError[] = [];
  const match = query.get(MATCH) ?? '';
  const version = query.get('resourceVersion') ?? '';
  if (match !== '') {
    if (version === '')
      errors.push(forbiddenField(MATCH, `${MATCH} is forbidden unless resourceVersion is provided`));
    if ((query.get('continue') ?? '') !== '')
      errors.push(forbiddenField(MATCH, `${MATCH} is forbidden when continue is provided`));
    if (match !== 'Exact' && match !== 'NotOlderThan')
      errors.push(notSupported(MATCH, match, ['Exact', 'NotOlderThan', '']));
    if (match === 'Exact' && version === '0')
      errors.push(forbiddenField(MATCH, `${MATCH} "Exact" is forbidden for resourceVersion "0"`));
  }
  if (query.get('sendInitialEvents') !== null)
    errors.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  return errors;
}

function watchErrors(query: URLSearchParams): FieldError[] {
  const errors: FieldError[] = [];
  const match = query.get(MATCH) ?? '';
  const sends = query.get('sendInitialEvents') !== null;
  if (sends && match !== 'NotOlderThan')
    errors.push(forbiddenField(MATCH, `sendInitialEvents requires setting ${MATCH} to NotOlderThan`));
  if (match !== '') {
    if (!sends)
      errors.push(
        forbiddenField(MATCH, `${MATCH} is forbidden for watch unless sendInitialEvents is provided`),
      );
    if (match !== 'NotOlderThan') errors.push(notSupported(MATCH, match, ['NotOlderThan']));
  }
  const implied = !sends && beginsAnywhere(query);
  if ((match !== '' || implied) && (query.get('continue') ?? '') !== '')
    errors.push(forbiddenField(MATCH, `${MATCH} is forbidden when continue is provided`));
  return errors;
}
