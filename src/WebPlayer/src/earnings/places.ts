import type { ComponentType } from 'preact';
import { ContractsPanel } from '../agency/ContractsPanel';
import { Withdraw } from '../payouts/Withdraw';
import type { Earnings } from '../wire/types';

/** What a panel of the earnings page is given. */
export interface EarningsPanelProps {
  readonly earnings: Earnings;
  /** Something was moved: the sums are asked for again. */
  readonly onMoved: () => void;
}

/** Panels between the sums and the chart, in this order: what can be done with earnings. To add one, add it here. */
export const earningsPanels: readonly ComponentType<EarningsPanelProps>[] = [Withdraw, ContractsPanel];
