import type { Reporter } from '../model.ts';
import schema from './report.schema.json' with { type: 'json' };

export default {
  about: 'The JSON schema of report.json, so that a report explains itself wherever it is taken.',
  file: 'report.schema.json',
  render: () => `${JSON.stringify(schema, null, 2)}\n`,
} satisfies Reporter;
