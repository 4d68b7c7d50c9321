import { get } from '../verbs/get.ts';
import { patch } from '../verbs/patch.ts';
import { update } from '../verbs/update.ts';
import type { Subresource } from './subresource.ts';

/** <resource>/status: the object's own form, of which only status (and some metadata) is taken. */
export const statusSubresource: Subresource = {
  verbs: {
    get,
    update: exchange => update(exchange, 'status'),
    patch: exchange => patch(exchange, 'status'),
  },
};
