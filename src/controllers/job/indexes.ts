/** Completion indexes of Indexed Jobs, as intervals: 0-2,4,7-9 (API reference, JobStatus). Pure. */
import type { Pod } from '../../generated/core-v1.ts';

export const INDEX_ANNOTATION = 'batch.kubernetes.io/job-completion-index';

/** The index the pod works on; undefined for pods of other Jobs or with a bad annotation. */
export function indexOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[INDEX_ANNOTATION] ?? '';
  return /^(0|[1-9]\d*)$/.test(text) ? Number(text) : undefined;
}

/** What is no interval, or is not below `completions`, is left out. */
export function parseIndexes(text: string | undefined, completions: number): Set<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? '').split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (!match) continue;
    const last = Math.min(Number(match[2] ?? match[1]), completions - 1);
    for (let index = Number(match[1]); index <= last; index++) indexes.add(index);
  }
  return indexes;
}

/** Three or more neighbours become an interval; two are written out. */
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let i = 0; i < sorted.length; i++) {
    const first = sorted[i] ?? 0;
    while (i + 1 < sorted.length && sorted[i + 1] === (sorted[i] ?? 0) + 1) i++;
    const last = sorted[i] ?? first;
    parts.push(first === last ? String(first) : last === first + 1 ? `${first},${last}` : `${first}-${last}`);
  }
  return parts.join(',');
}
