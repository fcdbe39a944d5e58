// @vitest-environment node
import { expect, it } from 'vitest';
import { createTimeline } from './timeline';

it('begins at zero whatever the clock of the run says', () => {
  const timeline = createTimeline();
  expect(timeline.recordedAt(0)).toBeNull();
  expect(timeline.begin(3, 72.5, 1_000_000, 0)).toBe(-72.5);
  expect(timeline.continues(3)).toBe(true);
  expect(timeline.recordedAt(0)).toBe(1_000_000);
  expect(timeline.recordedAt(2.5)).toBe(1_002_500);
});

it('lays a new run behind the old one, without the time in which nobody sent', () => {
  const timeline = createTimeline();
  timeline.begin(0, 0, 1_000_000, 0);
  expect(timeline.continues(1)).toBe(false);
  expect(timeline.begin(1, 0.04, 1_030_000, 10)).toBeCloseTo(9.96);
  expect(timeline.recordedAt(9)).toBe(1_009_000);
  expect(timeline.recordedAt(11)).toBe(1_031_000);
});

it('starts anew after another socket, though the run has the same number', () => {
  const timeline = createTimeline();
  timeline.begin(0, 5, 1_000_000, 0);
  timeline.breakHere();
  expect(timeline.continues(0)).toBe(false);
  expect(timeline.begin(0, 9, 1_004_000, 3)).toBe(-6);
  expect(timeline.recordedAt(1)).toBe(1_001_000);
  expect(timeline.recordedAt(4)).toBe(1_005_000);
});
