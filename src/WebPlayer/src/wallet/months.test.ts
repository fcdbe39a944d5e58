import { expect, it } from 'vitest';
import { monthsBack, recentMonths } from './months';

it('lists this month and those before it, each with its first and last day', () => {
  const months = recentMonths(Date.UTC(2024, 2, 31, 23, 59), 'en');
  expect(months).toHaveLength(monthsBack);
  expect(months[0]).toEqual({ id: '2024-03', from: '2024-03-01', to: '2024-03-31', name: 'March 2024' });
  expect(months[1]).toEqual({ id: '2024-02', from: '2024-02-01', to: '2024-02-29', name: 'February 2024' });
  expect(months[3]?.id).toBe('2023-12');
});
