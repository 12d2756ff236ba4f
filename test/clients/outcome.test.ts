import { DatabaseError } from 'pg';
import { describe, expect, test } from 'vitest';
import { CodedError, codeOf, endingOf, isSyncWaitCancelled } from '../../src/clients/outcome.ts';

const answered = (severity: string, code: string) =>
  Object.assign(new DatabaseError('as the server says', 0, 'error'), { severity, code });

describe('an operation that was sent', () => {
  test.each([
    ['ERROR', '23505', 'failed'],
    ['ERROR', '25006', 'failed'],
    ['ERROR', '57014', 'failed'],
    ['FATAL', '57P01', 'unknown'],
    ['FATAL', '57P02', 'unknown'],
    ['PANIC', 'XX000', 'unknown'],
    // The server itself says that it cannot tell.
    ['ERROR', '08007', 'unknown'],
    ['ERROR', '40003', 'unknown'],
  ])('answered %s %s is %s', (severity, code, outcome) => {
    expect(endingOf(answered(severity, code), true)).toEqual({ outcome, code });
  });

  test.each(['ETIMEDOUT', 'ECONNRESET', 'EPIPE', 'EOF', 'ABORTED'])('ended by %s is unknown', code => {
    expect(endingOf(new CodedError(code, 'x'), true)).toEqual({ outcome: 'unknown', code });
  });

  test('an errno that calls itself ERROR is no answer of the server', () => {
    const error = Object.assign(new Error('x'), { severity: 'ERROR', code: 'ECONNRESET' });
    expect(endingOf(error, true).outcome).toBe('unknown');
  });
});

test.each([
  answered('FATAL', '57P03'),
  answered('FATAL', '57P01'),
  new CodedError('ECONNREFUSED', 'x'),
  new CodedError('ETIMEDOUT', 'x'),
])('what was never sent is failed: %s', error => {
  expect(endingOf(error, false)).toEqual({ outcome: 'failed', code: error.code });
});

test('an error without a code is an answer outside the protocol', () => {
  expect(codeOf(new Error('Received unexpected dataRow message from backend.'))).toBe('PROTOCOL');
  expect(codeOf('a string')).toBe('PROTOCOL');
});

test.each([
  ['WARNING', '01000', 'canceling wait for synchronous replication due to user request', true],
  [
    'WARNING',
    '57P01',
    'canceling the wait for synchronous replication and terminating connection due to administrator command',
    true,
  ],
  ['WARNING', '01000', 'there is no transaction in progress', false],
  ['NOTICE', '01000', 'canceling wait for synchronous replication due to user request', false],
  ['WARNING', '25P01', 'canceling wait for synchronous replication due to user request', false],
])('%s %s "%s": wait cancelled %s', (severity, code, message, expected) => {
  expect(isSyncWaitCancelled({ severity, code, message })).toBe(expected);
});
