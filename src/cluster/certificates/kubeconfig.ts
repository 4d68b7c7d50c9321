/**
 * kubeconfig files: a complete one for the cluster, and merging it into the user's. Merging edits
 * the YAML document in place, so comments, order and notation of everything else are kept.
 */
import { Document, isMap, isSeq, parseDocument, type YAMLSeq } from 'yaml';

export interface KubeconfigEntry {
  /** Name of context, cluster and user alike. */
  readonly name: string;
  /** https://127.0.0.1:6443 */
  readonly server: string;
  /** PEM. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

const base64 = (pem: string): string => Buffer.from(pem).toString('base64');

function sections({ name, server, authority, certificate, key }: KubeconfigEntry) {
  return {
    clusters: { name, cluster: { 'certificate-authority-data': base64(authority), server } },
    contexts: { name, context: { cluster: name, user: name } },
    users: {
      name,
      user: { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) },
    },
  };
}

/** A complete kubeconfig with this entry alone, as YAML. */
export function kubeconfig(entry: KubeconfigEntry): string {
  return mergeKubeconfig('', entry);
}

/**
 * Adds the cluster to a kubeconfig, replacing its earlier entries, and makes it the current context.
 * @throws Error when `text` is no kubeconfig
 */
export function mergeKubeconfig(text: string, entry: KubeconfigEntry): string {
  const document = parse(text);
  if (!document.has('apiVersion')) document.set('apiVersion', 'v1');
  if (!document.has('kind')) document.set('kind', 'Config');
  for (const [section, value] of Object.entries(sections(entry))) {
    const list = listOf(document, section);
    const node = document.createNode(value);
    const at = indexOf(list, entry.name);
    if (at < 0) list.items.push(node);
    else list.items[at] = node;
  }
  document.set('current-context', entry.name);
  return document.toString({ lineWidth: 0 });
}

/** Removes the cluster's entries. Text without them comes back as it was. */
export function removeFromKubeconfig(text: string, name: string): string {
  const document = parse(text);
  let removed = false;
  for (const section of ['clusters', 'contexts', 'users']) {
    const list = document.get(section);
    if (!isSeq(list)) continue;
    const at = indexOf(list, name);
    if (at < 0) continue;
    list.items.splice(at, 1);
    if (list.items.length === 0) list.flow = true;
    removed = true;
  }
  if (document.get('current-context') === name) {
    document.set('current-context', '');
    removed = true;
  }
  return removed ? document.toString({ lineWidth: 0 }) : text;
}

/** Nothing of anyone's is left in it: the file may go. */
export function isEmptyKubeconfig(text: string): boolean {
  const document = parse(text);
  return ['clusters', 'contexts', 'users'].every(section => {
    const list = document.get(section);
    return !isSeq(list) || list.items.length === 0;
  });
}

function parse(text: string): Document {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw new Error(`Cannot read the kubeconfig: ${error.message}`);
  if (document.contents === null) return new Document({});
  if (!isMap(document.contents)) throw new Error('Cannot read the kubeconfig: it is no YAML mapping');
  return document;
}

function listOf(document: Document, section: string): YAMLSeq {
  const found = document.get(section);
  if (isSeq(found)) {
    // An empty list is written as []; entries of ours are better read in block style.
    if (found.items.length === 0) found.flow = false;
    return found;
  }
  if (found !== undefined && found !== null)
    throw new Error(`Cannot read the kubeconfig: ${section} is no list`);
  const list = document.createNode([]) as YAMLSeq;
  document.set(section, list);
  return list;
}

function indexOf(list: YAMLSeq, name: string): number {
  return list.items.findIndex(item => isMap(item) && item.get('name') === name);
}
