import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import json from '../../src/reporters/json.ts';
import schemaReporter from '../../src/reporters/schema.ts';
import { failedDrill, sampleDrill, sampleReport } from './sample.ts';

const report = sampleReport([sampleDrill(), failedDrill()]);
const valid = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(
  JSON.parse(schemaReporter.render()),
);

test('report.json holds the whole report and satisfies the schema that is written beside it', () => {
  const written = JSON.parse(json.render(report));
  expect(valid(written), JSON.stringify(valid.errors)).toBe(true);
  expect(written).toEqual({ $schema: `./${schemaReporter.file}`, ...report });
});

/** What is damaged, where, and what then stands there; undefined: nothing. */
const broken: [string, readonly (string | number)[], unknown][] = [
  ['a status that is none', ['drills', 0, 'status'], 'passed'],
  ['no phases', ['drills', 0, 'phases'], undefined],
  ['an outage that is a text', ['drills', 0, 'verdicts', 0, 'measures', 'writeOutageMs'], '3 s'],
  ['half a bracket', ['drills', 0, 'verdicts', 0, 'measures', 'writeOutageMs'], { lower: 1 }],
  [
    'lost writes that are a bracket',
    ['drills', 0, 'verdicts', 1, 'measures', 'lost'],
    { lower: 0, upper: 1 },
  ],
  ['a strategy that is an object', ['drills', 0, 'strategy'], { name: 'haproxy' }],
  ['a seed of 33 bits', ['seed'], 2 ** 32],
  ['another schema', ['schema'], 2],
  ['a member that nobody knows', ['drills', 0, 'mood'], 'good'],
];
test.each(broken)('the schema refuses %s', (_what, path, value) => {
  const written = JSON.parse(json.render(report));
  const owner = path.slice(0, -1).reduce((at, key) => at[key], written);
  owner[path.at(-1)!] = value;
  expect(valid(JSON.parse(JSON.stringify(written)))).toBe(false);
});
