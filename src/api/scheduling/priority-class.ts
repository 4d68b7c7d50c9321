import type { PriorityClass } from '../../generated/scheduling-v1.ts';
import { age, boolean, column, integer, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const priorityClass = defineKind<PriorityClass>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  singular: 'priorityclass',
  shortNames: ['pc'],
  namespaced: false,
  schema: 'io.k8s.api.scheduling.v1.PriorityClass',
  tracksGeneration: true,
  // Set once and never counted up, as upstream does.
  generationInput: () => null,
  columns: [
    name,
    integer('Value', o => o.value ?? 0),
    boolean('Global-Default', o => o.globalDefault ?? false),
    age,
    column('PreemptionPolicy', o => o.preemptionPolicy ?? ''),
  ],
});
