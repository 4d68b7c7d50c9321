/**
 * The recordings of objects.jsonl, played on the kinds' definitions. For each kind that has a golden
 * list in test/oracle/golden/offline, the steps that differ are exactly those listed with reasons.
 *
 *   ORACLE_ONLY='v1.Pod/' ORACLE_SHOW=30 npx vitest run --project unit src/testing/oracle/offline.test.ts
 *
 * prints differences instead; ORACLE_UPDATE='v1.Pod' rewrites that kind's list and keeps reasons.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { builtinKinds } from '../../api/kinds.ts';
import { type OracleScenario, playScenario, readScenarios } from './offline.ts';

const directory = new URL('../../../test/oracle/golden/offline/', import.meta.url);
const { ORACLE_ONLY: only, ORACLE_SHOW: show = '20', ORACLE_UPDATE: update } = process.env;

/** objects/v1.Pod/minimal → v1.Pod */
const kindOf = (scenario: OracleScenario) => scenario.id.split('/')[1] ?? '';

function play(scenarios: readonly OracleScenario[]): { total: number; differing: Map<string, string[]> } {
  let total = 0;
  const differing = new Map<string, string[]>();
  for (const scenario of scenarios) {
    for (const result of playScenario(scenario, builtinKinds)) {
      total++;
      if (result.differences.length === 0) continue;
      const title = `${scenario.id} step ${result.step}${result.note ? ` (${result.note})` : ''}`;
      differing.set(title, [...result.differences]);
    }
  }
  return { total, differing };
}

if (only !== undefined) {
  test('differences asked for', () => {
    const scenarios = readScenarios('objects.jsonl').filter(s => new RegExp(only).test(s.id));
    const { total, differing } = play(scenarios);
    for (const [title, lines] of [...differing].slice(0, Number(show))) {
      console.log([title, ...lines.slice(0, 6).map(l => `    ${l.slice(0, 900)}`)].join('\n'));
    }
    console.log(`${total - differing.size} of ${total} steps equal`);
  });
} else {
  const scenarios = readScenarios('objects.jsonl');
  mkdirSync(directory, { recursive: true });
  if (update !== undefined) {
    const file = new URL(`${update}.golden.json`, directory);
    const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {};
    const { differing } = play(scenarios.filter(s => kindOf(s) === update));
    const list = [...differing.keys()].map(title => [title, before[title] ?? 'not explained yet']);
    writeFileSync(file, `${JSON.stringify(Object.fromEntries(list), null, 1)}\n`);
  }
  const kinds = readdirSync(directory).map(name => name.replace('.golden.json', ''));
  test.each(kinds)('%s answers as upstream but for the steps in its golden list', kind => {
    const golden = JSON.parse(readFileSync(new URL(`${kind}.golden.json`, directory), 'utf8')) as Record<
      string,
      string
    >;
    const { differing } = play(scenarios.filter(s => kindOf(s) === kind));
    expect([...differing.keys()]).toEqual(Object.keys(golden));
  });
}
