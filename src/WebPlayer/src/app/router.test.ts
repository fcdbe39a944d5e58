import { describe, expect, it } from 'vitest';
import { match, returnPath } from './router';

describe('match', () => {
  it.each([
    ['/', '/', {}],
    ['/room/{id}', '/room/abc', { id: 'abc' }],
    ['/room/{id}', '/room/a%20b/', { id: 'a b' }],
    ['/room/{id}', '/room', null],
    ['/room/{id}', '/room/a/b', null],
    ['/room/{id}', '/room/%E0%A4%A', null],
  ])('%s against %s', (pattern, path, params) => {
    expect(match(pattern, path)).toEqual(params);
  });
});

describe('the page to return to', () => {
  it.each([
    ['/room/abc?x=1', '/room/abc?x=1'],
    ['https://elsewhere.example/', '/'],
    ['//elsewhere.example/', '/'],
    ['/\\elsewhere.example', '/'],
  ])('%s leads to %s', (asked, led) => {
    expect(returnPath(new URLSearchParams({ return: asked }))).toBe(led);
  });

  it('is the front page when none was asked for', () => {
    expect(returnPath(new URLSearchParams())).toBe('/');
  });
});
