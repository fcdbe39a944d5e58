// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { harmless } from './text';

describe('what people wrote', () => {
  it('cannot turn round what stands beside it', () => {
    expect(harmless('abc\u202etxt.exe\u2066x\u2069\u200f')).toBe('abctxt.exex');
  });

  it('has no control characters; a new line is a space', () => {
    expect(harmless('a\u0000\u0007b\u001b[31m\nc\r\n\td\u2028e')).toBe('ab[31m c d e');
  });

  it('keeps what languages and pictures need', () => {
    for (const text of ['שלום עולם', 'مرحبا', '你好 👩‍👩‍👧 🏳️‍🌈 1️⃣', 'ภาษาไทย ที่นี่', 'Tiếng Việt', '<b>&amp;</b>']) {
      expect(harmless(text)).toBe(text);
    }
  });

  it('does not pile marks over its neighbours', () => {
    expect(harmless(`Z${'\u0301'.repeat(80)}algo`)).toBe(`Z${'\u0301'.repeat(5)}algo`);
  });
});
